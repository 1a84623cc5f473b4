using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api.Schedules;

namespace Slipway.Controllers;

/// <summary>Something to tell about a CronJob.</summary>
internal readonly record struct CronJobReport(bool IsWarning, string Reason, string Message);

/// <summary>What is to be done for a CronJob now. Decided without I/O.</summary>
/// <remarks>
/// The name of a Job derives from its time, and what the Jobs that are there say of their times counts as well as the
/// status: so no time is started twice, whatever line the controller is stopped at. One alone is, as upstream: that of a Job
/// which is gone again before its time is in the status.
/// </remarks>
internal sealed class CronJobPlan
{
    /// <summary>Annotation of a Job with the time for which it was started.</summary>
    public const string ScheduledAt = "batch.kubernetes.io/cronjob-scheduled-timestamp";

    private const int ManyMissed = 100;

    private readonly List<CronJobReport> _reports = [];
    private readonly List<JobView> _replace = [];
    private readonly List<JobView> _forget = [];

    /// <summary>The Job to start; null when there is none.</summary>
    public JsonObject? Create { get; private set; }

    /// <summary>The time for which it is started.</summary>
    public DateTime? ScheduledTime { get; private set; }

    /// <summary>Running Jobs that it replaces: deleted before it is created.</summary>
    public IReadOnlyList<JobView> Replace => _replace;

    /// <summary>Jobs that have ended and that history no longer keeps: deleted after the status is written.</summary>
    public IReadOnlyList<JobView> Forget => _forget;

    /// <summary>The status to write, if it differs, before a new Job counts.</summary>
    public required CronJobStatusView Status { get; init; }

    /// <summary>What to tell.</summary>
    public IReadOnlyList<CronJobReport> Reports => _reports;

    /// <summary>When to look again: at the next time.</summary>
    public TimeSpan? Again { get; private set; }

    /// <summary>Decides.</summary>
    /// <param name="cron">The CronJob.</param>
    /// <param name="jobs">The Jobs that it controls.</param>
    /// <param name="now">Now.</param>
    public static CronJobPlan For(CronJobView cron, IReadOnlyList<JobView> jobs, DateTime now)
    {
        var known = cron.Status?.Active ?? [];
        // A Job that somebody has made by hand is in nobody's way: it has no time.
        var active = jobs.Where(job => !job.HasEnded && (TimeOf(job) is not null || known.Exists(reference => reference.Uid == job.Metadata.Uid)))
            .OrderBy(job => job.Metadata.CreationTimestamp).ThenBy(job => job.Metadata.Name, StringComparer.Ordinal).ToList();
        var lastSuccess = jobs.Where(job => job.ConditionOf(JobView.Complete) is not null).Select(job => job.Status?.CompletionTime).Append(cron.Status?.LastSuccessfulTime).Max();
        var plan = new CronJobPlan
        {
            Status = (cron.Status ?? new()) with
            {
                // What is known keeps its place and its words.
                Active = NullIfEmpty([.. known.Where(reference => active.Exists(job => job.Metadata.Uid == reference.Uid)),
                    .. active.Where(job => !known.Exists(reference => reference.Uid == job.Metadata.Uid)).Select(ActiveJob.Of)]),
                LastScheduleTime = jobs.Select(TimeOf).Append(cron.Status?.LastScheduleTime).Max(),
                LastSuccessfulTime = lastSuccess,
            },
        };
        plan.TellOfEnds(known, jobs);
        plan.Clean(cron, jobs);
        if (cron.Metadata.DeletionTimestamp is null && cron.Spec.Suspend != true)
            plan.Schedule(cron, active, now);
        return plan;
    }

    private void TellOfEnds(List<ActiveJob> known, IReadOnlyList<JobView> jobs)
    {
        foreach (var reference in known)
            if (jobs.FirstOrDefault(job => job.Metadata.Uid == reference.Uid) is not { } job)
                _reports.Add(new(false, "MissingJob", $"Active job went missing: {reference.Name}"));
            else if (job.HasEnded)
                _reports.Add(new(false, "SawCompletedJob", $"Saw completed job: {job.Metadata.Name}, condition: {(job.ConditionOf(JobView.Complete) is null ? JobView.Failed : JobView.Complete)}"));
    }

    private void Clean(CronJobView cron, IReadOnlyList<JobView> jobs)
    {
        var ended = jobs.Where(job => job.HasEnded && job.Metadata.DeletionTimestamp is null)
            .OrderBy(job => job.Status?.StartTime ?? job.Metadata.CreationTimestamp).ThenBy(job => job.Metadata.Name, StringComparer.Ordinal)
            .ToLookup(job => job.ConditionOf(JobView.Complete) is not null);
        foreach (var (succeeded, limit) in new[] { (true, cron.Spec.SuccessfulJobsHistoryLimit), (false, cron.Spec.FailedJobsHistoryLimit) })
            if (limit is { } most)
                _forget.AddRange(ended[succeeded].SkipLast(most));
    }

    private void Schedule(CronJobView cron, List<JobView> active, DateTime now)
    {
        CronTimes times;
        try
        {
            times = CronTimes.Parse(cron.Spec.Schedule, cron.Spec.TimeZone);
        }
        catch (TimeZoneNotFoundException)
        {
            _reports.Add(new(true, "UnknownTimeZone", $"invalid timeZone: \"{cron.Spec.TimeZone}\": unknown time zone {cron.Spec.TimeZone}"));
            return;
        }
        catch (FormatException e)
        {
            _reports.Add(new(true, "UnparseableSchedule", $"unparseable schedule \"{cron.Spec.Schedule}\": {e.Message}"));
            return;
        }
        Again = times.Next(now) is { } next ? Max(next - now, TimeSpan.FromMilliseconds(1)) : null;
        if (LatestDue(cron, times, now) is not { } time)
            return;
        if (cron.Spec.StartingDeadlineSeconds is { } deadline && time.AddSeconds(deadline) < now)
        {
            _reports.Add(new(true, "MissSchedule", $"Missed scheduled time to start a job: {time.ToString("ddd, dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture)} UTC"));
            return;
        }
        if (cron.Spec.ConcurrencyPolicy == "Forbid" && active.Count > 0)
        {
            _reports.Add(new(false, "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid"));
            return;
        }
        if (cron.Spec.ConcurrencyPolicy == "Replace")
            _replace.AddRange(active);
        (ScheduledTime, Create) = (time, JobFor(cron, time, times));
    }

    // The latest time since the last one, which is not long gone: those in between are missed.
    private DateTime? LatestDue(CronJobView cron, CronTimes times, DateTime now)
    {
        var since = Status.LastScheduleTime ?? cron.Metadata.CreationTimestamp ?? now;
        if (cron.Spec.StartingDeadlineSeconds is { } deadline && now.AddSeconds(-deadline) is var limit && limit > since)
            since = limit;
        var missed = 0;
        DateTime? latest = null;
        // After very many the clock or the schedule is odd; then only what is near is looked at.
        for (var time = times.Next(since); time <= now; time = times.Next(time.Value))
        {
            latest = time;
            if (++missed == 10 * ManyMissed && times.Next(now.AddHours(-25)) is { } near && near > time)
                time = near;
        }
        if (missed > ManyMissed)
            _reports.Add(new(true, "TooManyMissedTimes", "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"));
        return latest;
    }

    private static JsonObject JobFor(CronJobView cron, DateTime time, CronTimes times)
    {
        var job = (JsonObject?)cron.Spec.JobTemplate?.DeepClone() ?? [];
        var template = job["metadata"] as JsonObject ?? [];
        var metadata = new JsonObject
        {
            ["name"] = string.Create(CultureInfo.InvariantCulture, $"{cron.Metadata.Name}-{new DateTimeOffset(time, TimeSpan.Zero).ToUnixTimeSeconds() / 60}"),
            ["namespace"] = cron.Metadata.NamespaceProperty,
            ["labels"] = template["labels"]?.DeepClone() ?? new JsonObject(),
            ["annotations"] = template["annotations"]?.DeepClone() ?? new JsonObject(),
            ["ownerReferences"] = new JsonArray(OwnerReferences.To(cron)),
        };
        metadata["annotations"]![ScheduledAt] = times.Text(time);
        job["metadata"] = metadata;
        job["apiVersion"] = "batch/v1";
        job["kind"] = "Job";
        return job;
    }

    private static DateTime? TimeOf(JobView job) => job.Metadata.Annotations is { } annotations && annotations.TryGetValue(ScheduledAt, out var text)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.UtcDateTime : null;

    private static List<ActiveJob>? NullIfEmpty(List<ActiveJob> list) => list.Count == 0 ? null : list;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
