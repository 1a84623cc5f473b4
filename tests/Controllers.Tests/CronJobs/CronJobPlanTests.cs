using System.Globalization;
using Slipway.Controllers.Tests.Workloads;

namespace Slipway.Controllers.Tests.CronJobs;

public sealed class CronJobPlanTests
{
    private static readonly DateTime Now = new(2026, 1, 1, 12, 0, 30, DateTimeKind.Utc);

    [Theory]
    // spec beside the schedule */10; status; jobs as name:state@scheduled; time started, reasons told, replaced
    [InlineData("", "", "", "12:00", "", "")]
    [InlineData("", """ "lastScheduleTime":"2026-01-01T12:00:00Z" """, "", "", "", "")]
    [InlineData("", """ "lastScheduleTime":"2026-01-01T11:50:00Z" """, "", "12:00", "", "")]
    [InlineData("", """ "lastScheduleTime":"2026-01-01T11:50:00Z" """, "a:Running@12:00", "", "", "")] // started before a crash
    [InlineData("", """ "lastScheduleTime":"2026-01-01T11:50:00Z" """, "a:Complete@12:00", "", "", "")]
    [InlineData("", """ "lastScheduleTime":"2026-01-01T11:50:00Z" """, "a:Running@11:50", "12:00", "", "")] // Allow
    [InlineData(""" "concurrencyPolicy":"Forbid", """, """ "lastScheduleTime":"2026-01-01T11:50:00Z" """, "a:Running@11:50", "", "JobAlreadyActive", "")]
    [InlineData(""" "concurrencyPolicy":"Forbid", """, """ "lastScheduleTime":"2026-01-01T11:50:00Z" """, "a:Failed@11:50", "12:00", "", "")]
    [InlineData(""" "concurrencyPolicy":"Replace", """, """ "lastScheduleTime":"2026-01-01T11:50:00Z" """, "a:Running@11:50", "12:00", "", "a")]
    [InlineData(""" "concurrencyPolicy":"Forbid", """, """ "lastScheduleTime":"2026-01-01T11:50:00Z" """, "a:Running@", "12:00", "", "")] // made by hand
    [InlineData(""" "concurrencyPolicy":"Replace", """, """ "lastScheduleTime":"2026-01-01T11:50:00Z" """, "a:Running@", "12:00", "", "")]
    [InlineData(""" "suspend":true, """, "", "", "", "", "")]
    [InlineData(""" "startingDeadlineSeconds":20, """, """ "lastScheduleTime":"2026-01-01T11:50:00Z" """, "", "", "", "")] // 12:00 is too long ago
    [InlineData(""" "startingDeadlineSeconds":40, """, """ "lastScheduleTime":"2026-01-01T11:50:00Z" """, "", "12:00", "", "")]
    [InlineData("", """ "lastScheduleTime":"2025-12-01T00:00:00Z" """, "", "12:00", "TooManyMissedTimes", "")]
    [InlineData(""" "startingDeadlineSeconds":600, """, """ "lastScheduleTime":"2025-12-01T00:00:00Z" """, "", "12:00", "", "")]
    [InlineData("", """ "lastScheduleTime":"2020-12-01T00:00:00Z" """, "", "12:00", "TooManyMissedTimes", "")]
    [InlineData("", """ "active":[{"name":"gone","uid":"gone"}],"lastScheduleTime":"2026-01-01T12:00:00Z" """, "", "", "MissingJob", "")]
    [InlineData("", """ "active":[{"name":"a","uid":"a"}],"lastScheduleTime":"2026-01-01T12:00:00Z" """, "a:Complete@12:00", "", "SawCompletedJob", "")]
    [InlineData(""" "timeZone":"Nowhere/City", """, "", "", "", "UnknownTimeZone", "")]
    public void A_job_is_started_for_each_time_and_once(string spec, string status, string jobs, string started, string reasons, string replaced)
    {
        var plan = CronJobPlan.For(Cron(spec, status), Jobs(jobs), Now);
        Assert.Equal((started, reasons, replaced), (plan.ScheduledTime?.ToString("HH:mm", CultureInfo.InvariantCulture) ?? "",
            string.Join(' ', plan.Reports.Select(report => report.Reason)), string.Join(' ', plan.Replace.Select(job => job.Metadata.Name))));
        if (spec.Length == 0)
            Assert.Equal(TimeSpan.FromSeconds(570), plan.Again);
    }

    [Fact]
    public void A_job_is_made_from_its_template_and_named_after_its_time()
    {
        var plan = CronJobPlan.For(Cron(""" "timeZone":"Europe/Berlin", """, ""), [], Now);
        Assert.Equal("cron-29454480", (string?)plan.Create!["metadata"]!["name"]);
        Assert.Equal("""{"l":"1"}""", plan.Create["metadata"]!["labels"]!.ToJsonString());
        Assert.Equal("2026-01-01T13:00:00+01:00", (string?)plan.Create["metadata"]!["annotations"]![CronJobPlan.ScheduledAt]);
        Assert.Equal("""{"unheardOf":1}""", plan.Create["spec"]!.ToJsonString());
    }

    [Fact]
    public void History_keeps_so_many_and_the_status_says_what_runs_and_when_it_last_succeeded()
    {
        var plan = CronJobPlan.For(Cron(""" "suspend":true,"successfulJobsHistoryLimit":1,"failedJobsHistoryLimit":0, """, ""),
            Jobs("a:Complete@11:10 b:Complete@11:20 c:Failed@11:30 d:Running@11:40"), Now);
        Assert.Equal("a c", string.Join(' ', plan.Forget.Select(job => job.Metadata.Name)));
        Assert.Equal(["d"], plan.Status.Active!.Select(job => job.Name));
        Assert.Equal((Now.Date.AddHours(11).AddMinutes(40), Now.Date.AddHours(11).AddMinutes(21)), (plan.Status.LastScheduleTime, plan.Status.LastSuccessfulTime));
    }

    private static CronJobView Cron(string spec, string status) => Make.Read(Kinds.CronJobs, $$$"""
        {"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"cron","uid":"cron","namespace":"default","creationTimestamp":"2026-01-01T11:45:00Z"},
         "spec":{ {{{spec}}} "schedule":"*/10 * * * *","jobTemplate":{"metadata":{"labels":{"l":"1"} },"spec":{"unheardOf":1} } },"status":{ {{{status}}} } }
        """);

    private static List<JobView> Jobs(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(job =>
    {
        var isByHand = job.EndsWith('@');
        var parts = (isByHand ? job + "11:55" : job).Split(':', '@');
        var time = $"2026-01-01T{parts[2]}:{parts[3]}:00Z";
        var condition = parts[1] == "Running" ? "" : $$""" "conditions":[{"type":"{{parts[1]}}","status":"True"}], """;
        return Make.Read(Kinds.Jobs, $$$"""
            {"metadata":{"name":"{{{parts[0]}}}","uid":"{{{parts[0]}}}","creationTimestamp":"{{{time}}}","annotations":{"{{{(isByHand ? "cronjob.kubernetes.io/instantiate" : CronJobPlan.ScheduledAt)}}}":"{{{(isByHand ? "manual" : time)}}}"} },
             "status":{ {{{condition}}} "startTime":"{{{time}}}","completionTime":"2026-01-01T{{{parts[2]}}}:{{{parts[3][0]}}}1:00Z"} }
            """);
    })];
}
