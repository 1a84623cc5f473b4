using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Conversions;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Catalog;

/// <summary>How a built-in resource that shares its objects with another one is stored: in the other's form, under its keys.</summary>
/// <param name="Type">The resource in whose form the objects are stored.</param>
/// <param name="ToStored">From the served document to the stored one.</param>
/// <param name="FromStored">From the stored document to the served one.</param>
/// <param name="PathOf">From the path of a served field to that of the stored one.</param>
internal sealed record StoredForm(ResourceType Type, Func<JsonObject, JsonObject> ToStored, Func<JsonObject, JsonObject> FromStored, Func<string, string> PathOf)
{
    /// <summary>The form of a resource; null if it is stored as it is served.</summary>
    public static StoredForm? Of(ResourceType type) => (type.Group, type.Version, type.Plural) switch
    {
        ("autoscaling", "v1", "horizontalpodautoscalers") =>
            new(BuiltInKinds.Find("autoscaling", "HorizontalPodAutoscaler")!, AutoscalerConversion.ToV2, AutoscalerConversion.FromV2, path => path),
        ("events.k8s.io", _, "events") => new(BuiltInKinds.Find("", "Event")!, EventConversion.ToCore, EventConversion.FromCore, EventConversion.CorePath),
        _ => null,
    };

    /// <summary>Start of the keys of a built-in resource.</summary>
    public static string PrefixOf(ResourceType type) =>
        Of(type) is { } form ? ServedResource.PrefixOf(form.Type.Group, form.Type.Plural) : ServedResource.PrefixOf(type.Group, type.Plural);

    /// <summary>A copy of a document of one built-in resource in the form of another that shares its objects.</summary>
    public static JsonObject Convert(JsonObject document, ResourceType from, ResourceType to)
    {
        var copy = (JsonObject)document.DeepClone();
        if (Of(from) is { } stored) copy = stored.ToStored(copy);
        if (Of(to) is { } served) copy = served.FromStored(copy);
        copy.ApiVersion = to.ApiVersion;
        copy.Kind = to.Kind;
        return copy;
    }

    /// <summary>A stored object in the served form.</summary>
    public ObjectBytes Transform(CachedObject item) =>
        ObjectBytes.Of(JsonBytes.Of(FromStored((JsonObject)JsonNode.Parse(item.Bytes.Json.Span, documentOptions: Nesting.Document)!)));
}
