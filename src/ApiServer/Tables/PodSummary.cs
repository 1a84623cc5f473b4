using System.Text.Json;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Tables;

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

        var (initializing, restarts) = summary.Init(pod, sidecars, out summary);
        if (!initializing || Condition(pod, "Initialized")?.Text("status") == "True") summary = summary.Main(pod, restarts);

        if (pod.Has("metadata", "deletionTimestamp"))
        {
            if (own == "NodeLost") summary = summary with { Status = "Unknown" };
            else if (pod.Text("status", "phase") is not ("Succeeded" or "Failed")) summary = summary with { Status = "Terminating" };
        }
        return summary;
    }

    // Restarts of sidecars go on counting when the pod is initialized, those of other init containers do not.
    private (bool Initializing, PodSummary Sidecars) Init(JsonElement pod, HashSet<string?> sidecars, out PodSummary summary)
    {
        summary = this;
        var restarts = default(PodSummary);
        var index = 0;
        foreach (var status in pod.Items("status", "initContainerStatuses"))
        {
            var isSidecar = sidecars.Contains(status.Text("name"));
            summary = summary.Restarted(status);
            if (isSidecar) restarts = restarts.Restarted(status);
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
            return (true, restarts);
        }
        return (false, restarts);
    }

    private PodSummary Main(JsonElement pod, PodSummary sidecars)
    {
        var summary = this with { Restarts = sidecars.Restarts, LastRestart = sidecars.LastRestart };
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
