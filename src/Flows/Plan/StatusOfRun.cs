using System.Globalization;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Makes the status of a run from the states of its tasks.</summary>
internal static class StatusOfRun
{
    private const int ItemLimit = 200;
    private const int ItemTextLimit = 64;

    private const int NestedTaskLimit = 1000;

    public static FlowRunStatus For(PlanContext context, GroupState root, RunWaiting waiting)
    {
        var (view, images) = (context.View, context.Starter.Images);
        var tasks = new Dictionary<string, List<TaskState>>();
        Collect(root, "", tasks);
        var isFinal = FlowPhase.IsFinal(root.Phase);
        var counts = Sum(tasks.Values.SelectMany(t => t).Select(Work));
        var shown = Shown(tasks.Values.SelectMany(t => t));
        return new FlowRunStatus
        {
            Phase = isFinal ? root.Phase : FlowPhase.Running,
            Message = isFinal ? root.Message : context.Stop is { } stop ? $"{stop.Message}; what runs is being ended" : view.IsSuspended ? $"suspended; go on with slipway resume {view.Name}" : root.Message,
            Late = StopOfRun.IsLate(view) ? true : null,
            Progress = string.Create(CultureInfo.InvariantCulture, $"{counts.Succeeded + counts.Failed + counts.Skipped}/{counts.Total}"),
            StartTime = view.Start.UtcDateTime,
            WaitingSince = waiting.Since?.UtcDateTime,
            WaitedSeconds = waiting.Before > TimeSpan.Zero ? waiting.Before.TotalSeconds : null,
            CompletionTime = isFinal ? End(view).UtcDateTime : null,
            Params = view.Params.Count == 0 ? null : view.Params.ToDictionary(p => p.Key, p => p.Value?.DeepClone()),
            Flow = view.Flow,
            Flows = view.Flows.Count == 0 ? null : view.Flows.ToDictionary(),
            Images = images.Count == 0 ? null : images.ToDictionary(i => i.Key, i => i.Value),
            Counts = counts,
            Tasks = [.. tasks.Where((t, i) => i < NestedTaskLimit || !t.Key.Contains('.', StringComparison.Ordinal)).Select(t => TaskStatus(t.Key, t.Value, shown))],
        };
    }

    /// <summary>When the last attempt ended; what is taken over from an earlier run may have ended before this one's start.</summary>
    private static DateTimeOffset End(RunView view) =>
        view.Attempts.Count == 0 ? view.Now : view.Attempts.Max(a => a.End) is var last && last < view.Start ? view.Start : last;

    /// <summary>The tasks by their names from the run's flow down: over all calls, each after the call.</summary>
    private static void Collect(GroupState group, string prefix, Dictionary<string, List<TaskState>> tasks)
    {
        foreach (var task in group.All)
        {
            var name = prefix + task.Task.Name;
            if (tasks.TryGetValue(name, out var others))
                others.Add(task);
            else
                tasks[name] = [task];
            foreach (var call in task.Items.SelectMany(Rounds).Select(i => i.Calls).OfType<GroupState>())
                Collect(call, name + ".", tasks);
        }
    }

    /// <summary>What a task adds to the counts of the run: a call that has begun nothing, since what it runs counts itself.</summary>
    private static ItemCounts Work(TaskState state)
    {
        var begun = state.Items.Where(i => i.Calls is not null).ToList();
        if (begun.Count == 0)
            return CountsOf(state);
        var own = CountsOf(state);
        foreach (var item in begun)
        {
            own.Total--;
            own.Pending -= item.Phase == FlowPhase.Pending ? 1 : 0;
            own.Running -= item.Phase == FlowPhase.Running ? 1 : 0;
            own.Succeeded -= item.Phase == FlowPhase.Succeeded ? 1 : 0;
            own.Failed -= item.Phase == FlowPhase.Failed ? 1 : 0;
            own.Skipped -= item.Phase == FlowPhase.Skipped ? 1 : 0;
        }

        return own;
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
            Skipped = state.Count(FlowPhase.Skipped),
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
    private static HashSet<ItemState> Shown(IEnumerable<TaskState> all) =>
        [.. all.SelectMany(t => t.Items).SelectMany(Rounds).Where(i => i.Pod is not null || i.Attempts.Count > 0 || (i.Phase == FlowPhase.Failed && i.Calls is null)).OrderBy(Rank).Take(ItemLimit)];

    private static int Rank(ItemState item) => item.Phase switch
    {
        FlowPhase.Failed => 0,
        FlowPhase.Running => 1,
        _ => item.Attempts.Count > 1 || item.Phase == FlowPhase.Pending ? 2 : 3,
    };

    private static FlowTaskStatus TaskStatus(string name, List<TaskState> states, HashSet<ItemState> shown)
    {
        var all = states.SelectMany(s => s.Items).SelectMany(Leaves).ToList();
        var attempts = all.SelectMany(i => i.Attempts).ToList();
        var starts = all.Select(Start).OfType<DateTime>().ToList();
        var items = states.SelectMany(s => s.Items).SelectMany(Rounds).Where(shown.Contains).Select(ItemStatus).ToList();
        var isFinal = states.TrueForAll(s => s.IsFinal);
        return new FlowTaskStatus
        {
            Name = name,
            Phase = Phase(states),
            Message = (states.Find(s => s.Phase == FlowPhase.Failed) ?? states.Find(s => !s.IsFinal && s.Message is not null) ?? states[0]).Message,
            StartTime = starts.Count > 0 ? starts.Min() : null,
            CompletionTime = isFinal && attempts.Count > 0 ? attempts.Max(a => a.End).UtcDateTime : null,
            Counts = Sum(states.Select(CountsOf)),
            Items = items.Count > 0 ? items : null,
        };
    }

    private static string Phase(List<TaskState> states)
    {
        if (states.TrueForAll(s => s.Phase == states[0].Phase))
            return states[0].Phase;
        if (!states.TrueForAll(s => s.IsFinal))
            return FlowPhase.Running;
        return states.Exists(s => s.Phase == FlowPhase.Failed) ? FlowPhase.Failed : FlowPhase.Succeeded;
    }

    /// <summary>The rounds of an item up to the present one; the item alone where nothing is repeated.</summary>
    private static IEnumerable<ItemState> Rounds(ItemState item) => item.Earlier.Append(item);

    /// <summary>The items with commands in an item: itself, or those of what it calls.</summary>
    public static IEnumerable<ItemState> Leaves(ItemState item) => Rounds(item).SelectMany(r => r.Calls is { } calls ? calls.All.SelectMany(t => t.Items).SelectMany(Leaves) : [r]);

    private static FlowItemStatus ItemStatus(ItemState item)
    {
        var last = item.Last;
        var memory = item.Pod is { } pod ? MemoryLimit(pod) : last?.MemoryLimitBytes is { } bytes ? MemoryPolicy.Text(bytes) : null;
        return new FlowItemStatus
        {
            Path = item.Path.Parent is null && item.Path.Round is null ? null : item.Path.Text,
            Index = item.Index,
            Item = item.Item is null ? null : Cut(FlowScope.ItemText(item.Item)),
            Phase = item.Phase,
            Attempts = item.Attempts.Count + (item.Pod is null ? 0 : 1),
            Pod = item.Pod?.Metadata.Name ?? (last?.Pod is { Length: > 0 } ended ? ended : null),
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
        FlowNames.TaskOf(pod).Resources?.Limits is { } limits && limits.TryGetValue("memory", out var memory) ? memory.ToString() : null;

    private static string Cut(string text) => text.Length <= ItemTextLimit ? text : text[..(ItemTextLimit - 1)] + "…";
}
