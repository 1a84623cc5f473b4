using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Admission.Webhooks;

/// <summary>Objects in another version of their resource.</summary>
internal static class VersionConversion
{
    /// <summary>A copy of the document in the form of <paramref name="to"/>; the document itself when that is its own form.</summary>
    /// <exception cref="Api.ApiException">500: the webhook that converts objects of this kind has failed.</exception>
    public static async ValueTask<JsonObject> ConvertAsync(JsonObject document, ServedResource from, ServedResource to, CancellationToken cancellation)
    {
        if (from == to || document.Kind != from.Type.Kind) return document;
        if (from.Custom is { } custom) return (await custom.Converter.ConvertAsync([document], to.Type.ApiVersion, cancellation))[0];
        return StoredForm.Convert(document, from.Type, to.Type);
    }
}
