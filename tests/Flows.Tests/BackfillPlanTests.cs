using System.Globalization;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public sealed class BackfillPlanTests
{
    [Theory]
    // runs and (in parentheses) records; parallel; again -> started; deleted first; phase and counts
    [InlineData("", 1, false, "02", "", "Running 0/3 1 running 0 failed")]
    [InlineData("", 2, false, "02 03", "", "Running 0/3 2 running 0 failed")]
    [InlineData("", 9, false, "02 03 04", "", "Running 0/3 3 running 0 failed")]
    [InlineData("02 Running", 2, false, "03", "", "Running 0/3 2 running 0 failed")]
    [InlineData("02 Succeeded, (03) Succeeded", 1, false, "04", "", "Running 2/3 1 running 0 failed")]
    [InlineData("02 Succeeded, (03) Succeeded, 04 Succeeded", 1, false, "", "", "Succeeded 3/3 0 running 0 failed")]
    [InlineData("02 Succeeded, 03 Failed, 04 Running", 1, false, "", "", "Running 2/3 1 running 1 failed")]
    [InlineData("02 Succeeded, 03 Failed, (04) Failed", 1, false, "", "", "Failed 3/3 0 running 2 failed")]
    [InlineData("02 Succeeded, 03 Failed, (04) Failed", 2, true, "04", "03", "Running 1/3 1 running 0 failed")]
    [InlineData("02 Succeeded, 03 Failed own, 04 Succeeded", 1, true, "", "", "Failed 3/3 0 running 1 failed")]
    [InlineData("02 Succeeded, (03) Failed own, 04 Succeeded", 1, true, "", "", "Failed 3/3 0 running 1 failed")]
    [InlineData("02 Succeeded, (03) Failed namesake, 04 Succeeded", 1, true, "03", "", "Running 2/3 1 running 0 failed")]
    [InlineData("(02) Skipped, (03) Running, 04 Succeeded", 2, false, "02 03", "", "Running 1/3 2 running 0 failed")]
    // a run by hand, later or earlier than the schedule's own
    [InlineData("02 Succeeded, 03 Failed, (03) Succeeded rerun, 04 Succeeded", 1, true, "", "", "Succeeded 3/3 0 running 0 failed")]
    [InlineData("02 Succeeded, 03 Failed, 03 Succeeded rerun, 04 Succeeded", 1, false, "", "", "Succeeded 3/3 0 running 0 failed")]
    [InlineData("02 Succeeded, (03) Failed, 03 Running rerun, 04 Succeeded", 1, true, "", "", "Running 2/3 1 running 0 failed")]
    [InlineData("02 Succeeded, 03 Succeeded, (03) Failed rerun, 04 Succeeded", 1, false, "", "", "Failed 3/3 0 running 1 failed")]
    [InlineData("02 Succeeded, 03 Failed, (03) Failed rerun, 04 Succeeded", 1, true, "", "03", "Running 2/3 0 running 0 failed")]
    [InlineData("02 Succeeded, 03 Failed, (03) Succeeded before, 04 Succeeded", 1, true, "", "03", "Running 2/3 0 running 0 failed")]
    [InlineData("02 Succeeded, 03 Failed, (03) Succeeded elsewhere, 04 Succeeded", 1, true, "", "03", "Running 2/3 0 running 0 failed")]
    [InlineData("02 Succeeded, (03) Succeeded rerun, 04 Succeeded", 1, false, "", "", "Succeeded 3/3 0 running 0 failed")]
    public void Times_that_have_not_been_run_are_run(string known, int parallel, bool again, string started, string replaced, string status)
    {
        var plan = Plan(known, new FlowBackfillSpec { Flow = "f", From = Day(1), To = Day(4), Parallel = parallel, RetryFailed = again });
        Assert.Equal(started, Days(plan.Start));
        Assert.Equal(replaced, Days(plan.Replace));
        Assert.Equal(status, string.Create(CultureInfo.InvariantCulture, $"{plan.Status.Phase} {plan.Status.Progress} {plan.Status.Running} running {plan.Status.Failed} failed"));
    }

    [Fact]
    public void A_run_is_that_of_the_schedule_and_goes_with_the_backfill()
    {
        var run = Assert.Single(Plan("", new FlowBackfillSpec { Flow = "f", From = Day(1), To = Day(4) }).Start);
        Assert.Equal(("f-202601020000", Day(1), Day(2)), (run.Metadata.Name, run.Spec.Interval!.Start, run.Spec.Interval.End));
        Assert.Equal("b", run.Metadata.Labels[FlowNames.BackfillLabel]);
        Assert.False(ScheduledRun.IsOf(run, "default"));
        Assert.Equal("b-uid", run.Metadata.OwnerReferences[0].Uid);
    }

    [Theory]
    [InlineData("2026-01-08", "2026-01-20", null, "Running", null)] // one that ended before the backfill was made
    [InlineData("2026-01-09", "2026-01-20", null, "Succeeded", "no interval of the schedule that has ended begins between from and to")]
    [InlineData("1990-01-01", "2026-01-01", null, "Failed", "there are more than 10000 times between from and to; make several backfills of them")]
    [InlineData("2026-01-01", "2026-01-04", "dayly", "Pending", "waits for a schedule dayly of flow f, which has default, daily, did you mean \"daily\"?")]
    public void What_cannot_be_done_is_said(string from, string to, string? schedule, string phase, string? message)
    {
        var status = Plan("", new FlowBackfillSpec { Flow = "f", Schedule = schedule, From = Utc(from), To = Utc(to) }).Status;
        Assert.Equal((phase, message), (status.Phase, status.Message));
    }

    [Fact]
    public void Failures_are_named()
    {
        var plan = Plan("02 Failed, 03 Failed, 04 Failed, 05 Failed, 06 Failed", new FlowBackfillSpec { Flow = "f", From = Day(1), To = Day(6) });
        Assert.Equal("failed: f-202601020000, f-202601030000, f-202601040000 and 2 more; slipway runs show says why, and slipway backfill --failed runs them again", plan.Status.Message);
    }

    [Theory]
    [InlineData("02 Succeeded, (03) Succeeded, 04 Succeeded", null, "nothing was left to run: all 3 had been run before")]
    [InlineData("02 Succeeded, (03) Succeeded, 04 Succeeded", "Pending", "nothing was left to run: all 3 had been run before")]
    [InlineData("02 Succeeded, 03 Succeeded own, 04 Succeeded", null, null)] // its start was not written down
    [InlineData("02 Succeeded, (03) Succeeded, 04 Succeeded", "Running", null)]
    [InlineData("02 Succeeded, (03) Succeeded", null, null)]
    public void One_of_which_nothing_was_left_to_run_says_so(string known, string? before, string? message) =>
        Assert.Equal(message, Plan(known, new FlowBackfillSpec { Flow = "f", From = Day(1), To = Day(4) }, before).Status.Message);

    private static BackfillPlan Plan(string known, FlowBackfillSpec spec, string? before = null)
    {
        var flow = new Flow
        {
            Metadata = new V1ObjectMeta { Name = "f", NamespaceProperty = "default" },
            Spec = new FlowSpec { Schedule = new FlowSchedule { Cron = "0 0 * * *", Params = new() { ["region"] = "eu" } }, Schedules = [new NamedFlowSchedule { Name = "daily", Cron = "@daily" }] },
        };
        var backfill = new FlowBackfill { Metadata = new V1ObjectMeta { Name = "b", Uid = "b-uid", NamespaceProperty = "default", CreationTimestamp = Utc("2026-01-09T12:00") }, Spec = spec };
        if (before is not null)
            backfill.Status = new FlowBackfillStatus { Phase = before };
        var (runs, recorded, byHand) = (new List<FlowRun>(), new Dictionary<string, IntervalRun>(), new List<IntervalRun>());
        foreach (var parts in known.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(text => text.Split(' ')))
        {
            var day = Day(int.Parse(parts[0].Trim('(', ')'), CultureInfo.InvariantCulture));
            var run = ScheduledRun.Of(flow, FlowScheduleEntry.Of(flow.Spec).First(), day, day.AddDays(-1));
            run.Status = new FlowRunStatus { Phase = parts[1] };
            run.Metadata.CreationTimestamp = Utc("2026-01-20");
            if (parts is [.., "own"])
                run.Metadata.OwnerReferences = [new V1OwnerReference { Uid = "b-uid" }];
            if (parts is [.., "own" or "namesake"])
                run.Spec.Cause = new RunCause { Type = RunCause.Backfill, By = "b" };
            if (parts is [.., "namesake"])
                run.Metadata.CreationTimestamp = Utc("2026-01-08"); // of a backfill of the same name before
            var isByHand = parts is [.., "rerun" or "before" or "elsewhere"];
            if (isByHand)
            {
                run.Metadata.Name = $"f-{parts[2]}";
                run.Metadata.CreationTimestamp = Utc(parts[2] == "before" ? "2026-01-19" : "2026-01-21");
                run.Spec.Cause = new RunCause { Type = RunCause.Rerun };
                run.Spec.Params!["region"] = parts[2] == "elsewhere" ? "us" : "eu";
            }

            if (parts[0][0] != '(')
                runs.Add(run);
            else if (isByHand)
                byHand.Add(IntervalRun.Of(run));
            else
                recorded[run.Metadata.Name] = IntervalRun.Of(run);
        }

        return BackfillPlan.For(backfill, flow, runs, recorded, byHand, Utc("2026-02-01"));
    }

    private static string Days(IEnumerable<FlowRun> runs) => string.Join(' ', runs.Select(r => r.Spec.Interval!.End!.Value.ToString("dd", CultureInfo.InvariantCulture)));

    private static DateTime Day(int day) => new(2026, 1, day, 0, 0, 0, DateTimeKind.Utc);

    private static DateTime Utc(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
}
