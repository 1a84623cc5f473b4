using System.Globalization;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Says in one line why an attempt failed and what to change.</summary>
internal static class FailureText
{
    private const string KilledForMemory = "OOMKilled";
    private const string Lost = "ContainerStatusUnknown";

    private static readonly string[] SignalNames =
        ["", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM"];

    /// <summary>What is known of an ended attempt.</summary>
    internal sealed record Case(
        V1Pod Pod, V1ContainerStateTerminated? Termination, TaskReport? Report, FlowTask? Task, TaskSettings? Settings, long? Memory, string Label, TaskPath Place, string Run);

    /// <summary>The reason in one word and the sentence, empty for success.</summary>
    public static (string Reason, string Message) For(Case c)
    {
        if (Note(c.Pod) is (AttemptReason.Succeeded, _))
            return (AttemptReason.Succeeded, ""); // a service that was ended when nothing needed it any more, however it took that
        if (c.Report?.Reason == AttemptReason.OutOfMemory || c.Termination?.Reason == KilledForMemory)
            return (AttemptReason.OutOfMemory, OutOfMemory(c));
        if (c.Pod.Status?.Reason == "DeadlineExceeded")
            return (AttemptReason.Timeout, $"{c.Label} ran longer than its timeout of {c.Settings?.TimeoutText ?? "its pod"}; raise timeout, or see slipway logs {c.Run} {c.Place.Argument}");
        if (c.Pod.Status?.Phase != "Succeeded" && c.Report is not { ExitCode: 0 })
            return Fault(c) ?? Failure(c);
        // One that is told to end while it is needed may do so with 0, and has not done what it is for.
        if (c.Task?.Service is not null && (Fault(c) ?? (c.Pod.Metadata.DeletionTimestamp is null ? null : Failure(c))) is { } early)
            return early;
        if (c.Report is null && (c.Task?.Outputs?.Files?.Count > 0 || c.Task?.Outputs?.Values?.Count > 0))
            return (AttemptReason.ReportMissing, $"{c.Label} ended with 0 but its outputs are not known: there is no report of slipway-task; set retries if this was a fault of the node");
        if (c.Report?.Stored is not null)
            return (AttemptReason.ReportMissing, $"{c.Label} ended with 0 but the list of its outputs could not be stored; set retries if this was a fault of the node");
        return (AttemptReason.Succeeded, "");
    }

    private static string OutOfMemory(Case c)
    {
        if (c.Memory is not { } bytes)
            return $"{c.Label} was killed because the node ran out of memory; set resources.memory";
        var limit = MemoryPolicy.Text(bytes);
        if (c.Settings?.OnOutOfMemory is not { } policy)
            return $"{c.Label} was killed at its {limit} limit; raise resources.memory or set onOutOfMemory";
        return MemoryPolicy.Next(bytes, policy) is { } next
            ? $"{c.Label} was killed at its {limit} limit; trying again with {MemoryPolicy.Text(next)}"
            : $"{c.Label} was killed at its {limit} limit, which is the most that onOutOfMemory allows; raise onOutOfMemory.limit";
    }

    /// <summary>What the cluster has done to the attempt; null if the task itself has failed.</summary>
    private static (string Reason, string Message)? Fault(Case c)
    {
        var node = string.IsNullOrEmpty(c.Pod.Spec.NodeName) ? "its node" : $"node {c.Pod.Spec.NodeName}";
        var disruption = c.Pod.Status?.Conditions?.FirstOrDefault(d => d is { Type: "DisruptionTarget", Status: "True" });
        var detail = (disruption?.Message ?? c.Pod.Status?.Message) is { Length: > 0 } message ? $": {PodTrouble.OneLine(message)}" : "";
        return (disruption?.Reason, c.Pod.Status?.Reason) switch
        {
            ("PreemptionByScheduler", _) or (_, "Preempting") => (AttemptReason.Preempted, $"{c.Label} made room on {node} for a pod of higher priority{detail}"),
            ("DeletionByTaintManager" or "DeletionByPodGC", _) or (_, "NodeLost") => (AttemptReason.NodeLost, $"{c.Label}: {node} was lost{detail}"),
            ("EvictionByEvictionAPI" or "TerminationByKubelet", _) or (_, "Evicted") => (AttemptReason.Evicted, $"{c.Label} was evicted from {node}{detail}"),
            (_, "Terminated" or "NodeShutdown" or "Shutdown") => (AttemptReason.NodeLost, $"{c.Label}: {node} was shut down{detail}"),
            (_, "UnexpectedAdmissionError" or "NodeAffinity" or "Outofcpu" or "OutOfcpu" or "OutOfmemory" or "OutOfpods" or "OutOfephemeral-storage") =>
                (AttemptReason.NodeRefused, $"{c.Label}: {node} refused it{detail}"),
            (_, Lost) => (AttemptReason.NodeLost, $"{c.Label} was lost on {node}{detail}"),
            // What is left where the kubelet or containerd finds that a container went while they were away: no exit code of anybody's.
            _ when c.Pod.Metadata.DeletionTimestamp is null && c.Termination is { Reason: Lost } or { Reason: "Unknown", ExitCode: 255 } => (AttemptReason.NodeLost, $"{c.Label} was lost on {node}: how it ended is not known"),
            _ => null,
        };
    }

    private static (string Reason, string Message) Failure(Case c)
    {
        var logs = $"see slipway logs {c.Run} {c.Place.Argument}";
        if (c.Pod.Metadata.DeletionTimestamp is not null && Note(c.Pod) is var (ending, cause))
            return (ending, $"{c.Label} was ended because {cause}; {logs}");
        if (c is { Report: { ExitCode: 0, Reason: "" }, Pod.Metadata.DeletionTimestamp: not null })
            return (AttemptReason.Deleted, $"{c.Label} ended with 0{Deleted(c)}; {logs}");
        if (c.Report is { Reason: "Error" or "" } error)
            return (AttemptReason.Error, string.Create(CultureInfo.InvariantCulture, $"{c.Label} ended with exit code {error.ExitCode}; {logs}"));
        if (c.Report is { Reason: "Signal" } signal)
            return (c.Pod.Metadata.DeletionTimestamp is null ? AttemptReason.Signal : AttemptReason.Deleted, $"{c.Label} was ended by {SignalName(signal.Signal)}{Deleted(c)}; {logs}");
        if (c.Report is { } own)
        {
            var advice = own.Reason is AttemptReason.CommandNotFound or "CommandNotExecutable" ? "; correct command or image" : "";
            return (own.Reason, $"{c.Label}: {PodTrouble.OneLine(own.Message)}{advice}");
        }

        if (c.Pod.Status?.Reason is { Length: > 0 } podReason && podReason is not ("Error" or "Completed"))
            return (podReason, $"{c.Label}: {PodTrouble.OneLine(c.Pod.Status.Message ?? podReason)}; set retries if this can pass");
        if (Unprepared(c.Pod) is { } why)
            return (AttemptReason.StartFailed, $"{c.Label} cannot be started: {PodTrouble.OneLine(why)}");
        if (c.Termination is { } end)
        {
            return end.Reason is "StartError" or "ContainerCannotRun"
                ? (AttemptReason.StartFailed, $"{c.Label} cannot be started: {PodTrouble.OneLine(end.Message)}")
                : (AttemptReason.Error, string.Create(CultureInfo.InvariantCulture, $"{c.Label} ended with exit code {end.ExitCode}{Deleted(c)}; {logs}"));
        }

        return c.Pod.Metadata.DeletionTimestamp is not null
            ? (AttemptReason.Deleted, $"{c.Label}: its pod was deleted; set retries if this can pass")
            : (AttemptReason.Error, $"{c.Label} failed before its container started: {PodTrouble.OneLine(c.Pod.Status?.Message ?? "no reason given")}");
    }

    /// <summary>The reason for which the run ends a pod, and what has ended it; null if it does not.</summary>
    internal static (string Reason, string Why)? Note(V1Pod pod) =>
        pod.Metadata.Annotations?.TryGetValue(FlowNames.StopAnnotation, out var note) == true && note.Split(' ', 2) is [var reason, var why]
            ? (reason, why) : null;

    /// <summary>What kept the operator's container from preparing the pod; null if nothing did.</summary>
    private static string? Unprepared(V1Pod pod) =>
        pod.Status?.InitContainerStatuses?.FirstOrDefault(s => s.Name == GatewayDelivery.PrepareContainer)?.State?.Terminated is { ExitCode: not 0 } end
            ? end.Message is { Length: > 0 } message ? message : string.Create(CultureInfo.InvariantCulture, $"{GatewayDelivery.PrepareContainer} ended with exit code {end.ExitCode}")
            : null;

    private static string Deleted(Case c) => c.Pod.Metadata.DeletionTimestamp is null ? "" : " because its pod was deleted";

    private static string SignalName(int signal) =>
        signal > 0 && signal < SignalNames.Length ? SignalNames[signal] : string.Create(CultureInfo.InvariantCulture, $"signal {signal}");
}
