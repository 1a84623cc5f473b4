using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Schedules;
using Slipway.Cli.Why.Cluster;

namespace Slipway.Cli.Why.Workloads;

/// <summary>Why a CronJob does not start its jobs, or they fail.</summary>
internal static class CronJobCauses
{
    private static readonly string[] Told = ["UnknownTimeZone", "UnparseableSchedule", "InvalidSchedule", "MissSchedule", "TooManyMissedTimes", "JobAlreadyActive", "FailedCreate"];

    public static IReadOnlyList<Cause> Of(Inquiry inquiry, JsonObject cron)
    {
        if (cron.IsBeingDeleted)
            return DeletionCauses.Of(inquiry, cron);
        var name = $"cronjob/{cron.Name}";
        if (cron.At("spec.suspend").AsBoolean() == true)
        {
            return [new Cause("It is suspended: it starts no jobs")
            {
                Remedy = new("Let it start them") { Object = name, Path = "spec.suspend", Value = "false", Command = $"kubectl patch cronjob {cron.Name} -n {cron.Namespace} -p '{{\"spec\":{{\"suspend\":false}}}}'" },
            }];
        }
        if (IsNever(inquiry, cron))
        {
            return [new Cause($"The time of its schedule \"{cron.At("spec.schedule").AsText()}\" never comes, so that it starts no jobs")
            {
                Remedy = new("Name a day that its months have") { Object = name, Path = "spec.schedule", Value = "\"0 6 * * *\"" },
            }];
        }
        var causes = new List<Cause>();
        var jobs = inquiry.List(KindName.Job, cron.Namespace).Where(job => Declaration.Controller(job)?.Text("uid") == cron.Uid).OrderByDescending(job => job.CreationTimestamp).ToList();
        // An event that is older than the last job tells of what is over.
        var since = jobs.Count > 0 ? jobs[0].CreationTimestamp : null;
        if (inquiry.Events(cron).FirstOrDefault(e => Told.Contains(e.Reason) && !(e.Last < since)) is { } e)
            causes.Add(Explain(inquiry, cron, e, name));
        if (jobs is [var last, ..] && JobCauses.Of(inquiry, last) is { Count: > 0 } because)
            causes.Add(new Cause($"Its last job {last.Name}: {JobCauses.State(last)}") { Because = because });
        return causes;
    }

    /// <summary>When it last started a job, in one sentence.</summary>
    public static string State(Inquiry inquiry, JsonObject cron) =>
        Meta.ParseTime(cron.At("status.lastScheduleTime").AsText()) is { } last ? $"it started its last job {Words.Ago(inquiry.Now - last)}" : "it has started no job yet";

    // Schedules that cannot be read are told of in events.
    private static bool IsNever(Inquiry inquiry, JsonObject cron)
    {
        try
        {
            return CronTimes.Parse(cron.At("spec.schedule").AsText() ?? "", cron.At("spec.timeZone").AsText()).Next(inquiry.Now.UtcDateTime) is null;
        }
        catch (Exception e) when (e is FormatException or TimeZoneNotFoundException)
        {
            return false;
        }
    }

    private static Cause Explain(Inquiry inquiry, JsonObject cron, Event e, string name)
    {
        IReadOnlyList<string> evidence = [e.Text(inquiry.Now)];
        return e.Reason switch
        {
            "UnknownTimeZone" => new Cause($"There is no time zone \"{cron.At("spec.timeZone").AsText()}\", so that it starts no jobs")
            {
                Evidence = evidence,
                Remedy = new("Name one of the IANA database, such as Europe/Berlin") { Object = name, Path = "spec.timeZone", Value = "AREA/CITY" },
            },
            "UnparseableSchedule" or "InvalidSchedule" => new Cause($"\"{cron.At("spec.schedule").AsText()}\" is no schedule")
            {
                Evidence = evidence,
                Remedy = new("Write minute, hour, day of month, month and day of week") { Object = name, Path = "spec.schedule", Value = "\"0 6 * * *\"" },
            },
            "MissSchedule" => new Cause($"It could not start a job within {cron.At("spec.startingDeadlineSeconds").AsInteger()}s of its time (startingDeadlineSeconds), so that this one was left out")
            {
                Evidence = evidence,
                Remedy = new("Allow more time, or leave the field out") { Object = name, Path = "spec.startingDeadlineSeconds", Value = "3600" },
            },
            "TooManyMissedTimes" => new Cause("It has missed more than a hundred times: the cluster was down, or its clock was moved")
            {
                Evidence = evidence,
                Remedy = new("Say how late a job may still start, so that older times do not count") { Object = name, Path = "spec.startingDeadlineSeconds", Value = "3600" },
            },
            "JobAlreadyActive" => new Cause("Its last job still runs at the time of the next, and they may not run at once (concurrencyPolicy Forbid)")
            {
                Evidence = evidence,
                Remedy = new("See why the job takes so long, or let the next one take its place") { Object = name, Path = "spec.concurrencyPolicy", Value = "Replace" },
            },
            _ => new Cause("The API refuses its jobs") { Because = RefusalCauses.Of(inquiry, cron, e.Message) },
        };
    }
}
