using Slipway.Api.Kinds;
using Slipway.Api.Schedules;

namespace Slipway.Flows;

/// <summary>What is to be done for one schedule of a flow now. Decided without I/O.</summary>
/// <remarks>
/// A time that has come is run, waits for earlier runs, or is skipped and told so. <see cref="FlowScheduleStatus.HandledUntil"/> passes a time
/// only when one of these is done, and a run's name derives from its time: so whatever line the controller is stopped at, no time is run
/// twice and none is lost.
/// </remarks>
internal sealed record SchedulePlan
{
    internal const int DefaultCatchUpLimit = 100;
    private const int SkippedShown = 10;

    /// <summary>What is longer ago is not looked at, whatever a schedule says.</summary>
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(366);

    /// <summary>The schedule.</summary>
    public required FlowScheduleEntry Entry { get; init; }

    /// <summary>Runs to start, the oldest time first.</summary>
    public IReadOnlyList<FlowRun> Start { get; init; } = [];

    /// <summary>Times that are given up.</summary>
    public SkippedTimes? Skipped { get; init; }

    /// <summary>The status when runs are started and skipped times recorded.</summary>
    public required FlowScheduleStatus Status { get; init; }

    /// <summary>Why the schedule cannot be acted on; null if it can.</summary>
    public string? Problem { get; init; }

    /// <summary>Decides.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="entry">One of its schedules.</param>
    /// <param name="runs">The runs of the flow.</param>
    /// <param name="now">Now, in UTC.</param>
    public static SchedulePlan For(Flow flow, FlowScheduleEntry entry, IReadOnlyCollection<FlowRun> runs, DateTime now)
    {
        var own = runs.Where(r => ScheduledRun.IsOf(r, entry.Name)).ToList();
        var active = own.Count(r => !FlowPhase.IsFinal(r.Status?.Phase) && r.Metadata.DeletionTimestamp is null);
        var known = flow.Status?.Schedules?.Find(s => s.Name == entry.Name);
        var status = new FlowScheduleStatus
        {
            Name = entry.Name,
            Cron = CronText(entry.Schedule),
            HandledUntil = Since(flow, entry, known, now),
            LastScheduleTime = known?.LastScheduleTime,
            Active = active,
            Skipped = known?.Skipped,
        };
        var plan = new SchedulePlan { Entry = entry, Status = status };
        if (entry.Schedule.Suspend == true)
            return plan;
        try
        {
            var times = CronTimes.Parse(entry.Schedule.Cron, entry.Schedule.TimeZone);
            return plan.Advance(flow, times, runs.Select(r => r.Metadata.Name).ToHashSet(StringComparer.Ordinal), now);
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or FormatException)
        {
            return plan with { Problem = $"{entry.Path}: {e.Message}" };
        }
    }

    private SchedulePlan Advance(Flow flow, CronTimes times, HashSet<string> names, DateTime now)
    {
        var (schedule, since) = (Entry.Schedule, Status.HandledUntil!.Value);
        var oldest = FlowDuration.TryParse(schedule.CatchUp, out var back) ? now - back : DateTime.MinValue;
        var limit = schedule.CatchUp is null ? 1 : schedule.CatchUpLimit ?? DefaultCatchUpLimit;
        var waiting = new Queue<DateTime>();
        var busy = Status.Active >= (schedule.MaxActive ?? 1);
        var given = new SkippedTimes { Reason = busy ? SkippedTimes.Overlap : SkippedTimes.Missed };
        var last = since;
        for (var time = times.Next(since > now - Horizon ? since : now - Horizon); time <= now; time = times.Next(time.Value))
        {
            last = time.Value;
            if (!names.Contains(FlowNames.ScheduledRun(flow.Metadata.Name, Entry.Name, last)))
                waiting.Enqueue(last);
            while (waiting.Count > limit || (waiting.TryPeek(out var first) && first < oldest))
            {
                given.To = waiting.Dequeue();
                given.From ??= given.To;
                given.Count++;
            }
        }

        var room = Math.Max(0, (schedule.MaxActive ?? 1) - Status.Active!.Value);
        var started = new List<DateTime>();
        while (started.Count < room && waiting.TryDequeue(out var next))
            started.Add(next);

        // Between whole minutes there is no time, so that the first one that waits is found again from a minute before it.
        Status.HandledUntil = waiting.TryPeek(out var kept) ? Later(since, kept.AddMinutes(-1)) : last;
        Status.LastScheduleTime = started.Count > 0 ? started[^1] : Status.LastScheduleTime;
        Status.NextScheduleTime = times.Next(now);
        Status.Active += started.Count;
        Status.Waiting = waiting.Count > 0 ? waiting.Count : null;
        if (given.Count > 0)
            Status.Skipped = [given, .. (Status.Skipped ?? []).Take(SkippedShown - 1)];
        return this with
        {
            Start = [.. started.Select(t => ScheduledRun.Of(flow, Entry, t, times.Previous(t) ?? t))],
            Skipped = given.Count > 0 ? given : null,
        };
    }

    /// <summary>Where the times begin that are still to be dealt with. A new schedule begins with the flow; one that is added or changed, now.</summary>
    private static DateTime Since(Flow flow, FlowScheduleEntry entry, FlowScheduleStatus? known, DateTime now)
    {
        if (known is not null)
            return known.Cron == CronText(entry.Schedule) && known.HandledUntil is { } until ? until : now;
        return flow.Status?.ObservedGeneration is null && flow.Metadata.CreationTimestamp is { } created ? created : now;
    }

    private static string CronText(FlowSchedule schedule) => schedule.TimeZone is { } zone ? $"{schedule.Cron} {zone}" : schedule.Cron;

    private static DateTime Later(DateTime a, DateTime b) => a > b ? a : b;
}
