using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Keeps the Endpoints (core/v1) of services that select pods.</summary>
internal sealed class EndpointsController(EndpointSources sources, Informer<EndpointsView> endpoints, IApi api) : IReconciler
{
    private readonly TriggerTimes _triggers = new();

    public static void Register(ControllerHost host, EndpointSources sources)
    {
        var endpoints = host.Informer(Kinds.Endpoints);
        host.Add("endpoint", new EndpointsController(sources, endpoints, host.Api), workers: 4)
            .For(sources.Services)
            .Watches(sources.Pods, sources.ServicesOf)
            .Watches(endpoints, change => [change.Key]);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        var current = endpoints.Get(key);
        if (sources.Services.Get(key) is not { Metadata.DeletionTimestamp: null } service)
        {
            _triggers.Forget(key);
            if (current?.Metadata.Labels is { } labels && labels.ContainsKey(EndpointsView.ManagerLabel))
                await api.DeleteAsync(Kinds.Endpoints, key.Namespace, key.Name, new() { Uid = current.Metadata.Uid }, cancellation);
            return Result.Done;
        }
        if (!service.SelectsPods) return Result.Done;
        var pods = sources.PodsOf(service);
        var desired = EndpointsPlan.For(service, pods);
        var trigger = _triggers.Next(key, service, pods);
        if (current is null)
        {
            if (trigger is not null) desired.Metadata.Annotations[EndpointSliceView.TriggerAnnotation] = trigger;
            await api.CreateAsync(Kinds.Endpoints, desired, cancellation);
        }
        else if (Difference(current, desired, trigger) is { } patch)
        {
            await api.PatchAsync(Kinds.Endpoints, key.Namespace, key.Name, patch, cancellation: cancellation);
        }
        return Result.Done;
    }

    private static JsonObject? Difference(EndpointsView from, EndpointsView to, string? trigger)
    {
        var metadata = MetadataDifference.Between(from.Metadata, to.Metadata.Labels, to.Metadata.Annotations, EndpointSliceView.TriggerAnnotation);
        var (before, after) = (Kinds.Endpoints.ToDocument(from)["subsets"] ?? new JsonArray(), Kinds.Endpoints.ToDocument(to)["subsets"] ?? new JsonArray());
        var same = JsonNode.DeepEquals(Named(before), Named(after));
        if (same && metadata.Count == 0) return null;
        var annotations = metadata["annotations"] as JsonObject ?? [];
        annotations[EndpointSliceView.TriggerAnnotation] = trigger;
        metadata["annotations"] = annotations;
        metadata["resourceVersion"] = from.Metadata.ResourceVersion;
        var patch = new JsonObject { ["metadata"] = metadata };
        if (!same) patch["subsets"] = after.DeepClone();
        return patch;
    }

    // A port without a name may have been given an empty one.
    private static JsonNode Named(JsonNode subsets)
    {
        var copy = subsets.DeepClone();
        foreach (var port in copy.AsArray().SelectMany(subset => subset?["ports"]?.AsArray() ?? []))
            if ((string?)port!["name"] is "") port.AsObject().Remove("name");
        return copy;
    }
}
