using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Controllers.Tests.Sequences;

/// <summary>
/// Nodes without containers that do something only when they are told to: so that what happens between two steps of a sequence is up to
/// its seed, and to how far the controllers have come.
/// </summary>
internal sealed class SimulatedNodes(TestCluster cluster, Random random)
{
    /// <summary>Their names.</summary>
    public static readonly string[] Names = ["n1", "n2", "n3"];

    private readonly HashSet<string> _silent = [];
    private int _addresses;

    /// <summary>Makes the nodes known.</summary>
    public async Task AddAsync()
    {
        foreach (var name in Names)
            await AddAsync(name);
    }

    /// <summary>A node says nothing any more, or speaks again.</summary>
    public async Task TurnAsync(string name)
    {
        if (!_silent.Remove(name))
            _silent.Add(name);
        else if (await cluster.Admin.GetAsync(Kinds.Nodes, null, name) is null)
            await AddAsync(name);
    }

    /// <summary>All nodes are there, speak, and take pods.</summary>
    public async Task RecoverAsync()
    {
        _silent.Clear();
        foreach (var name in Names)
            if (await cluster.Admin.GetAsync(Kinds.Nodes, null, name) is null)
                await AddAsync(name);
            else
                await SendAsync("PATCH", $"/api/v1/nodes/{name}", """{"spec":{"unschedulable":null}}""");
    }

    /// <summary>Time passes, and nodes that are not silent say that they live.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        for (var step = TimeSpan.FromSeconds(10); time > TimeSpan.Zero; time -= step)
        {
            cluster.Clock.Advance(time < step ? time : step);
            var now = cluster.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");
            foreach (var name in Names.Where(name => !_silent.Contains(name)))
            {
                await SendAsync("PATCH", $"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{name}", $$$"""{"spec":{"renewTime":"{{{now}}}"} }""");
                await SendAsync("PATCH", $"/api/v1/nodes/{name}/status", """{"status":{"conditions":[{"type":"Ready","status":"True","reason":"KubeletReady"}]}}""");
            }
        }
    }

    /// <summary>Does what is due for pods: binds them, makes them run and be ready, ends those of Jobs, lets go those that are deleted.</summary>
    /// <param name="share">How many of a hundred pods get something done.</param>
    public async Task LiveAsync(int share = 100)
    {
        var nodes = (await cluster.Admin.ListAsync(Kinds.Nodes)).Items;
        foreach (var pod in (await cluster.Admin.ListAsync(Kinds.Pods)).Items)
            if (random.Next(100) < share)
                await LiveAsync(pod, nodes);
    }

    private async Task LiveAsync(PodView pod, IReadOnlyList<NodeView> nodes)
    {
        var path = Kinds.Pods.ObjectPath(pod.Metadata.NamespaceProperty, pod.Metadata.Name);
        if (pod.NodeName is null)
        {
            var free = nodes.Where(node => pod.PinnedNode is { } pinned ? node.Name == pinned : node.Spec?.Unschedulable != true && node.Taints.Count == 0 && !_silent.Contains(node.Name)).ToList();
            if (free.Count > 0 && pod.Metadata.DeletionTimestamp is null)
                await SendAsync("POST", $"{path}/binding", $$$"""{"apiVersion":"v1","kind":"Binding","metadata":{"name":"{{{pod.Metadata.Name}}}"},"target":{"kind":"Node","name":"{{{free[random.Next(free.Count)].Name}}}"} }""");
            return;
        }
        if (_silent.Contains(pod.NodeName) || nodes.All(node => node.Name != pod.NodeName))
            return;
        if (pod.Metadata.DeletionTimestamp is not null)
            await SendAsync("DELETE", $"{path}?gracePeriodSeconds=0", $$$"""{"preconditions":{"uid":"{{{pod.Uid}}}"} }""");
        else if (pod.Status?.Phase == "Running" && pod.IsTracked)
            await SetAsync(pod, random.Next(5) > 0 ? "Succeeded" : "Failed", ready: false);
        else if (pod.HasEnded && pod.IsReady)
            await SetAsync(pod, pod.Status!.Phase!, ready: false); // others have said that it has ended, while its node was away
        else if (!pod.HasEnded && !(pod.Status?.Phase == "Running" && pod.IsReady))
            await SetAsync(pod, "Running", ready: true);
    }

    /// <summary>Sets what a node says of a pod.</summary>
    public Task SetAsync(PodView pod, string phase, bool ready)
    {
        var address = $"10.1.{++_addresses / 250}.{_addresses % 250 + 1}";
        var now = cluster.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
        var status = new JsonObject
        {
            ["phase"] = phase,
            ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = ready ? "True" : "False", ["lastTransitionTime"] = now }),
        };
        if (phase == "Running" && pod.Status?.Phase != "Running")
        {
            status["podIP"] = address;
            status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = address });
        }
        return SendAsync("PATCH", $"{Kinds.Pods.ObjectPath(pod.Metadata.NamespaceProperty, pod.Metadata.Name)}/status",
            new JsonObject { ["metadata"] = new JsonObject { ["uid"] = pod.Uid }, ["status"] = status }.ToJsonString());
    }

    /// <summary>Sends a request that another one may have made pointless.</summary>
    /// <returns>The answer's code.</returns>
    public async Task<int> SendAsync(string verb, string path, string body)
    {
        await using var response = await cluster.Admin.SendAsync(new(verb, path) { Body = Encoding.UTF8.GetBytes(body), ContentType = verb == "PATCH" ? MediaTypes.MergePatch : MediaTypes.Json }, CancellationToken.None);
        if (!response.IsSuccess && response.StatusCode is not (404 or 409 or 429))
            throw new IOException($"{verb} {path} {body}: {response.StatusCode} {Encoding.UTF8.GetString(response.Body.Span)}");
        return response.StatusCode;
    }

    private async Task AddAsync(string name)
    {
        await SendAsync("POST", "/api/v1/nodes", $$$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{{name}}}"} }""");
        await SendAsync("POST", "/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"kube-node-lease"}}""");
        await SendAsync("POST", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", $$$"""{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"{{{name}}}"},"spec":{} }""");
    }
}
