using Slipway.Api;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Negotiation;
using Slipway.ApiServer.Routing;
using Slipway.ApiServer.Tables;

namespace Slipway.ApiServer.Reads;

/// <summary>Chooses who writes the objects of an answer.</summary>
internal sealed class Presenters(TimeProvider clock)
{
    /// <exception cref="ApiException">400: the view's parameters make no sense.</exception>
    public Presenter For(ServedResource resource, Representation representation, Query query) => representation.View switch
    {
        View.Object => new WholePresenter(resource),
        View.PartialMetadata => new MetadataPresenter(representation.MetaVersion),
        _ => new TablePresenter(resource.Table, representation.MetaVersion, ParseInclude(query["includeObject"]), clock),
    };

    private static IncludeObject ParseInclude(string? text) => text switch
    {
        null or "" or "Metadata" => IncludeObject.Metadata,
        "None" => IncludeObject.None,
        "Object" => IncludeObject.Object,
        _ => throw ApiException.BadRequest($"includeObject={text} is not one of None, Metadata, Object"),
    };
}
