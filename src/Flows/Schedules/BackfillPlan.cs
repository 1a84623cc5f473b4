using System.Globalization;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Api.Schedules;

namespace Slipway.Flows;

/// <summary>What is to be done for a backfill now. Decided without I/O.</summary>
/// <remarks>
/// Which times are done is read off the runs and the ledger, by the names that derive from the times; nothing is counted on the way. So a
/// backfill goes on after any stop, and another one of the same times finds what the first has done.
/// </remarks>
internal sealed record BackfillPlan
{
    /// <summary>The most times of one backfill.</summary>
    public const int TimeLimit = 10_000;

    private const int FailedNamed = 3;

    /// <summary>Runs to start, the oldest time first.</summary>
    public IReadOnlyList<FlowRun> Start { get; init; } = [];

    /// <summary>Failed runs that are to be run again: deleted first.</summary>
    public IReadOnlyList<FlowRun> Replace { get; init; } = [];

    /// <summary>The status.</summary>
    public required FlowBackfillStatus Status { get; init; }

    /// <summary>Decides.</summary>
    /// <param name="backfill">The backfill.</param>
    /// <param name="flow">Its flow; null if there is none.</param>
    /// <param name="runs">The runs of the flow.</param>
    /// <param name="recorded">The flow's runs in the ledger, the newest of each name.</param>
    /// <param name="byHand">The flow's runs in the ledger that people started for an interval: what they have mended is done.</param>
    /// <param name="now">Now, in UTC.</param>
    public static BackfillPlan For(FlowBackfill backfill, Flow? flow, IReadOnlyCollection<FlowRun> runs, IReadOnlyDictionary<string, IntervalRun> recorded, IReadOnlyList<IntervalRun> byHand, DateTime now)
    {
        if (flow is null)
            return Waits($"waits for flow {backfill.Spec.Flow}, which is not in namespace {backfill.Metadata.NamespaceProperty}");
        var schedule = backfill.Spec.Schedule ?? FlowScheduleEntry.Default;
        var entries = FlowScheduleEntry.Of(flow.Spec).ToList();
        if (entries.Find(e => e.Name == schedule) is not { } entry)
            return Waits($"waits for a schedule {schedule} of flow {backfill.Spec.Flow}, which has {(entries.Count == 0 ? "none" : string.Join(", ", entries.Select(e => e.Name)))}{NearestName.Hint(schedule, entries.Select(e => e.Name))}");
        List<(DateTime Time, DateTime Start)> times;
        try
        {
            times = Times(CronTimes.Parse(entry.Schedule.Cron, entry.Schedule.TimeZone), backfill.Spec, backfill.Metadata.CreationTimestamp ?? now);
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or FormatException)
        {
            return Waits($"{entry.Path}: {e.Message}");
        }

        if (times.Count > TimeLimit)
            return Ends(FlowPhase.Failed, $"there are more than {TimeLimit} times between from and to; make several backfills of them", now);
        return new Progress(backfill, flow, entry, runs.ToDictionary(r => r.Metadata.Name, StringComparer.Ordinal), recorded, byHand).Over(times, now);
    }

    /// <summary>The times whose intervals begin between from and to, and have ended when the backfill was made.</summary>
    private static List<(DateTime Time, DateTime Start)> Times(CronTimes cron, FlowBackfillSpec spec, DateTime made)
    {
        var (from, to) = (spec.From!.Value.ToUniversalTime(), spec.To!.Value.ToUniversalTime());
        var times = new List<(DateTime, DateTime)>();
        var start = cron.Next(from.AddSeconds(-1));
        while (start < to && times.Count <= TimeLimit && cron.Next(start.Value) is { } time && time <= made)
        {
            times.Add((time, start.Value));
            start = time;
        }

        return times;
    }

    private static BackfillPlan Waits(string message) => new() { Status = new() { Phase = FlowPhase.Pending, Message = message } };

    private static BackfillPlan Ends(string phase, string message, DateTime now) => new() { Status = new() { Phase = phase, Message = message, CompletionTime = now } };

    /// <summary>Goes over the times of one backfill.</summary>
    private sealed class Progress(FlowBackfill backfill, Flow flow, FlowScheduleEntry entry, Dictionary<string, FlowRun> runs, IReadOnlyDictionary<string, IntervalRun> recorded, IReadOnlyList<IntervalRun> byHand)
    {
        private readonly List<FlowRun> start = [];
        private readonly List<FlowRun> replace = [];
        private readonly List<string> failed = [];
        private bool isNew = backfill.Status?.Phase is null or FlowPhase.Pending;
        private int succeeded;
        private int running;

        /// <summary>By their intervals, the runs that people started; those that are there still say how far they are.</summary>
        private readonly ILookup<(DateTime?, DateTime?), IntervalRun> others = runs.Values
            .Where(r => r.Spec.Interval is not null && r.Spec.Cause?.Type is RunCause.Rerun or RunCause.User)
            .Select(IntervalRun.Of)
            .Concat(byHand.Where(r => !runs.ContainsKey(r.Name)))
            .ToLookup(r => (r.Interval?.Start?.ToUniversalTime(), r.Interval?.End?.ToUniversalTime()));

        public BackfillPlan Over(List<(DateTime Time, DateTime Start)> times, DateTime now)
        {
            var due = new List<(DateTime Time, DateTime Start, FlowRun? Old)>();
            foreach (var (time, begin) in times)
            {
                var name = FlowNames.ScheduledRun(flow.Metadata.Name, entry.Name, time);
                var run = runs.GetValueOrDefault(name);
                isNew &= run is null || !IsOwn(run);
                var newest = others[(begin, time)].Where(r => r.Phase != FlowPhase.Skipped && r.IsFor(entry, begin, time))
                    .Append(run is null ? recorded.GetValueOrDefault(name) : IntervalRun.Of(run))
                    .MaxBy(r => r?.Start);
                switch (newest?.Phase)
                {
                    case FlowPhase.Succeeded:
                        succeeded++;
                        break;
                    // The run that this one has started may be gone, and is not to be started again and again.
                    case FlowPhase.Failed when backfill.Spec.RetryFailed != true || (run is null ? IsOwn(newest!) : IsOwn(run)):
                        failed.Add(name);
                        break;
                    case FlowPhase.Pending or FlowPhase.Running when runs.ContainsKey(newest!.Name):
                        running++;
                        break;
                    default: // not run, skipped, failed before, or deleted while it ran
                        due.Add((time, begin, run));
                        break;
                }
            }

            foreach (var (time, begin, old) in due.Take(Math.Max(0, (backfill.Spec.Parallel ?? 1) - running)))
            {
                if (old is null)
                    start.Add(Run(time, begin));
                else
                    replace.Add(old);
            }

            return new BackfillPlan { Start = start, Replace = replace, Status = Status(times.Count, due.Count, now) };
        }

        private FlowBackfillStatus Status(int total, int due, DateTime now)
        {
            var ended = due == 0 && running == 0;
            return new()
            {
                Phase = !ended ? FlowPhase.Running : failed.Count > 0 ? FlowPhase.Failed : FlowPhase.Succeeded,
                Message = failed.Count > 0 ? Failures()
                    : total == 0 ? "no interval of the schedule that has ended begins between from and to"
                    : ended && isNew ? string.Create(CultureInfo.InvariantCulture, $"nothing was left to run: all {total} had been run before")
                    : null,
                Progress = string.Create(CultureInfo.InvariantCulture, $"{succeeded + failed.Count}/{total}"),
                Total = total,
                Running = running + start.Count,
                Succeeded = succeeded,
                Failed = failed.Count,
                CompletionTime = ended ? now : null,
            };
        }

        private string Failures()
        {
            var named = string.Join(", ", failed.Take(FailedNamed)) + (failed.Count > FailedNamed ? string.Create(CultureInfo.InvariantCulture, $" and {failed.Count - FailedNamed} more") : "");
            return $"failed: {named}; slipway runs show says why, and slipway backfill --failed runs them again";
        }

        private FlowRun Run(DateTime time, DateTime begin)
        {
            var run = ScheduledRun.Of(flow, entry, time, begin);
            run.Spec.Cause = new RunCause { Type = RunCause.Backfill, By = backfill.Metadata.Name };
            run.Metadata.Labels = new Dictionary<string, string> { [FlowNames.FlowLabel] = flow.Metadata.Name, [FlowNames.BackfillLabel] = backfill.Metadata.Name };
            run.Metadata.OwnerReferences =
            [
                new V1OwnerReference
                {
                    ApiVersion = backfill.ApiVersion,
                    Kind = backfill.Kind,
                    Name = backfill.Metadata.Name,
                    Uid = backfill.Metadata.Uid,
                    Controller = true,
                    BlockOwnerDeletion = true,
                },
            ];
            return run;
        }

        private bool IsOwn(IntervalRun recorded) =>
            recorded.Cause is { Type: RunCause.Backfill } cause && cause.By == backfill.Metadata.Name && recorded.Start >= backfill.Metadata.CreationTimestamp;

        private bool IsOwn(FlowRun run) => run.Metadata.OwnerReferences?.Any(o => o.Uid == backfill.Metadata.Uid) == true;
    }
}
