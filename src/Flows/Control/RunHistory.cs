using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>The ended runs of a flow that are kept as objects no longer. Decided without I/O.</summary>
/// <param name="Forget">Those that go now.</param>
/// <param name="Next">When the next one goes by its age; null if none does.</param>
internal sealed record RunHistory(IReadOnlyList<FlowRun> Forget, DateTime? Next)
{
    /// <summary>How many are kept where nobody says otherwise: of each schedule, of each trigger, and of all others together.</summary>
    public const int DefaultLimit = 10;

    /// <summary>
    /// Of runs that people and programs start, what has ended so recently is kept in any number: who waits for one is to find it. So is all of a flow that is gone so recently:
    /// it may be there again at once, and say itself how long they are kept.
    /// </summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromHours(1);

    /// <summary>Decides.</summary>
    /// <param name="flow">The flow; null if it is gone, and with it all that it says.</param>
    /// <param name="runs">Its runs.</param>
    /// <param name="gone">Since when the flow is known to be gone, in UTC; null while it is there.</param>
    /// <param name="now">Now, in UTC.</param>
    public static RunHistory For(FlowSpec? flow, IReadOnlyCollection<FlowRun> runs, DateTime? gone, DateTime now)
    {
        var ended = runs.Where(r => FlowPhase.IsFinal(r.Status?.Phase) && r.Metadata.DeletionTimestamp is null).ToList();
        if (ended.Count == 0)
            return new([], null);

        // Since when each has to go.
        var due = new List<(FlowRun Run, DateTime Since)>();
        var others = ended.ToHashSet();
        foreach (var entry in flow is null ? [] : FlowScheduleEntry.Of(flow))
            Bound(ended.Where(r => ScheduledRun.IsOf(r, entry.Name)), entry.Schedule.HistoryLimit, r => r.Spec.Interval?.End ?? EndOf(r), TimeSpan.Zero);
        foreach (var trigger in flow?.Triggers ?? [])
            Bound(ended.Where(r => TriggeredRun.IsOf(r, trigger.Name)), trigger.HistoryLimit, EndOf, TimeSpan.Zero);
        Bound(others.ToList(), flow is null ? 0 : flow.HistoryLimit, EndOf, Fresh);
        if (FlowDuration.TryParse(flow?.Retention?.Runs, out var age))
            due.AddRange(ended.Select(r => (r, EndOf(r) + age)));

        return new(
            [.. due.Where(d => d.Since <= now && !NotificationOutbox.IsPending(d.Run)).Select(d => d.Run).Distinct()],
            due.Where(d => d.Since > now).Select(d => (DateTime?)d.Since).Min());

        void Bound(IEnumerable<FlowRun> group, int? limit, Func<FlowRun, DateTime> time, TimeSpan fresh)
        {
            var newestFirst = group.OrderByDescending(time).ThenBy(r => r.Metadata.Name, StringComparer.Ordinal).ToList();
            others.ExceptWith(newestFirst);
            due.AddRange(newestFirst.Skip(limit ?? DefaultLimit).Select(r => (r, (gone > EndOf(r) ? gone.Value : EndOf(r)) + fresh)));
        }
    }

    private static DateTime EndOf(FlowRun run) => run.Status?.CompletionTime ?? run.Metadata.CreationTimestamp ?? DateTime.MinValue;
}
