using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Controllers.Tests.Workloads;

/// <summary>Nodes without containers: they take pods that nobody has placed, make them run and be ready, and let go those that are deleted.</summary>
internal sealed class FakeNode(TestCluster cluster, Informer<PodView> pods) : IReconciler
{
    private readonly ConcurrentDictionary<string, bool> _placed = new();

    /// <summary>Whether a pod becomes ready; it runs in either case.</summary>
    public Func<PodView, bool> BecomesReady { get; set; } = _ => true;

    /// <summary>Whether pods that are deleted end.</summary>
    public bool LetsGo { get; set; } = true;

    public static FakeNode Run(TestCluster cluster)
    {
        var host = new ControllerHost(cluster.Admin, cluster.Clock, cluster.Logs);
        var pods = host.Informer(Kinds.Pods);
        var node = new FakeNode(cluster, pods);
        host.Add("node", node, workers: 2).For(pods);
        cluster.Run(host.RunAsync);
        return node;
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (pods.Get(key) is not { } pod)
            return Result.Done;
        if (pod.IsBeingDeleted)
        {
            if (LetsGo)
                await cluster.Admin.DeleteAsync(Kinds.Pods, key.Namespace, key.Name, new() { Uid = pod.Uid, GracePeriodSeconds = 0 }, cancellation);
            return Result.Done;
        }
        if (pod.HasEnded)
            return Result.Done;
        if (pod.NodeName is null)
        {
            if (_placed.TryAdd(pod.Uid, true))
                await PostAsync($"{Kinds.Pods.ObjectPath(key.Namespace, key.Name)}/binding", $$$"""{"apiVersion":"v1","kind":"Binding","metadata":{"name":"{{{key.Name}}}"},"target":{"kind":"Node","name":"{{{NodeFor(pod)}}}"}}""", cancellation);
            return Result.Done;
        }
        var ready = BecomesReady(pod);
        if (pod.Status?.Phase != "Running" || pod.IsReady != ready)
        {
            var now = cluster.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
            var condition = new JsonObject { ["type"] = "Ready", ["status"] = ready ? "True" : "False", ["lastTransitionTime"] = now };
            await cluster.Admin.PatchStatusAsync(Kinds.Pods, key.Namespace, key.Name, new() { ["phase"] = "Running", ["conditions"] = new JsonArray(condition) }, cancellation);
        }
        return Result.Done;
    }

    /// <summary>Looks at every pod again, after what makes them ready has changed.</summary>
    public async Task LookAgainAsync()
    {
        foreach (var pod in (await cluster.Admin.ListAsync(Kinds.Pods)).Items)
            await ReconcileAsync(Kinds.Pods.KeyOf(pod), CancellationToken.None);
    }

    // The node that a daemon's pod asks for, else one of two.
    private static string NodeFor(PodView pod) => pod.PinnedNode ?? $"n{pod.Uid[0] % 2}";

    private async Task PostAsync(string path, string body, CancellationToken cancellation)
    {
        await using var response = await cluster.Admin.SendAsync(new("POST", path) { Body = Encoding.UTF8.GetBytes(body) }, cancellation);
        if (!response.IsSuccess && response.StatusCode is not (404 or 409))
            throw new IOException($"binding answered {response.StatusCode}");
    }
}
