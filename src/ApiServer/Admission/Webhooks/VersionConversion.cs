using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Admission.Webhooks;

/// <summary>Objects in another version of their resource.</summary>
internal static class VersionConversion
{
    /// <summary>A copy of the document in the form of <paramref name="to"/>; the document itself when that is its own form.</summary>
    public static JsonObject Convert(JsonObject document, ServedResource from, ServedResource to)
    {
        if (from == to || document.Kind != from.Type.Kind) return document;
        var copy = (JsonObject)document.DeepClone();
        if (from.Form is { } stored) copy = stored.ToStored(copy);
        if (to.Form is { } served) copy = served.FromStored(copy);
        copy.ApiVersion = to.Type.ApiVersion;
        copy.Kind = to.Type.Kind;
        return copy;
    }
}
