using System.Globalization;
using System.Text.Json;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Tables;

/// <summary>Pods as a table.</summary>
internal sealed class PodTable() : TableColumns(
[
    NameColumn,
    Column("Ready", description: "The aggregate readiness state of this pod for accepting traffic."),
    Column("Status", description: "The aggregate status of the containers in this pod."),
    Column("Restarts", description: "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted."),
    AgeColumn,
    Column("IP", priority: 1, description: "Address of the pod; empty if not yet allocated."),
    Column("Node", priority: 1, description: "Node that the pod is assigned to."),
    Column("Nominated Node", priority: 1, description: "Node whose pods make room for this pod."),
    Column("Readiness Gates", priority: 1, description: "Conditions beyond the containers' that readiness depends on."),
])
{
    public override void WriteCells(Utf8JsonWriter json, JsonElement pod, DateTimeOffset now)
    {
        var summary = PodSummary.Of(pod);
        json.WriteStringValue(pod.Text("metadata", "name"));
        json.WriteStringValue($"{summary.Ready}/{summary.Total}");
        json.WriteStringValue(summary.Status);
        json.WriteStringValue(summary.Restarts != 0 && summary.LastRestart is { } last
            ? $"{summary.Restarts} ({Ages.Format(now - last)} ago)"
            : summary.Restarts.ToString(CultureInfo.InvariantCulture));
        json.WriteStringValue(Ages.Of(pod, now));
        json.WriteStringValue(Or(pod.Text("status", "podIP")));
        json.WriteStringValue(Or(pod.Text("spec", "nodeName")));
        json.WriteStringValue(Or(pod.Text("status", "nominatedNodeName")));
        json.WriteStringValue(Gates(pod));
    }

    private static string Or(string? text) => string.IsNullOrEmpty(text) ? "<none>" : text;

    private static string Gates(JsonElement pod)
    {
        var gates = pod.Items("spec", "readinessGates").Select(g => g.Text("conditionType")).ToArray();
        if (gates.Length == 0) return "<none>";
        var open = gates.Count(g => pod.Items("status", "conditions").Any(c => c.Text("type") == g && c.Text("status") == "True"));
        return $"{open}/{gates.Length}";
    }
}

/// <summary>What a pod's containers come to in a few words.</summary>
/// <param name="Status">Phase, or why it is not simply that.</param>
/// <param name="Ready">Containers that are ready.</param>
/// <param name="Total">Containers that stay.</param>
/// <param name="Restarts">Restarts of all of them.</param>
/// <param name="LastRestart">When the latest restart was.</param>
internal readonly record struct PodSummary(string Status, int Ready, int Total, long Restarts, DateTimeOffset? LastRestart)
{
    public static PodSummary Of(JsonElement pod)
    {
        var sidecars = pod.Items("spec", "initContainers").Where(c => c.Text("restartPolicy") == "Always").Select(c => c.Text("name")).ToHashSet();
        var own = pod.Text("status", "reason");
        var summary = new PodSummary(
            string.IsNullOrEmpty(own) ? pod.Text("status", "phase") ?? "" : own, 0, pod.Count("spec", "containers") + sidecars.Count, 0, null);
        if (Condition(pod, "PodScheduled") is { } scheduled && scheduled.Text("reason") == "SchedulingGated") summary = summary with { Status = "SchedulingGated" };

        var (initializing, sidecarRestarts) = summary.Init(pod, sidecars, out summary);
        if (!initializing || Condition(pod, "Initialized")?.Text("status") == "True") summary = summary.Main(pod, sidecarRestarts);

        if (pod.Has("metadata", "deletionTimestamp"))
        {
            if (own == "NodeLost") summary = summary with { Status = "Unknown" };
            else if (pod.Text("status", "phase") is not ("Succeeded" or "Failed")) summary = summary with { Status = "Terminating" };
        }
        return summary;
    }

    private (bool Initializing, long SidecarRestarts) Init(JsonElement pod, HashSet<string?> sidecars, out PodSummary summary)
    {
        summary = this;
        long sidecarRestarts = 0;
        var index = 0;
        foreach (var status in pod.Items("status", "initContainerStatuses"))
        {
            var isSidecar = sidecars.Contains(status.Text("name"));
            summary = summary.Restarted(status);
            if (isSidecar) sidecarRestarts += status.Integer("restartCount");
            var terminated = status.At("state", "terminated");
            var hasTerminated = terminated.ValueKind == JsonValueKind.Object;
            if (hasTerminated && terminated.Integer("exitCode") == 0)
            {
                index++;
                continue;
            }
            if (isSidecar && status.Flag("started"))
            {
                if (status.Flag("ready")) summary = summary with { Ready = summary.Ready + 1 };
                index++;
                continue;
            }
            var waiting = status.Text("state", "waiting", "reason");
            var why = hasTerminated ? "Init:" + Ending(terminated)
                : !string.IsNullOrEmpty(waiting) && waiting != "PodInitializing" ? "Init:" + waiting
                : $"Init:{index}/{pod.Count("spec", "initContainers")}";
            summary = summary with { Status = why };
            return (true, sidecarRestarts);
        }
        return (false, sidecarRestarts);
    }

    private PodSummary Main(JsonElement pod, long sidecarRestarts)
    {
        var summary = this with { Restarts = sidecarRestarts };
        var hasRunning = false;
        foreach (var status in pod.Items("status", "containerStatuses").Reverse())
        {
            summary = summary.Restarted(status);
            var terminated = status.At("state", "terminated");
            if (status.Text("state", "waiting", "reason") is { Length: > 0 } waiting) summary = summary with { Status = waiting };
            else if (terminated.ValueKind == JsonValueKind.Object) summary = summary with { Status = Ending(terminated) };
            else if (status.Flag("ready") && status.Has("state", "running"))
            {
                hasRunning = true;
                summary = summary with { Ready = summary.Ready + 1 };
            }
        }
        if (summary.Status == "Completed" && hasRunning)
            summary = summary with { Status = Condition(pod, "Ready")?.Text("status") == "True" ? "Running" : "NotReady" };
        return summary;
    }

    private PodSummary Restarted(JsonElement status)
    {
        var finished = Meta.ParseTime(status.Text("lastState", "terminated", "finishedAt"));
        return this with
        {
            Restarts = Restarts + status.Integer("restartCount"),
            LastRestart = finished > LastRestart || LastRestart is null ? finished ?? LastRestart : LastRestart,
        };
    }

    private static string Ending(JsonElement terminated) =>
        terminated.Text("reason") is { Length: > 0 } reason ? reason
        : terminated.Integer("signal") is not 0 and var signal ? $"Signal:{signal}"
        : $"ExitCode:{terminated.Integer("exitCode")}";

    private static JsonElement? Condition(JsonElement pod, string type)
    {
        foreach (var condition in pod.Items("status", "conditions"))
            if (condition.Text("type") == type) return condition;
        return null;
    }
}
