using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Nodes;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Says of nodes that have fallen silent that their state is unknown, and taints nodes by their state.</summary>
internal sealed class NodeLifecycleController(Informer<NodeView> nodes, Informer<LeaseView> leases, NodeHealth health, IApi api, EventRecorder events, TimeProvider clock) : IReconciler
{
    private const string LeaseNamespace = "kube-node-lease";
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    // What the API had when the cache seemed to be behind, by node.
    private readonly ConcurrentDictionary<string, LeaseView> _read = new(StringComparer.Ordinal);

    public static void Register(ControllerHost host)
    {
        var nodes = host.Informer(Kinds.Nodes);
        var leases = host.Informer(Kinds.Leases, new() { Namespace = LeaseNamespace });
        var health = new NodeHealth(host.Clock);
        var events = host.Events("node-controller");
        nodes.OnChange(change =>
        {
            if (change is { Old: null, New: { } node })
                events.Normal(node, "RegisteredNode", $"Node {node.Name} event: Registered Node {node.Name} in Controller");
            if (change.New is not null)
                return;
            health.Forget(change.Key.Name);
            if (change.Old is { } gone)
                events.Normal(gone, "RemovingNode", $"Node {gone.Name} event: Removing Node {gone.Name} from Controller");
        });
        host.Add("node-lifecycle", new NodeLifecycleController(nodes, leases, health, host.Api, events, host.Clock))
            .For(nodes)
            .Reads(leases);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (nodes.Get(key) is not { Metadata.DeletionTimestamp: null } node)
        {
            _read.TryRemove(key.Name, out _);
            return Result.Done;
        }
        var now = clock.GetUtcNow().UtcDateTime;
        var unknown = NodeSilence.Conditions(node, SilenceOf(node, Newest(key.Name)), now);
        // Only the API itself says that a lease has not been renewed: the cache may be behind.
        if (unknown.Count > 0 && await api.GetAsync(Kinds.Leases, LeaseNamespace, key.Name, cancellation) is { } live)
        {
            _read[key.Name] = live;
            unknown = NodeSilence.Conditions(node, SilenceOf(node, live), now);
        }
        if (unknown.Count > 0)
        {
            var conditions = new JsonArray([.. unknown.Select(condition => JsonSerializer.SerializeToNode(condition, Kinds.Set.Type<NodeCondition>()))]);
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = node.Metadata.ResourceVersion }, ["status"] = new JsonObject { ["conditions"] = conditions } };
            node = await api.PatchAsync(Kinds.Nodes, null, key.Name, patch, MediaTypes.StrategicMergePatch, subresource: "status", cancellation: cancellation);
            events.Normal(node, "NodeNotReady", $"Node {key.Name} status is now: NodeNotReady");
        }
        if (NodeTaints.For(node, now) is { } taints)
        {
            var patch = new JsonObject
            {
                // Upon the taints that were read, and no others.
                ["metadata"] = new JsonObject { ["resourceVersion"] = node.Metadata.ResourceVersion },
                ["spec"] = new JsonObject { ["taints"] = taints.Count == 0 ? null : new JsonArray([.. taints.Select(taint => JsonSerializer.SerializeToNode(taint, Kinds.Set.Type<Taint>()))]) },
            };
            await api.PatchAsync(Kinds.Nodes, null, key.Name, patch, cancellation: cancellation);
        }
        return Result.After(Period);
    }

    // Times of renewal are texts of one form, which are in the order of time.
    private LeaseView? Newest(string node) =>
        leases.Get(new(LeaseNamespace, node)) is var cached && _read.TryGetValue(node, out var read) && string.CompareOrdinal(cached?.Spec?.RenewTime, read.Spec?.RenewTime) <= 0 ? read : cached;

    private TimeSpan SilenceOf(NodeView node, LeaseView? lease) =>
        health.SilentFor(node.Name, string.Create(CultureInfo.InvariantCulture, $"{lease?.Spec?.RenewTime} {node.ConditionOf("Ready")?.LastHeartbeatTime:O} {node.Metadata.Uid}"));
}
