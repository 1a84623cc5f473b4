using Slipway.Api;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>The settings of a task with the flow's defaults filled in.</summary>
internal sealed class TaskSettings(FlowTask task, TaskDefaults? defaults)
{
    private static readonly TimeSpan DefaultBackoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(5);

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

    /// <summary>Wait after the n-th ordinary failure: the back-off, doubled each time.</summary>
    public TimeSpan BackoffAfter(int failures)
    {
        var first = FlowDuration.TryParse((task.Retries ?? defaults?.Retries)?.Backoff, out var backoff) ? backoff : DefaultBackoff;
        var wait = first * Math.Pow(2, Math.Min(failures - 1, 20));
        return wait < LongestBackoff ? wait : LongestBackoff > first ? LongestBackoff : first;
    }
}
