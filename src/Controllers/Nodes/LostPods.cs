using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Ends pods whose node is no more, and pods that are deleted before they have one: nobody else would ever say that they have ended.</summary>
internal sealed class LostPods(Informer<PodView> pods, Informer<NodeView> nodes, IApi api, TimeProvider clock) : IReconciler
{
    // A node that is only being registered anew is not taken for gone.
    private static readonly TimeSpan Quarantine = TimeSpan.FromSeconds(40);

    private readonly ConcurrentDictionary<string, long> _missing = new(StringComparer.Ordinal);

    public static void Register(ControllerHost host)
    {
        var pods = host.Informer(Kinds.Pods);
        var nodes = host.Informer(Kinds.Nodes);
        var byNode = PodView.ByNode(pods);
        host.Add("pod-garbage-collector", new LostPods(pods, nodes, host.Api, host.Clock))
            .For(pods)
            .Watches(nodes, change => change.New is null ? byNode.Find(change.Key.Name).Select(Kinds.Pods.KeyOf) : []);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (pods.Get(key) is not { } pod)
            return Result.Done;
        if (pod.NodeName is not { } node)
        {
            // Only a finalizer still holds it, and who set that may wait for its end.
            if (pod is { HasEnded: false, Metadata.DeletionTimestamp: not null })
                await EndAsync(key, pod, null, cancellation);
            return Result.Done;
        }
        if (nodes.Get(new("", node)) is not null)
        {
            _missing.TryRemove(node, out _);
            return Result.Done;
        }
        var left = Quarantine - clock.GetElapsedTime(_missing.GetOrAdd(node, _ => clock.GetTimestamp()));
        if (left > TimeSpan.Zero)
            return Result.After(left);
        // Only the API itself says that there is no such node: the cache may be behind.
        if (await api.GetAsync(Kinds.Nodes, null, node, cancellation) is not null)
            return Result.After(Quarantine);
        if (!pod.HasEnded)
            await EndAsync(key, pod, Disruption.Condition("DeletionByPodGC", "PodGC: node no longer exists", clock.GetUtcNow()), cancellation);
        await api.DeleteAsync(Kinds.Pods, key.Namespace, key.Name, new() { Uid = pod.Uid, GracePeriodSeconds = 0 }, cancellation);
        return Result.Done;
    }

    private async Task EndAsync(ObjectKey key, PodView pod, JsonObject? condition, CancellationToken cancellation)
    {
        var status = new JsonObject { ["phase"] = "Failed" };
        if (condition is not null)
            status["conditions"] = new JsonArray(condition);
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = pod.Uid }, ["status"] = status };
        try
        {
            await api.PatchAsync(Kinds.Pods, key.Namespace, key.Name, patch, MediaTypes.StrategicMergePatch, subresource: "status", cancellation: cancellation);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            // Gone; its watch tells.
        }
    }
}
