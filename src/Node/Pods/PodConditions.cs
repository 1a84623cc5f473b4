using k8s.Models;

namespace Slipway.Node.Pods;

/// <summary>The conditions of a pod that its node owns.</summary>
internal static class PodConditions
{
    /// <summary>Type of the condition that says that something other than the pod itself ends it.</summary>
    internal const string Disruption = "DisruptionTarget";

    // Its reason where the node does; others set it with theirs.
    private const string ByKubelet = "TerminationByKubelet";

    public static IList<V1PodCondition> Build(V1Pod pod, PodState state, string phase, IReadOnlyList<V1PodCondition> previous, DateTimeOffset now)
    {
        var initialized = IsInitialized(pod, state);
        var unready = Names(pod.InitContainers.Where(c => c.IsSidecar).Concat(pod.Spec.Containers).Where(c => !ContainerHealth.IsReady(c, state.Container(c.Name))));
        (bool Status, string? Reason, string? Message) containers = phase switch
        {
            "Succeeded" => (false, "PodCompleted", null),
            "Failed" => (false, "PodFailed", null),
            _ when unready.Length == 0 && initialized => (true, null, null),
            _ => (false, "ContainersNotReady", $"containers with unready status: [{unready}]"),
        };
        var ready = containers.Status && Gates(pod) is { } closed ? (Status: false, Reason: "ReadinessGatesNotReady", Message: closed) : containers;
        return
        [
            .. state.Failure is { IsEviction: true } eviction ? [Condition(Disruption, true, ByKubelet, eviction.Message)] : Array.Empty<V1PodCondition>(),
            .. state.Resize switch
            {
                null => [],
                { Phase: ResizePhase.Pending } pending => [Condition("PodResizePending", true, pending.Reason, pending.Message)],
                { Phase: ResizePhase.Failed } failed => [Condition("PodResizeInProgress", true, failed.Reason, failed.Message)],
                _ => new[] { Condition("PodResizeInProgress", true, null, null) },
            },
            Condition("PodReadyToStartContainers", state.Sandbox.Phase == SandboxPhase.Ready, null, null),
            phase == "Succeeded" ? Condition("Initialized", true, "PodCompleted", null)
                : initialized ? Condition("Initialized", true, null, null)
                : Condition("Initialized", false, "ContainersNotInitialized",
                    $"containers with incomplete status: [{Names(pod.InitContainers.Where(c => !IsPast(c, state)))}]"),
            Condition("Ready", ready.Status, ready.Reason, ready.Message),
            Condition("ContainersReady", containers.Status, containers.Reason, containers.Message),
        ];

        V1PodCondition Condition(string type, bool status, string? reason, string? message)
        {
            var text = status ? "True" : "False";
            var before = previous.FirstOrDefault(c => c.Type == type);
            return new()
            {
                Type = type,
                Status = text,
                Reason = reason,
                Message = message,
                LastTransitionTime = before?.Status == text ? before.LastTransitionTime : now.UtcDateTime,
                ObservedGeneration = pod.Metadata.Generation,
            };
        }
    }

    /// <summary>Whether a condition says that the node evicts the pod: the one trace of it until its containers have ended.</summary>
    public static bool IsEviction(V1PodCondition condition) => condition is { Type: Disruption, Status: "True", Reason: ByKubelet };

    /// <summary>Whether all init containers are past, so that the others may run.</summary>
    public static bool IsInitialized(V1Pod pod, PodState state) =>
        pod.Spec.Containers.Any(c => state.Container(c.Name).Id.Length > 0) || pod.InitContainers.All(c => IsPast(c, state));

    private static bool IsPast(V1Container container, PodState state) => state.Container(container.Name) is var record
        && (container.IsSidecar ? ContainerHealth.IsStarted(container, record) : record.Succeeded);

    /// <summary>Which conditions that others set keep a pod from being ready; null for none.</summary>
    internal static string? Gates(V1Pod pod)
    {
        var closed = new List<string>();
        foreach (var gate in pod.Spec.ReadinessGates ?? [])
        {
            var condition = pod.Status?.Conditions?.FirstOrDefault(c => c.Type == gate.ConditionType);
            if (condition is null)
                closed.Add($"corresponding condition of pod readiness gate \"{gate.ConditionType}\" does not exist.");
            else if (condition.Status != "True")
                closed.Add($"the status of pod readiness gate \"{gate.ConditionType}\" is not \"True\", but {condition.Status}");
        }
        return closed.Count == 0 ? null : string.Join(", ", closed);
    }

    private static string Names(IEnumerable<V1Container> containers) => string.Join(" ", containers.Select(c => c.Name));
}
