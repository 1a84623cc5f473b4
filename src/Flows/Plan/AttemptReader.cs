using System.Globalization;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>What is known of an ended attempt beyond its pod.</summary>
/// <param name="Report">What slipway-task reported, the stored report if there is one; null if it reported nothing.</param>
/// <param name="Inputs">The manifest of its inputs; null if it has none.</param>
/// <param name="ValueTexts">Texts of the values that it wrote, by hash.</param>
public sealed record AttemptSources(TaskReport? Report, InputManifest? Inputs, IReadOnlyDictionary<string, string> ValueTexts)
{
    /// <summary>Nothing but the pod.</summary>
    public static readonly AttemptSources None = new(null, null, new Dictionary<string, string>());
}

/// <summary>Makes the record of an attempt from its pod.</summary>
public static class AttemptReader
{
    /// <summary>How long a deleted pod may take beyond its grace until it counts as ended.</summary>
    private static readonly TimeSpan DeletionPatience = TimeSpan.FromSeconds(60);

    /// <summary>Whether the attempt of a pod has ended.</summary>
    public static bool IsEnded(V1Pod pod, DateTimeOffset now)
    {
        if (pod.Status?.Phase is "Succeeded" or "Failed")
            return true;
        return DeletionDeadline(pod) is { } deadline && (string.IsNullOrEmpty(pod.Spec.NodeName) || deadline <= now);
    }

    /// <summary>When a deleted pod counts as ended whatever its node says; null if it is not deleted.</summary>
    public static DateTimeOffset? DeletionDeadline(V1Pod pod) => Time(pod.Metadata.DeletionTimestamp) + DeletionPatience;

    /// <summary>The end of the command, or of the step before it that has failed; null if there is none.</summary>
    public static V1ContainerStateTerminated? Termination(V1Pod pod) =>
        pod.Status?.ContainerStatuses?.FirstOrDefault(c => c.Name == FlowNames.Container)?.State?.Terminated ?? FailedStep(pod)?.State.Terminated;

    /// <summary>The step that has failed before the last one; null if none has.</summary>
    private static V1ContainerStatus? FailedStep(V1Pod pod) =>
        pod.Status?.InitContainerStatuses?.FirstOrDefault(c => FlowNames.IsStep(c.Name) && c.State?.Terminated is { ExitCode: not 0 });

    /// <summary>What the steps have reported that came to their end before the one whose report is the attempt's.</summary>
    private static List<TaskReport> StepsBefore(V1Pod pod) =>
        [.. (pod.Status?.InitContainerStatuses ?? []).Where(c => FlowNames.IsStep(c.Name) && c.State?.Terminated is { ExitCode: 0 }).Select(c => TaskReport.Parse(c.State.Terminated.Message)).OfType<TaskReport>().OrderBy(r => r.Start)];

    /// <summary>Whether the attempt of an ended pod may have outputs: its command has ended with 0, also where its container was killed after it had reported that.</summary>
    public static bool MayHaveOutputs(V1Pod pod) => pod.Status?.Phase == "Succeeded" || (FailedStep(pod) is null && TaskReport.Parse(Termination(pod)?.Message) is { ExitCode: 0 });

    /// <summary>Hash of the manifest of a pod's inputs; null if it has none.</summary>
    public static string? InputHash(V1Pod pod) => pod.Metadata.Annotations?.TryGetValue(FlowNames.InputsAnnotation, out var manifest) == true ? manifest : null;

    /// <summary>The record of an ended attempt; null if the pod is no flow pod.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="definition">What the run works by.</param>
    /// <param name="runName">Name of the run, for messages.</param>
    /// <param name="sources">What is known beyond the pod.</param>
    /// <param name="now">The present.</param>
    /// <param name="hopeless">Why the pod was given up, if it was.</param>
    public static AttemptRecord? Read(V1Pod pod, RunDefinition definition, string runName, AttemptSources sources, DateTimeOffset now, HopelessPod? hopeless = null)
    {
        if (PodIdentity.Of(pod) is not { } identity)
            return null;
        var container = FlowNames.TaskOf(pod);
        var termination = Termination(pod);
        var failedStep = FailedStep(pod);

        // A step that was killed after it had reported its end has ended itself alone, not the attempt.
        var report = failedStep is not null && sources.Report is { ExitCode: 0 } ? null : sources.Report?.After(StepsBefore(pod));
        var (flow, task) = definition.Find(identity.Path) is var (owner, found) ? (owner, found) : (null, (FlowTask?)null);
        var settings = task is null ? null : new TaskSettings(task, flow?.Defaults);
        var memory = MemoryLimit(container);
        var label = failedStep is { } step ? $"{identity.Label} in step {step.Name[FlowNames.StepPrefix.Length..]}" : identity.Label;
        var (reason, message) = hopeless is not null
            ? (hopeless.Reason, hopeless.Message)
            : FailureText.For(new FailureText.Case(pod, termination, report, task, settings, memory, label, identity.Path, runName));

        var environment = (container.Env ?? []).Where(e => e.Value is not null).DistinctBy(e => e.Name).ToDictionary(e => e.Name, e => CommandEscape.Undo(e.Value));
        var command = container.Command ?? [];
        var separator = command.IndexOf("--");
        var succeeded = reason == AttemptReason.Succeeded;
        return new AttemptRecord
        {
            Path = identity.Path,
            Number = identity.Attempt,
            Item = environment.GetValueOrDefault("SLIPWAY_ITEM"),
            Pod = pod.Metadata.Name,
            PodUid = pod.Metadata.Uid ?? "",
            Node = string.IsNullOrEmpty(pod.Spec.NodeName) ? null : pod.Spec.NodeName,
            Image = PodImage.Named(pod),
            ImageDigest = PodImage.Digest(pod),
            Command = [.. command.Skip(separator + 1).Select(CommandEscape.Undo)],
            Params = environment.GetValueOrDefault("SLIPWAY_PARAMS", "{}"),
            Queued = Queued(pod),
            Scheduled = Scheduled(pod),
            Pulled = report?.Pulled,
            Start = report?.Start ?? Time(termination?.StartedAt) ?? Time(pod.Status?.StartTime),
            End = report?.End ?? Time(termination?.FinishedAt) ?? now,
            CpuSeconds = report?.CpuSeconds,
            PeakMemoryBytes = report?.PeakMemoryBytes,
            PeakMemorySource = report?.PeakMemorySource,
            StorageReadBytes = report?.BytesRead,
            StorageWrittenBytes = report?.BytesWritten,
            NetworkReceivedBytes = pod.Spec.HostNetwork == true ? null : report?.NetworkReceived,
            NetworkSentBytes = pod.Spec.HostNetwork == true ? null : report?.NetworkSent,
            MemoryLimitBytes = memory,
            CpuRequestMilli = container.Resources?.Requests is { } requests && requests.TryGetValue("cpu", out var cpu) && Quantity.TryParse(cpu.ToString(), out var amount) ? amount.ToMilli() : null,
            ExitCode = report?.ExitCode ?? termination?.ExitCode,
            Reason = reason,
            Message = message.Length == 0 && pod.Metadata.Annotations?.TryGetValue(FlowNames.CacheMissAnnotation, out var miss) == true ? miss : message,
            Inputs = [.. (sources.Inputs?.Entries ?? []).Where(e => e.Value.Length > 0).Select(e => new InputRecord($"/in/{e.Key.TrimEnd('/')}", e.Value))],
            Files = succeeded && report is not null ? report.Files : new Dictionary<string, FileRecord>(),
            Values = succeeded && report is not null
                ? report.Values.ToDictionary(v => v.Key, v => new ValueRecord(v.Value.Sha256, sources.ValueTexts.GetValueOrDefault(v.Value.Sha256, "null")))
                : new Dictionary<string, ValueRecord>(),
        };
    }

    private static DateTimeOffset? Queued(V1Pod pod) =>
        pod.Metadata.Annotations?.TryGetValue(FlowNames.QueuedAnnotation, out var text) == true
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>When a pod was given its node: at some time in the second that its condition tells, and not before it was queued.</summary>
    private static DateTimeOffset? Scheduled(V1Pod pod)
    {
        var told = Time(pod.Status?.Conditions?.FirstOrDefault(c => c is { Type: "PodScheduled", Status: "True" })?.LastTransitionTime);
        return Queued(pod) is { } queued && queued > told && queued < told + TimeSpan.FromSeconds(1) ? queued : told;
    }

    /// <summary>A time of the API, which counts whole seconds; null for none and for Go's zero time.</summary>
    private static DateTimeOffset? Time(DateTime? time) => time is { Year: > 1970 } t ? new DateTimeOffset(DateTime.SpecifyKind(t, DateTimeKind.Utc)) : null;

    /// <summary>The limit of a container's memory in bytes; null if it has none.</summary>
    internal static long? MemoryLimit(V1Container container) =>
        container.Resources?.Limits is { } limits && limits.TryGetValue("memory", out var text) && Quantity.TryParse(text.ToString(), out var memory) ? memory.ToBytes() : null;
}
