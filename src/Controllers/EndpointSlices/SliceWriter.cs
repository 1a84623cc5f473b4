using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Carries out a <see cref="SlicePlan"/>.</summary>
internal static class SliceWriter
{
    /// <summary>Creates, changes and deletes slices; one that is as it should be is left alone.</summary>
    /// <param name="api">The API.</param>
    /// <param name="plan">What is to be done.</param>
    /// <param name="trigger">The annotation of slices that change; none when null.</param>
    /// <param name="cancellation">Stops between the calls.</param>
    public static async Task WriteAsync(IApi api, SlicePlan plan, string? trigger, CancellationToken cancellation)
    {
        foreach (var slice in plan.Create)
        {
            // The template's annotations are shared by all slices.
            if (trigger is not null)
                slice.Metadata.Annotations = new Dictionary<string, string>(slice.Metadata.Annotations) { [EndpointSliceView.TriggerAnnotation] = trigger };
            await api.CreateAsync(Kinds.EndpointSlices, slice, cancellation);
        }
        foreach (var change in plan.Update)
            if (Difference(change, trigger) is { } patch)
                await api.PatchAsync(Kinds.EndpointSlices, change.From.Metadata.NamespaceProperty, change.From.Metadata.Name, patch, cancellation: cancellation);
        foreach (var slice in plan.Delete)
            await api.DeleteAsync(Kinds.EndpointSlices, slice.Metadata.NamespaceProperty, slice.Metadata.Name, new() { Uid = slice.Metadata.Uid }, cancellation);
    }

    /// <summary>The patch of a slice; null when it is as it should be.</summary>
    public static JsonObject? Difference(SliceChange change, string? trigger)
    {
        var (from, to) = (Kinds.EndpointSlices.ToDocument(change.From), Kinds.EndpointSlices.ToDocument(change.To));
        var patch = new JsonObject();
        foreach (var field in (ReadOnlySpan<string>)["endpoints", "ports"])
            if (!JsonNode.DeepEquals(from[field] ?? new JsonArray(), to[field] ?? new JsonArray()))
                patch[field] = (to[field] ?? new JsonArray()).DeepClone();
        var metadata = MetadataDifference.Between(change.From.Metadata, change.To.Metadata.Labels, change.To.Metadata.Annotations, EndpointSliceView.TriggerAnnotation);
        if (patch.Count == 0 && metadata.Count == 0) return null;
        var annotations = metadata["annotations"] as JsonObject ?? [];
        annotations[EndpointSliceView.TriggerAnnotation] = trigger;
        metadata["annotations"] = annotations;
        // On top of another's change the endpoints would be those of a past moment.
        metadata["resourceVersion"] = change.From.Metadata.ResourceVersion;
        patch["metadata"] = metadata;
        return patch;
    }
}
