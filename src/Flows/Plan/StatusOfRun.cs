using System.Globalization;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Makes the status of a run from the states of its tasks.</summary>
internal static class StatusOfRun
{
    private const int ItemLimit = 200;
    private const int ItemTextLimit = 64;

    public static FlowRunStatus For(RunView view, TaskStates states, IReadOnlyDictionary<string, string> images)
    {
        var all = states.All.ToList();
        var isFinal = all.All(t => t.IsFinal);
        var failed = all.Where(t => t.Phase == FlowPhase.Failed).ToList();
        var counts = Sum(all.Select(CountsOf));
        var shown = Shown(all);
        return new FlowRunStatus
        {
            Phase = !isFinal ? FlowPhase.Running : failed.Count > 0 ? FlowPhase.Failed : FlowPhase.Succeeded,
            Message = Message(all, failed),
            Progress = string.Create(CultureInfo.InvariantCulture, $"{counts.Succeeded + counts.Failed + counts.Skipped}/{counts.Total}"),
            StartTime = view.Start.UtcDateTime,
            CompletionTime = isFinal ? (view.Attempts.Count > 0 ? view.Attempts.Max(a => a.End) : view.Now).UtcDateTime : null,
            Params = view.Params.Count == 0 ? null : view.Params.ToDictionary(p => p.Key, p => p.Value?.DeepClone()),
            Flow = view.Flow,
            Images = images.Count == 0 ? null : images.ToDictionary(i => i.Key, i => i.Value),
            Counts = counts,
            Tasks = [.. all.Select(t => TaskStatus(t, shown))],
        };
    }

    private static string? Message(List<TaskState> all, List<TaskState> failed)
    {
        if (failed.Count == 0)
            return all.Find(t => t.Phase is FlowPhase.Pending or FlowPhase.Running && t.Message is not null)?.Message;
        return failed.Count switch
        {
            1 => failed[0].Message,
            2 => $"{failed[0].Message} (and 1 more task failed)",
            var count => $"{failed[0].Message} (and {count - 1} more tasks failed)",
        };
    }

    private static ItemCounts CountsOf(TaskState state)
    {
        if (state.Items.Count == 0 && state.Task.ForEach is null)
            return One(state.Phase);
        if (state.Items.Count == 0)
            return state.Phase is FlowPhase.Failed or FlowPhase.Skipped or FlowPhase.Pending ? One(state.Phase) : new ItemCounts();
        return new ItemCounts
        {
            Total = state.Items.Count,
            Pending = state.Count(FlowPhase.Pending),
            Running = state.Count(FlowPhase.Running),
            Succeeded = state.Count(FlowPhase.Succeeded),
            Failed = state.Count(FlowPhase.Failed),
        };
    }

    private static ItemCounts One(string phase) => new()
    {
        Total = 1,
        Pending = phase == FlowPhase.Pending ? 1 : 0,
        Failed = phase == FlowPhase.Failed ? 1 : 0,
        Skipped = phase == FlowPhase.Skipped ? 1 : 0,
    };

    private static ItemCounts Sum(IEnumerable<ItemCounts> all) => all.Aggregate(new ItemCounts(), (a, b) => new ItemCounts
    {
        Total = a.Total + b.Total,
        Pending = a.Pending + b.Pending,
        Running = a.Running + b.Running,
        Succeeded = a.Succeeded + b.Succeeded,
        Failed = a.Failed + b.Failed,
        Skipped = a.Skipped + b.Skipped,
    });

    /// <summary>The items that fit: those that run, failed or were tried again first.</summary>
    private static HashSet<ItemState> Shown(List<TaskState> all) =>
        [.. all.SelectMany(t => t.Items).Where(i => i.Pod is not null || i.Attempts.Count > 0 || i.Phase == FlowPhase.Failed).OrderBy(Rank).Take(ItemLimit)];

    private static int Rank(ItemState item) => item.Phase switch
    {
        FlowPhase.Failed => 0,
        FlowPhase.Running => 1,
        _ => item.Attempts.Count > 1 || item.Phase == FlowPhase.Pending ? 2 : 3,
    };

    private static FlowTaskStatus TaskStatus(TaskState state, HashSet<ItemState> shown)
    {
        var attempts = state.Items.SelectMany(i => i.Attempts).ToList();
        var starts = state.Items.Select(Start).OfType<DateTime>().ToList();
        var items = state.Items.Where(shown.Contains).Select(i => ItemStatus(i)).ToList();
        return new FlowTaskStatus
        {
            Name = state.Task.Name,
            Phase = state.Phase,
            Message = state.Message,
            StartTime = starts.Count > 0 ? starts.Min() : null,
            CompletionTime = state.IsFinal && attempts.Count > 0 ? attempts.Max(a => a.End).UtcDateTime : null,
            Counts = CountsOf(state),
            Items = items.Count > 0 ? items : null,
        };
    }

    private static FlowItemStatus ItemStatus(ItemState item)
    {
        var last = item.Last;
        var memory = item.Pod is { } pod ? MemoryLimit(pod) : last?.MemoryLimitBytes is { } bytes ? MemoryPolicy.Text(bytes) : null;
        return new FlowItemStatus
        {
            Index = item.Index,
            Item = item.Item is null ? null : Cut(FlowScope.ItemText(item.Item)),
            Phase = item.Phase,
            Attempts = item.Attempts.Count + (item.Pod is null ? 0 : 1),
            Pod = item.Pod?.Metadata.Name ?? last?.Pod,
            StartTime = Start(item),
            CompletionTime = FlowPhase.IsFinal(item.Phase) ? last?.End.UtcDateTime : null,
            MemoryLimit = memory,
            PeakMemoryBytes = last?.PeakMemoryBytes,
            Reason = last is { Succeeded: false } ? last.Reason : null,
            Message = item.Message,
        };
    }

    private static DateTime? Start(ItemState item)
    {
        if (item.Attempts.FirstOrDefault(a => a.Start is not null)?.Start is { } first)
            return first.UtcDateTime;
        return item.Pod?.Status?.ContainerStatuses?.FirstOrDefault()?.State?.Running?.StartedAt;
    }

    private static string? MemoryLimit(V1Pod pod) =>
        pod.Spec.Containers[0].Resources?.Limits is { } limits && limits.TryGetValue("memory", out var memory) ? memory.ToString() : null;

    private static string Cut(string text) => text.Length <= ItemTextLimit ? text : text[..(ItemTextLimit - 1)] + "…";
}
