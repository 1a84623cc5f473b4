using Slipway.Api;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>The settings of a task with the flow's defaults filled in.</summary>
internal sealed class TaskSettings(FlowTask task, TaskDefaults? defaults)
{
    public string Image { get; } = task.Image ?? defaults?.Image ?? "";

    public int RetryLimit { get; } = (task.Retries ?? defaults?.Retries)?.Limit ?? 0;

    public TimeSpan? Timeout { get; } = FlowDuration.TryParse(task.Timeout ?? defaults?.Timeout, out var timeout) ? timeout : null;

    public string? TimeoutText { get; } = task.Timeout ?? defaults?.Timeout;

    public OnOutOfMemory? OnOutOfMemory { get; } = task.OnOutOfMemory ?? defaults?.OnOutOfMemory;

    public long? Memory { get; } = Quantity.TryParse(task.Resources?.Memory ?? defaults?.Resources?.Memory, out var memory) ? memory.ToBytes() : null;

    public string? Cpu { get; } = task.Resources?.Cpu ?? defaults?.Resources?.Cpu;

    public long? RunAsUser { get; } = task.RunAsUser ?? defaults?.RunAsUser;

    /// <summary>The defaults' variables, then the task's own; later ones win.</summary>
    public IReadOnlyList<TaskEnvironment> Environment { get; } =
        [.. (defaults?.Env ?? []).Where(d => task.Env?.Any(e => e.Name == d.Name) != true), .. task.Env ?? []];

    /// <summary>Wait before retries.</summary>
    public RetryBackoff Backoff => RetryBackoff.Parse(Retries?.Backoff);

    /// <summary>How many faults of the cluster are made up for.</summary>
    public int FaultLimit => Retries?.Faults ?? TaskRetries.DefaultFaults;

    /// <summary>How long an attempt may wait for its start; null for ever.</summary>
    public TimeSpan? WaitLimit { get; } = FlowDuration.TryParse(task.WaitLimit ?? defaults?.WaitLimit, out var wait) ? wait : null;

    private TaskRetries? Retries { get; } = task.Retries ?? defaults?.Retries;

    /// <summary>Whether a failure is one of those that are tried again.</summary>
    public bool IsRetried(AttemptRecord failure) => Retries?.Only is not { } only
        || (failure.ExitCode is { } code && only.ExitCodes?.Contains(code) == true)
        || only.Reasons?.Contains(failure.Reason) == true;
}
