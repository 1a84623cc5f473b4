using Slipway.Api;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.OpenApi;

/// <summary>Answers <c>/openapi/v3</c> and <c>/openapi/v2</c>.</summary>
internal sealed class OpenApiDocuments
{
    private readonly Dictionary<string, Reply> _replies = [];

    /// <summary>The document at a path; null when there is none.</summary>
    public Reply? Answer(string path, ResourceCatalog catalog, ApiRequest request) =>
        request.Method == "GET" && catalog.Resources.Count > 0 ? _replies.GetValueOrDefault(path) : null;
}
