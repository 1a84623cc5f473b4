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
    public Presenter For(ServedResource resource, Representation representation, Query query) => representation switch
    {
        { View: View.Object, Format: Format.Protobuf } => ProtobufPresenter.Whole(resource),
        { View: View.Object } => new WholePresenter(resource),
        { View: View.PartialMetadata, Format: Format.Protobuf } => ProtobufPresenter.Partial(resource, representation.MetaVersion),
        { View: View.PartialMetadata } => new MetadataPresenter(resource, representation.MetaVersion),
        _ => new TablePresenter(resource, representation.MetaVersion, ParseInclude(query["includeObject"]), clock),
    };

    private static IncludeObject ParseInclude(string? text) => text switch
    {
        null or "" or "Metadata" => IncludeObject.Metadata,
        "None" => IncludeObject.None,
        "Object" => IncludeObject.Object,
        _ => throw ApiException.BadRequest($"includeObject={text} is not one of None, Metadata, Object"),
    };
}
