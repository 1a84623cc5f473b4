using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.ApiServer.CustomResources.Conversion;

/// <summary>How objects of one definition come from one of its versions to another.</summary>
/// <param name="versions">Each version, served or not, by its API version.</param>
/// <param name="webhook">Converts them; null when the versions differ in their names and schemas alone.</param>
internal sealed class VersionConverter(IReadOnlyDictionary<string, ResourceType> versions, ConversionWebhook? webhook)
{
    /// <summary>Whether a webhook converts the objects.</summary>
    public bool CallsWebhook => webhook is not null;

    /// <summary>The schema of a version; null for one that the definition does not have.</summary>
    public Schema? SchemaOf(string apiVersion) => versions.GetValueOrDefault(apiVersion)?.Schema;

    /// <summary>Where a version has what its <c>scale</c> shows; null if it has none.</summary>
    public ScalePaths? ScaleOf(string apiVersion) => versions.GetValueOrDefault(apiVersion)?.Scale;

    /// <summary>
    /// Copies of objects in another version, without fields that it does not have, in the same order. The arguments stay as they
    /// are; those of that version already come back themselves.
    /// </summary>
    /// <exception cref="ApiException">500: the webhook did not answer, or not what it was asked.</exception>
    public async ValueTask<IReadOnlyList<JsonObject>> ConvertAsync(IReadOnlyList<JsonObject> documents, string apiVersion, CancellationToken cancellation)
    {
        var result = documents.ToArray();
        int[] places = [.. Enumerable.Range(0, result.Length).Where(i => result[i].ApiVersion != apiVersion)];
        if (places.Length == 0) return result;
        // Objects of a version that is gone could have been written again before it went; a webhook knows nothing of them.
        if (webhook is not null && places.Select(i => result[i].ApiVersion).FirstOrDefault(v => SchemaOf(v) is null) is { } unknown)
            throw new ApiException(500, "", $"request to convert CR from an invalid group/version: {unknown}");
        JsonObject[] others = [.. places.Select(i => result[i])];
        var converted = webhook is not null ? await webhook.ConvertAsync(others, apiVersion, cancellation) : [.. others.Select(Renamed)];
        for (var i = 0; i < places.Length; i++)
        {
            var document = converted[i];
            if (SchemaOf(apiVersion) is { } schema) Pruner.Prune(schema, document);
            result[places[i]] = document;
        }
        return result;

        JsonObject Renamed(JsonObject document)
        {
            var copy = (JsonObject)document.DeepClone();
            copy.ApiVersion = apiVersion;
            return copy;
        }
    }
}
