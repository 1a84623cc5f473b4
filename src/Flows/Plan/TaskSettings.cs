using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>The settings of a task with the flow's defaults filled in.</summary>
internal sealed class TaskSettings(FlowTask task, TaskDefaults? defaults)
{
    /// <summary>The image of steps that have none of their own.</summary>
    public string StepImage { get; } = task.Image ?? defaults?.Image ?? "";

    public string Image { get; } = task.Steps?.LastOrDefault()?.Image ?? task.Image ?? defaults?.Image ?? "";

    public int RetryLimit { get; } = (task.Retries ?? defaults?.Retries)?.Limit ?? 0;

    public TimeSpan? Timeout { get; } = FlowDuration.TryParse(TimeoutOf(task, defaults), out var timeout) ? timeout : null;

    public string? TimeoutText { get; } = TimeoutOf(task, defaults);

    public OnOutOfMemory? OnOutOfMemory { get; } = task.OnOutOfMemory ?? defaults?.OnOutOfMemory;

    public long? Memory { get; } = Quantity.TryParse(task.Resources?.Memory ?? defaults?.Resources?.Memory, out var memory) ? memory.ToBytes() : null;

    public string? Cpu { get; } = task.Resources?.Cpu ?? defaults?.Resources?.Cpu;

    public long? RunAsUser { get; } = task.RunAsUser ?? defaults?.RunAsUser;

    /// <summary>The defaults' variables, then the task's own; later ones win.</summary>
    public IReadOnlyList<TaskEnvironment> Environment { get; } =
        [.. (defaults?.Env ?? []).Where(d => task.Env?.Any(e => e.Name == d.Name) != true), .. task.Env ?? []];

    /// <summary>Devices by the name of their resource.</summary>
    public Dictionary<string, int>? Devices { get; } = task.Resources?.Devices ?? defaults?.Resources?.Devices;

    public IReadOnlyList<TaskEnvironmentFrom> EnvironmentFrom { get; } = task.EnvFrom ?? defaults?.EnvFrom ?? [];

    public IReadOnlyList<TaskMount> Mounts { get; } = task.Mounts ?? defaults?.Mounts ?? [];

    public IReadOnlyList<TaskSidecar> Sidecars { get; } = task.Sidecars ?? defaults?.Sidecars ?? [];

    /// <summary>The labels of defaults, and the task's own over them.</summary>
    public IReadOnlyDictionary<string, string> NodeSelector { get; } = (defaults?.NodeSelector ?? [])
        .Where(l => task.NodeSelector?.ContainsKey(l.Key) != true).Concat(task.NodeSelector ?? []).ToDictionary();

    public IReadOnlyList<TaskToleration> Tolerations { get; } = task.Tolerations ?? defaults?.Tolerations ?? [];

    public string? PriorityClassName { get; } = task.PriorityClassName ?? defaults?.PriorityClassName;

    public string? ServiceAccountName { get; } = task.ServiceAccountName ?? defaults?.ServiceAccountName;

    public IReadOnlyList<TaskLock> Locks { get; } = task.Locks ?? defaults?.Locks ?? [];

    /// <summary>What is merged into the pod, in this order.</summary>
    public IReadOnlyList<JsonNode> PodOverrides { get; } = [.. new[] { defaults?.Pod, task.Pod }.OfType<JsonNode>()];

    /// <summary>Wait before retries.</summary>
    public RetryBackoff Backoff => RetryBackoff.Parse(Retries?.Backoff);

    /// <summary>How many faults of the cluster are made up for.</summary>
    public int FaultLimit => Retries?.Faults ?? TaskRetries.DefaultFaults;

    /// <summary>How long an attempt may wait for its start; null for ever.</summary>
    public TimeSpan? WaitLimit { get; } = FlowDuration.TryParse(task.WaitLimit ?? defaults?.WaitLimit, out var wait) ? wait : null;

    // A service runs for as long as it is needed.
    private static string? TimeoutOf(FlowTask task, TaskDefaults? defaults) => task.Timeout ?? (task.Service is null ? defaults?.Timeout : null);

    private TaskRetries? Retries { get; } = task.Retries ?? defaults?.Retries;

    /// <summary>Whether a failure is one of those that are tried again.</summary>
    public bool IsRetried(AttemptRecord failure) => Retries?.Only is not { } only
        || (failure.ExitCode is { } code && only.ExitCodes?.Contains(code) == true)
        || only.Reasons?.Contains(failure.Reason) == true;
}
