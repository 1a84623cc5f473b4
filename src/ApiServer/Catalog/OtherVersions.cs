using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Apply;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;
using Slipway.ApiServer.CustomResources.Conversion;

namespace Slipway.ApiServer.Catalog;

/// <summary>The versions of a built-in kind, or of two kinds that share their objects, by API version.</summary>
/// <param name="resource">The resource whose documents are converted.</param>
internal sealed class BuiltInVersions(ResourceType resource) : IOtherVersions
{
    public Schema? SchemaOf(string apiVersion) => Find(apiVersion)?.Schema;

    public ValueTask<JsonObject> ConvertAsync(JsonObject document, string apiVersion, CancellationToken cancellation) =>
        new(StoredForm.Convert(document, BuiltInKinds.All.First(t => t.ApiVersion == document.ApiVersion && t.Kind == document.Kind), Find(apiVersion)!));

    private ResourceType? Find(string apiVersion) => apiVersion == resource.ApiVersion
        ? resource
        : BuiltInKinds.All.FirstOrDefault(t => t.ApiVersion == apiVersion && t.Kind == resource.Kind && StoredForm.PrefixOf(t) == StoredForm.PrefixOf(resource));
}

/// <summary>The versions of a custom resource.</summary>
/// <param name="converter">Converts its objects.</param>
internal sealed class CustomVersions(VersionConverter converter) : IOtherVersions
{
    public Schema? SchemaOf(string apiVersion) => converter.SchemaOf(apiVersion);

    public async ValueTask<JsonObject> ConvertAsync(JsonObject document, string apiVersion, CancellationToken cancellation) =>
        (await converter.ConvertAsync([document], apiVersion, cancellation))[0];
}
