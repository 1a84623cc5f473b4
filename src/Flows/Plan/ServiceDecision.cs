using k8s.Models;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>
/// Decides what becomes of tasks that are services, beyond what becomes of any task: from when on those that need them can begin, and when they are ended.
/// </summary>
internal static class ServiceDecision
{
    private static readonly string NotNeeded = $"{AttemptReason.Succeeded} nothing needs it any more";

    /// <summary>Whether the pod of a service can be reached, and has been ready since when; null if it cannot.</summary>
    public static DateTimeOffset? ReadySince(V1Pod? pod) =>
        pod is { Metadata.DeletionTimestamp: null, Status: { Phase: "Running", Conditions: { } conditions } } && conditions.FirstOrDefault(c => c is { Type: "Ready", Status: "True" }) is { } ready
            ? Time(ready.LastTransitionTime) ?? DateTimeOffset.MinValue : null;

    /// <summary>Since when all items of a service can be reached; null while one cannot.</summary>
    public static DateTimeOffset? UpSince(TaskState service)
    {
        var times = service.Items.ConvertAll(i => i.Phase == FlowPhase.Running ? ReadySince(i.Pod) : null);
        return times.Count > 0 && times.TrueForAll(t => t is not null) ? times.Max() : null;
    }

    /// <summary>Why what needs a service, and has begun, is to be ended before its time; null if it is not.</summary>
    public static StopOfRun? Loss(TaskPath label, IEnumerable<TaskState> services) =>
        services.FirstOrDefault(s => s.Count(FlowPhase.Failed) > 0 || s.Phase == FlowPhase.Failed) is { } lost
            ? new StopOfRun(AttemptReason.ServiceFailed, $"{TaskPath.Of(label.Parent, lost.Task.Name)}, a service that it needs, has failed", IsFailure: true) : null;

    /// <summary>What a service that runs and is not ready is waited for, and when it is given up.</summary>
    public static PodTrouble? Trouble(FlowTask task, V1Pod pod, string label, DateTimeOffset now, TimeSpan? waitLimit)
    {
        var command = pod.Status?.ContainerStatuses?.FirstOrDefault(c => c.Name == FlowNames.Container)?.State?.Running;
        if (task.Service is not { } service || command is null || pod.Metadata.DeletionTimestamp is not null || ReadySince(pod) is not null)
            return null;
        var since = Time(pod.Status!.Conditions?.FirstOrDefault(c => c.Type == "Ready")?.LastTransitionTime) ?? Time(command.StartedAt) ?? now;
        var message = $"{label} is not ready: {(service.ReadyPath is { } path ? $"{path} at its port {service.Port} does not answer as it should" : $"its port {service.Port} takes no connections")}";
        return since + waitLimit <= now
            ? new PodTrouble(AttemptReason.WaitLimit, $"{message}, for longer than its waitLimit; raise waitLimit, or correct the command or service", now)
            : new PodTrouble("Waiting", message, since + waitLimit);
    }

    /// <summary>Ends a service, if what needs it has ended or one of its items has failed; otherwise it goes on, unless it has lost what it needs itself.</summary>
    /// <returns>Whether it goes on.</returns>
    public static bool Conclude(PlanContext context, TaskState service, IReadOnlyList<TaskState> users)
    {
        var isNeeded = users.Any(u => !u.IsFinal);
        foreach (var item in service.Items.Where(i => i.Phase == FlowPhase.Failed && IsOutlived(service, i, users)))
            (item.Phase, item.Message) = (FlowPhase.Succeeded, null);
        var failed = service.Items.Find(i => i.Phase == FlowPhase.Failed);
        if (isNeeded && (failed is null || service.Stop is not null))
            return true;
        service.IsUnneeded = !isNeeded;
        var note = failed is null ? NotNeeded : service.Stop?.Note ?? $"{AttemptReason.ServiceFailed} {failed.Path} has failed";
        foreach (var item in service.Items.Where(i => !FlowPhase.IsFinal(i.Phase)))
        {
            context.End(item.Pods, note);
            if (item.Pods.Count > 0)
                item.Message = failed is null ? $"{item.Path} is being ended: nothing needs it any more" : $"{item.Path} is being ended: {failed.Path} has failed";
            else
                (item.Phase, item.Message) = (failed is null && item.Attempts.Count > 0 ? FlowPhase.Succeeded : FlowPhase.Skipped, null); // one that would have been started again has done what it was for
        }

        service.Summarize();
        service.IsStopped &= service.Phase == FlowPhase.Failed;
        if (service.Items.Count > 0 && service.Items.TrueForAll(i => i.Phase == FlowPhase.Skipped))
            (service.Phase, service.Message) = (FlowPhase.Skipped, $"{TaskPath.Of(service.Items[0].Path.Parent, service.Task.Name)} was skipped: nothing needs it any more");
        return false;
    }

    /// <summary>
    /// Whether an item has failed only after all that needs its service had done what it is for, as one may that is about to be ended. A service that needs it is ended after
    /// those, and counts with neither its end nor how long that takes.
    /// </summary>
    private static bool IsOutlived(TaskState service, ItemState item, IReadOnlyList<TaskState> users) => users.All(u => u switch
    {
        { Phase: FlowPhase.Succeeded } => u.Task.Service is not null || !(u.Items.Max(i => i.End) > item.End),
        { Phase: FlowPhase.Skipped } => !u.IsStopped && IsSkippedWithout(service, u),
        _ => u.IsUnneeded && u.Count(FlowPhase.Failed) == 0,
    });

    /// <summary>Whether a task that was skipped would have been with the service, too: by a condition that does not ask for it.</summary>
    private static bool IsSkippedWithout(TaskState service, TaskState user) => user.Task.When is { } when
        && !FlowReferences.Find(CelExpression.Parse(when).Root).Any(r => r is { Root: "tasks", Path: [var name, ..] } && name == service.Task.Name);

    private static DateTimeOffset? Time(DateTime? time) => time is { } t ? new DateTimeOffset(DateTime.SpecifyKind(t, DateTimeKind.Utc)) : null;
}
