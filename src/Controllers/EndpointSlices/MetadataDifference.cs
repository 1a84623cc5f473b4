using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Compares labels and annotations with what they should be.</summary>
internal static class MetadataDifference
{
    /// <summary>The merge patch of <c>metadata</c>; empty when both are as they should be.</summary>
    /// <param name="from">The metadata as it is.</param>
    /// <param name="labels">All labels that there should be.</param>
    /// <param name="annotations">All annotations that there should be.</param>
    /// <param name="ignored">An annotation that does not count.</param>
    public static JsonObject Between(V1ObjectMeta from, IDictionary<string, string>? labels, IDictionary<string, string>? annotations, string ignored)
    {
        var patch = new JsonObject();
        if (MergeDiff.Between(ToJson(from.Labels, null), ToJson(labels, null)) is { } changedLabels) patch["labels"] = changedLabels;
        if (MergeDiff.Between(ToJson(from.Annotations, ignored), ToJson(annotations, ignored)) is { } changedAnnotations) patch["annotations"] = changedAnnotations;
        return patch;
    }

    private static JsonObject ToJson(IDictionary<string, string>? entries, string? ignored) =>
        new((entries ?? new Dictionary<string, string>()).Where(entry => entry.Key != ignored).Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value)));
}
