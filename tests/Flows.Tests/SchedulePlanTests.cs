using System.Globalization;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public sealed class SchedulePlanTests
{
    private const string Created = "2026-01-01T00:00";

    [Theory]
    // schedule; dealt with until; running and ended runs; now -> started; skipped; waiting
    [InlineData("{}", null, "", "2026-01-01T00:59", "", "", 0)]
    [InlineData("{}", null, "", "2026-01-01T01:00", "01:00", "", 0)]
    [InlineData("{}", "2026-01-01T01:00", "", "2026-01-01T01:30", "", "", 0)]
    [InlineData("{}", "2026-01-01T01:00", "", "2026-01-01T04:00", "04:00", "Missed 02:00-03:00 2", 0)] // the newest only
    [InlineData("catchUp: 2h", "2026-01-01T01:00", "", "2026-01-01T05:30", "04:00", "Missed 02:00-03:00 2", 1)] // one at a time
    [InlineData("catchUp: 2h, maxActive: 5", "2026-01-01T01:00", "", "2026-01-01T05:30", "04:00 05:00", "Missed 02:00-03:00 2", 0)]
    [InlineData("catchUp: 1d, catchUpLimit: 2, maxActive: 5", "2026-01-01T01:00", "", "2026-01-01T05:30", "04:00 05:00", "Missed 02:00-03:00 2", 0)]
    [InlineData("catchUp: 10m", "2026-01-01T01:00", "", "2026-01-01T02:30", "", "Missed 02:00-02:00 1", 0)] // too late
    [InlineData("{}", "2026-01-01T01:00", "01:00 running", "2026-01-01T02:00", "", "", 1)]
    [InlineData("{}", "2026-01-01T01:59", "01:00 running", "2026-01-01T03:00", "", "Overlap 02:00-02:00 1", 1)]
    [InlineData("{}", "2026-01-01T01:59", "01:00 ended", "2026-01-01T02:30", "02:00", "", 0)] // it has waited
    [InlineData("maxActive: 2", "2026-01-01T01:00", "01:00 running", "2026-01-01T02:00", "02:00", "", 0)]
    [InlineData("catchUp: 1d", "2026-01-01T01:00", "02:00 running", "2026-01-01T02:00", "", "", 0)] // started before a stop
    [InlineData("catchUp: 1d", "2026-01-01T01:00", "02:00 ended", "2026-01-01T03:00", "03:00", "", 0)]
    [InlineData("suspend: true", "2026-01-01T01:00", "", "2026-01-01T03:00", "", "", 0)]
    public void A_time_is_run_waits_or_is_skipped(string schedule, string? until, string runs, string now, string started, string skipped, int waiting)
    {
        var flow = Flow(schedule, until);
        var plan = Plan(flow, runs, now);
        Assert.Equal(started, string.Join(' ', plan.Start.Select(r => r.Spec.Interval!.End!.Value.ToString("HH:mm", CultureInfo.InvariantCulture))));
        Assert.Equal(skipped, plan.Skipped is { } s ? string.Create(CultureInfo.InvariantCulture, $"{s.Reason} {s.From:HH:mm}-{s.To:HH:mm} {s.Count}") : "");
        Assert.Equal(waiting, plan.Status.Waiting ?? 0);

        // Deciding again on what it has led to starts and skips nothing.
        flow.Status = new FlowStatus { ObservedGeneration = 1, Schedules = [plan.Status] };
        var known = (runs.Length > 0 ? runs + ", " : "") + string.Join(", ", plan.Start.Select(r => $"{r.Spec.Interval!.End:HH:mm} running"));
        var again = Plan(flow, known.Trim(' ', ','), now);
        Assert.Empty(again.Start);
        Assert.Null(again.Skipped);
    }

    [Fact]
    public void A_run_is_for_the_interval_that_its_time_ends()
    {
        var run = Assert.Single(Plan(Flow("timeZone: Europe/Berlin, cron: 0 6 * * MON", "2026-01-06T00:00"), "", "2026-01-12T05:00").Start);
        Assert.Equal(("f-202601120500", Utc("2026-01-05T05:00"), Utc("2026-01-12T05:00")), (run.Metadata.Name, run.Spec.Interval!.Start, run.Spec.Interval.End));
        Assert.Equal(("default", "2026-01-12T05:00:00Z"), (run.Metadata.Labels[FlowNames.ScheduleLabel], run.Metadata.Annotations[FlowNames.ScheduledAtAnnotation]));
    }

    [Fact]
    public void A_changed_schedule_and_one_that_is_added_begin_now()
    {
        var flow = Flow("catchUp: 1d", "2026-01-01T01:00");
        flow.Spec.Schedule!.Cron = "*/5 * * * *";
        Assert.Empty(Plan(flow, "", "2026-01-01T09:59").Start);
        flow.Status!.Schedules = null;
        Assert.Empty(Plan(flow, "", "2026-01-01T09:59").Start);
    }

    [Fact]
    public void A_schedule_that_was_not_looked_at_for_years_is_dealt_with_at_once()
    {
        var plan = Plan(Flow("cron: '* * * * *', catchUp: 3d, catchUpLimit: 10, maxActive: 10", "2016-01-01T00:00"), "", "2026-01-01T00:00");
        Assert.Equal(10, plan.Start.Count);
        Assert.Equal((366 * 24 * 60) - 10, plan.Skipped!.Count);
    }

    [Theory]
    [InlineData("flights", "default", "flights-202601120500")]
    [InlineData("flights", "hourly", "flights-202601120500-hourly")]
    [InlineData("a-flow-with-the-longest-name-that-a-flow-may-have-", "default", "a-flow-with-the-longest-name-that-a-flow-may-have--202601120500")]
    public void A_run_is_named_after_flow_time_and_schedule(string flow, string schedule, string name) =>
        Assert.Equal(name, FlowNames.ScheduledRun(flow, schedule, Utc("2026-01-12T05:00")));

    [Fact]
    public void Names_that_are_cut_stay_apart()
    {
        var names = new[] { "a", "b" }.Select(end => FlowNames.ScheduledRun(new string('x', 49) + end, "twenty-characters-it", Utc("2026-01-12T05:00"))).ToList();
        Assert.All(names, n => Assert.Equal(FlowRunRules.NameLimit, n.Length));
        Assert.NotEqual(names[0], names[1]);
    }

    private static SchedulePlan Plan(Flow flow, string runs, string now)
    {
        var entry = FlowScheduleEntry.Of(flow.Spec).Single();
        var all = runs.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(text =>
        {
            var run = ScheduledRun.Of(flow, entry, Utc($"2026-01-01T{text[..5]}"), Utc("2026-01-01T00:00"));
            run.Status = new FlowRunStatus { Phase = text.EndsWith("ended", StringComparison.Ordinal) ? FlowPhase.Succeeded : FlowPhase.Running };
            return run;
        });
        return SchedulePlan.For(flow, entry, [.. all], Utc(now));
    }

    private static Flow Flow(string schedule, string? until)
    {
        var text = schedule == "{}" ? "" : schedule;
        var cron = text.Contains("cron:", StringComparison.Ordinal) ? "" : "cron: 0 * * * *, ";
        var yaml = $"apiVersion: slipway.dev/v1alpha1\nkind: Flow\nmetadata: {{ name: f }}\nspec: {{ schedule: {{ {cron}{text} }} }}";
        var flow = System.Text.Json.JsonSerializer.Deserialize(Api.Documents.DocumentReader.ParseYaml(yaml)[0], KindsJson.Default.Flow)!;
        flow.Metadata = new V1ObjectMeta { Name = "f", NamespaceProperty = "default", Uid = "u", CreationTimestamp = Utc(Created) };
        if (until is not null)
        {
            var zone = flow.Spec.Schedule!.TimeZone is { } z ? $" {z}" : "";
            flow.Status = new FlowStatus { ObservedGeneration = 1, Schedules = [new() { Name = "default", Cron = flow.Spec.Schedule.Cron + zone, HandledUntil = Utc(until) }] };
        }

        return flow;
    }

    private static DateTime Utc(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
}
