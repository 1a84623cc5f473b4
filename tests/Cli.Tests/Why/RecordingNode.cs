using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Client;
using Slipway.Testing;

namespace Cli.Tests.Why;

/// <summary>A node that says of its pods what a case has recorded of a real one.</summary>
internal sealed class RecordingNode(WhyCase given) : INodeTransport
{
    /// <summary>Its name.</summary>
    public const string Name = "node-1";

    private const string Lease = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string[]> _containers = new(StringComparer.Ordinal);
    private DateTimeOffset _now;

    /// <summary>Of how many pods it has told.</summary>
    public int Told => _told.Count;

    /// <summary>Adds the node to the cluster, unless the case brings nodes of its own.</summary>
    public async Task JoinAsync(TestCluster cluster)
    {
        if (given.Manifests.Any(manifest => manifest.Kind == "Node"))
            return;
        await cluster.CreateAsync("/api/v1/nodes", $$$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{{Name}}}","labels":{"kubernetes.io/hostname":"{{{Name}}}"} } }""");
        await cluster.PatchAsync($"/api/v1/nodes/{Name}/status", """
            {"status":{"allocatable":{"cpu":"4","memory":"8Gi","ephemeral-storage":"50Gi","pods":"110"},"conditions":[{"type":"Ready","status":"True","reason":"KubeletReady","message":"kubelet is posting ready status"}]}}
            """);
    }

    /// <summary>Tells that it lives.</summary>
    public static async Task BeatAsync(TestCluster cluster)
    {
        var lease = $$$"""{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"{{{Name}}}"},"spec":{"holderIdentity":"{{{Name}}}","renewTime":"{{{Meta.FormatMicroTime(cluster.Clock.GetUtcNow())}}}"} }""";
        await cluster.Admin.SendForBodyAsync(new("PATCH", $"{Lease}/{Name}?fieldManager=node&force=true") { Body = Encoding.UTF8.GetBytes(lease), ContentType = MediaTypes.ApplyPatch });
    }

    /// <summary>Tells of the pods that are new on it, and lets those go that are deleted.</summary>
    public async Task ReportAsync(TestCluster cluster)
    {
        _now = cluster.Clock.GetUtcNow();
        foreach (var pod in await PodsAsync(cluster))
        {
            var report = ReportOf(pod.Name);
            if (pod.IsBeingDeleted && !report.StaysWhenDeleted && pod.At("spec.nodeName") is not null)
                await cluster.Admin.SendForBodyAsync(new("DELETE", $"/api/v1/namespaces/{pod.Namespace}/pods/{pod.Name}?gracePeriodSeconds=0"));
            else if (pod.At("spec.nodeName") is not null && _told.Add(pod.Uid))
            {
                await TellAsync(cluster, pod, report);
                if (report == PodReport.Running)
                    _containers[pod.Uid] = [.. pod.Object("spec")!.Objects("containers").Select(container => container.Text("name")!)];
            }
        }
    }

    public ValueTask<ApiResponse> SendAsync(string node, ApiRequest request, CancellationToken cancellation)
    {
        if (request.PathAndQuery.StartsWith("/stats/summary", StringComparison.Ordinal))
            return ValueTask.FromResult(new ApiResponse { StatusCode = 200, Body = Encoding.UTF8.GetBytes(Summary().ToJsonString()) });
        // /containerLogs/NAMESPACE/POD/CONTAINER?previous=true
        var parts = request.PathAndQuery.Split('?')[0].Split('/');
        var report = ReportOf(parts[3]);
        var log = (request.PathAndQuery.Contains("previous=true", StringComparison.Ordinal) ? report.Previous : report.Logs).Text(parts[4]) ?? "";
        return ValueTask.FromResult(new ApiResponse { StatusCode = 200, ContentType = MediaTypes.Text, Body = Encoding.UTF8.GetBytes(log) });
    }

    // What runs takes a twentieth of a processor, and 20 MiB.
    private JsonObject Summary() => new()
    {
        ["pods"] = new JsonArray([.. _containers.Select(pod => (JsonNode)new JsonObject
        {
            ["podRef"] = new JsonObject { ["uid"] = pod.Key },
            ["containers"] = new JsonArray([.. pod.Value.Select(name => (JsonNode)new JsonObject
            {
                ["name"] = name,
                ["cpu"] = new JsonObject { ["time"] = Meta.FormatTime(_now), ["usageNanoCores"] = 50_000_000 },
                ["memory"] = new JsonObject { ["workingSetBytes"] = 20 << 20 },
            })]),
        })]),
    };

    private PodReport ReportOf(string pod) => given.Pods.FirstOrDefault(report => pod.StartsWith(report.Pod, StringComparison.Ordinal)) ?? PodReport.Running;

    private static async Task TellAsync(TestCluster cluster, JsonObject pod, PodReport report)
    {
        var now = cluster.Clock.GetUtcNow();
        var status = WhyCase.InTime(report.Status, now)!.AsObject();
        // Those of the default report, for as many containers as the pod has.
        if (report == PodReport.Running)
            status["containerStatuses"] = new JsonArray([.. pod.Object("spec")!.Objects("containers").Select(container => (JsonNode)new JsonObject
            {
                ["name"] = container.Text("name"), ["ready"] = true, ["started"] = true, ["restartCount"] = 0, ["image"] = container.Text("image"), ["imageID"] = "",
                ["state"] = new JsonObject { ["running"] = new JsonObject { ["startedAt"] = Meta.FormatTime(now) } },
            })]);
        await cluster.Admin.SendForBodyAsync(new("PATCH", $"/api/v1/namespaces/{pod.Namespace}/pods/{pod.Name}/status")
        {
            Body = Encoding.UTF8.GetBytes(new JsonObject { ["status"] = status }.ToJsonString()),
            ContentType = MediaTypes.StrategicMergePatch,
        });
        foreach (var e in report.Events)
            await WriteAsync(cluster, pod, e);
    }

    /// <summary>Writes an event about an object.</summary>
    public static async Task WriteAsync(TestCluster cluster, JsonObject about, JsonObject report)
    {
        var last = cluster.Clock.GetUtcNow() - (report.Text("ago") is { } ago ? WhyCase.Span(ago) : TimeSpan.Zero);
        var ns = about.Namespace.Length > 0 ? about.Namespace : "default";
        var reference = new JsonObject { ["apiVersion"] = about.ApiVersion, ["kind"] = about.Kind, ["name"] = about.Name, ["uid"] = about.Uid };
        if (about.Namespace.Length > 0) reference["namespace"] = about.Namespace;
        if (report.Text("container") is { } container) reference["fieldPath"] = $"spec.containers{{{container}}}";
        await cluster.CreateAsync($"/api/v1/namespaces/{ns}/events", new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Event",
            ["metadata"] = new JsonObject { ["generateName"] = $"{about.Name}.x", ["namespace"] = ns },
            ["involvedObject"] = reference,
            ["type"] = report.Text("type") ?? "Warning",
            ["reason"] = report.Text("reason"),
            ["message"] = report.Text("message"),
            ["count"] = report.Integer("count") ?? 1,
            ["firstTimestamp"] = Meta.FormatTime(last),
            ["lastTimestamp"] = Meta.FormatTime(last),
        }.ToJsonString());
    }

    private static async Task<IReadOnlyList<JsonObject>> PodsAsync(TestCluster cluster) =>
        [.. DocumentReader.ParseJson((await cluster.Admin.SendForBodyAsync(new("GET", "/api/v1/pods"))).Span).Objects("items")];
}
