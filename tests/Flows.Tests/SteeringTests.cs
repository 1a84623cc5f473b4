using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public class SteeringTests
{
    private const string Pinned = "defaults: { image: 'x@sha256:00' }";

    [Fact]
    public void A_task_waits_until_it_is_approved_and_the_record_says_by_whom()
    {
        var run = new RunSimulation("""
            - { name: count, command: [c], outputs: { values: { rows: /out/rows } } }
            - { name: ask, approve: { message: "publish ${{ tasks.count.values.rows }} rows?" } }
            - { name: publish, command: [p], needs: [ask] }
            """, Pinned);
        run.Start();
        run.End("count", values: new() { ["rows"] = "7" });
        Assert.Empty(run.Start());
        Assert.Equal((FlowPhase.Running, "ask waits for approval: publish 7 rows? (slipway approve f-1 ask)"), (run.Plan().Status.Phase, run.Plan().Status.Message));
        run.Approve("ask", true);
        var record = Assert.Single(run.Plan().Decided);
        Assert.Equal(("ask", "Succeeded", "ask was approved by anna: fine"), (record.Path.Text, record.Reason, record.Message));
        Assert.Empty(run.Plan().Create);
        run.RecordDecisions();
        Assert.Equal(["publish"], run.Start());
        Assert.Empty(run.Plan().Decided);
        run.End("publish");
        Assert.Equal((FlowPhase.Succeeded, "3/3"), (run.Plan().Status.Phase, run.Plan().Status.Progress));
    }

    [Fact]
    public void Approvals_are_given_by_path_in_calls_and_items()
    {
        var run = new RunSimulation("""
            - { name: c, template: t, forEach: [1, 2], with: { n: "${{ item }}" } }
            - { name: each, forEach: [1, 2], approve: {} }
            """, Pinned + "\ntemplates: [{ name: t, params: [{ name: n }], tasks: [{ name: ask, approve: { message: '${{ params.n }}?' } }, { name: x, command: [x], needs: [ask] }] }]");
        Assert.Empty(run.Start());
        run.Approve("c[1].ask", true);
        run.Approve("each[0]", false);
        run.RecordDecisions();
        Assert.Equal(["c[1].x"], run.Start());
        run.End("c[1].x");
        run.Approve("c[0].ask", false);
        run.Approve("each[1]", true);
        run.RecordDecisions();
        var status = run.Plan().Status;
        Assert.Equal((FlowPhase.Failed, "c[0].ask was denied by anna: fine (and 1 more task failed)"), (status.Phase, status.Message));
        Assert.Equal("each[0] was denied by anna: fine", status.Tasks!.Single(t => t.Name == "each").Message);
    }

    [Fact]
    public void A_suspended_run_starts_nothing_new()
    {
        var run = new RunSimulation("- { name: a, command: [a] }\n- { name: b, command: [b], needs: [a] }", Pinned);
        run.Start();
        run.IsSuspended = true;
        run.End("a");
        Assert.Empty(run.Start());
        Assert.Equal((FlowPhase.Running, "suspended; go on with slipway resume f-1"), (run.Plan().Status.Phase, run.Plan().Status.Message));
        run.IsSuspended = false;
        Assert.Equal(["b"], run.Start());
    }

    [Fact]
    public void A_stopped_run_ends_what_runs_and_cleans_up_in_calls_too()
    {
        var run = new RunSimulation("""
            - { name: done, command: [d] }
            - { name: c, template: t, forEach: [1, 2], parallelism: 1 }
            - { name: many, forEach: [1, 2, 3], parallelism: 1, command: [m] }
            - { name: ask, approve: {} }
            - { name: after, command: [a], needs: [c] }
            """, Pinned + """

            onFailure: [{ name: bad, command: [bad] }]
            always: [{ name: end, command: [end, "${{ outcome.message }}"] }, { name: sub, template: t, needs: [end] }]
            templates: [{ name: t, tasks: [{ name: x, command: [x] }, { name: y, command: [y], needs: [x] }], always: [{ name: clean, command: [clean] }] }]
            """);
        Assert.Equal(["done", "c[0].x", "many[0]"], run.Start());
        run.End("done");
        run.Stop = new RunStop { By = "anna", Message = "wrong data" };
        Assert.Equal(["c[0].x", "many[0]"], run.Plan().End.Select(e => RunSimulation.ItemOf(e.Pod)));
        Assert.Empty(run.Start());
        Assert.Equal("the run was stopped by anna: wrong data; what runs is being ended", run.Plan().Status.Message);

        foreach (var item in new[] { "c[0].x", "many[0]" })
        {
            run.Pod(item).Metadata.DeletionTimestamp = run.Now.UtcDateTime;
            Assert.DoesNotContain(item, run.Plan().End.Select(e => RunSimulation.ItemOf(e.Pod)));
            run.End(item, exitCode: 143, reason: "Signal");
        }

        Assert.Equal(["c[0].clean"], run.Start());
        run.End("c[0].clean");
        Assert.Equal(["end"], run.Start());
        Assert.Equal(["end", "the run was stopped by anna: wrong data"], RunSimulation.Command(run.Pod("end")));
        run.End("end");
        foreach (var item in new[] { "sub.x", "sub.y", "sub.clean" })
        {
            Assert.Equal([item], run.Start());
            run.End(item);
        }

        var status = run.Plan().Status;
        Assert.Equal((FlowPhase.Failed, "the run was stopped by anna: wrong data"), (status.Phase, status.Message));
        Assert.Equal(
            [("done", "Succeeded"), ("c", "Failed"), ("many", "Failed"), ("ask", "Skipped"), ("after", "Skipped"), ("bad", "Skipped"), ("end", "Succeeded"), ("sub", "Succeeded")],
            status.Tasks!.Where(t => !t.Name.Contains('.', StringComparison.Ordinal)).Select(t => (t.Name, t.Phase)));
        Assert.Equal(2, status.Tasks!.Single(t => t.Name == "many").Counts!.Skipped);
    }

    [Fact]
    public void A_runs_timeout_does_not_count_that_it_waits_for_a_person_or_is_suspended()
    {
        var run = new RunSimulation("""
            - { name: a, command: [a] }
            - { name: ask, approve: {}, needs: [a] }
            - { name: b, command: [b], needs: [ask] }
            """, Pinned + "\ntimeout: 1h\ndeadline: 2h");
        var begin = run.Now;
        run.Start();
        Assert.Equal(begin.AddHours(1), run.Plan().NextDeadline);
        run.Now = begin.AddMinutes(10);
        run.End("a");
        Assert.Empty(run.Start());
        Assert.Equal((begin.AddMinutes(10).UtcDateTime, begin.AddHours(2)), (run.Status.WaitingSince, run.Plan().NextDeadline)); // it is late by the clock

        run.Now = begin.AddMinutes(10).AddDays(3);
        Assert.Empty(run.Start());
        Assert.Equal((FlowPhase.Running, true), (run.Status.Phase, run.Status.Late));
        run.Approve("ask", true);
        run.RecordDecisions();
        run.IsSuspended = true;
        Assert.Empty(run.Start());
        run.Now = run.Now.AddDays(2);
        run.IsSuspended = false;
        Assert.Equal(["b"], run.Start());
        Assert.Equal((null, TimeSpan.FromDays(5).TotalSeconds), (run.Status.WaitingSince, run.Status.WaitedSeconds));
        Assert.Equal(begin.AddDays(5).AddHours(1), run.Plan().NextDeadline);

        run.Now = begin.AddDays(5).AddHours(1).AddSeconds(-1);
        Assert.Empty(run.Plan().End);
        run.Now = begin.AddDays(5).AddHours(1);
        Assert.Equal(["b"], run.Plan().End.Select(e => RunSimulation.ItemOf(e.Pod)));
        Assert.StartsWith("the run took longer than its timeout of 1h; raise spec.timeout", run.Plan().Status.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing", false)]
    [InlineData("a task runs", true)]
    [InlineData("a task runs, suspended", true)]
    [InlineData("a retry is due later", true)]
    [InlineData("a retry is due later, suspended", false)]
    [InlineData("a lock is held", true)]
    public void Time_counts_for_a_runs_timeout_while_something_but_people_is_waited_for(string beside, bool counts)
    {
        var run = new RunSimulation("""
            - { name: ask, approve: {} }
            - { name: a, command: [a], retries: { limit: 1, backoff: 3m }, locks: [{ name: l }] }
            """, Pinned + "\ntimeout: 1h");
        run.LocksHeld["l"] = beside == "a lock is held" ? 1 : 0;
        run.Start();
        if (beside == "nothing")
            run.End("a");
        else if (beside.StartsWith("a retry", StringComparison.Ordinal))
            run.End("a", exitCode: 1);
        run.IsSuspended = beside.EndsWith("suspended", StringComparison.Ordinal);
        Assert.Empty(run.Start());
        Assert.Equal(counts, run.Status.WaitingSince is null);
    }

    [Theory]
    [InlineData(0, null, 60, true, 0, 60, 0)]
    [InlineData(0, 60, 90, true, 0, 60, 30)]
    [InlineData(0, 60, 90, false, 30, null, 30)]
    [InlineData(30, null, 90, false, 30, null, 30)]
    [InlineData(30, 100, 90, false, 30, null, 30)]   // a clock that went back
    [InlineData(30, 100, 150, false, 80, null, 80)]
    public void Waits_for_people_are_added_up(int before, int? since, int at, bool waits, int beforeThen, int? sinceThen, int total)
    {
        var then = new RunWaiting(TimeSpan.FromSeconds(before), Time(since)).At(Time(at)!.Value, waits);
        Assert.Equal((TimeSpan.FromSeconds(beforeThen), Time(sinceThen), TimeSpan.FromSeconds(total)), (then.Before, then.Since, then.Until(Time(at)!.Value)));
        Assert.Equal(then, RunWaiting.Of(new FlowRunStatus { WaitingSince = then.Since?.UtcDateTime, WaitedSeconds = then.Before.TotalSeconds }));

        static DateTimeOffset? Time(int? seconds) => seconds is { } s ? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(s) : null;
    }

    [Fact]
    public void A_run_that_takes_too_long_is_ended_and_one_that_is_late_says_so()
    {
        var run = new RunSimulation("- { name: a, command: [a], retries: { limit: 3 } }", Pinned + "\ntimeout: 2h\ndeadline: 1h\nonFailure: [{ name: tell, command: [t, '${{ outcome.message }}'] }]");
        run.Start();
        Assert.Equal((run.Now.AddHours(1), null), (run.Plan().NextDeadline, run.Plan().Status.Late));
        run.Now = run.Now.AddHours(1);
        Assert.Equal((run.Now.AddHours(1), true), (run.Plan().NextDeadline, run.Plan().Status.Late));
        Assert.Empty(run.Plan().End);
        run.Now = run.Now.AddHours(1);
        Assert.Equal(["a"], run.Plan().End.Select(e => RunSimulation.ItemOf(e.Pod)));
        run.End("a", exitCode: 143, reason: "Signal");
        Assert.Equal(["tell"], run.Start());
        Assert.Equal("the run took longer than its timeout of 2h; raise spec.timeout", RunSimulation.Command(run.Pod("tell"))[1]);
        run.End("tell");
        Assert.Equal(FlowPhase.Failed, run.Plan().Status.Phase);
    }

    [Theory]
    [InlineData("nothing has", false)]
    [InlineData("the pod says so", true)]
    [InlineData("the record says so", true)]
    public void What_has_ended_for_a_runs_timeout_is_not_begun_again_when_a_status_counts_a_longer_wait(string ended, bool isOver)
    {
        var run = new RunSimulation("- { name: ask, approve: {} }\n- { name: a, command: [a], needs: [ask], retries: { limit: 3 } }", Pinned + "\ntimeout: 1h");
        Assert.Empty(run.Start());
        run.Approve("ask", true);
        run.RecordDecisions();
        Assert.Equal(["a"], run.Start());
        run.Now = run.Now.AddHours(1);
        if (ended != "nothing has")
            Assert.StartsWith("a: RunTimeout ", Assert.Single(run.EndPlanned()), StringComparison.Ordinal);
        run.Status.WaitedSeconds = 60;
        if (ended == "the record says so")
            run.End("a", exitCode: 143, reason: "Signal");
        if (ended != "the pod says so")
            run.Pods.ForEach(p => p.Metadata.Annotations.Remove(FlowNames.StopAnnotation));
        Assert.Empty(run.Start());
        var status = run.Plan().Status;
        Assert.Equal((isOver, ended == "the record says so"), (status.Message?.StartsWith("the run took longer than its timeout of 1h", StringComparison.Ordinal) == true, status.Phase == FlowPhase.Failed));
    }

    [Theory]
    // how the run ends; exit code of a -> what runs then; whether it has begun; whether it is ended
    [InlineData("stop", 0, "publish", true, true)]
    [InlineData("timeout", 0, "publish", true, true)]
    [InlineData("stop", 0, "publish", false, false)]
    [InlineData("timeout", 0, "publish", false, false)]
    [InlineData("stop", 1, "tell", true, true)]
    [InlineData("timeout", 1, "tell", true, false)]
    public void The_end_of_a_run_leaves_what_had_nothing_to_do(string how, int exitCode, string next, bool isBegun, bool isEnded)
    {
        var run = new RunSimulation("""
            - { name: off, when: "1 > 2", command: [o] }
            - { name: none, forEach: [], command: [n] }
            - { name: call, template: t, forEach: [1, 2] }
            - { name: a, command: [a], needs: [none, call] }
            """, Pinned + """

            timeout: 1h
            onFailure: [{ name: tell, command: [t] }]
            onSuccess: [{ name: publish, command: [p] }]
            always: [{ name: clean, command: [c] }]
            templates: [{ name: t, tasks: [{ name: x, when: "1 > 2", command: [x] }], onFailure: [{ name: bad, command: [b] }] }]
            """);
        Assert.Equal(["a"], run.Start());
        run.End("a", exitCode: exitCode, reason: exitCode == 0 ? "" : "Error");
        if (isBegun)
            Assert.Equal([next], run.Start());
        if (how == "stop")
            run.Stop = new RunStop { By = "anna" };
        else
            run.Now = run.Now.AddHours(1);
        Assert.Equal(isEnded ? [next] : [], run.Plan().End.Select(e => RunSimulation.ItemOf(e.Pod)));
        if (isBegun)
        {
            Assert.Empty(run.Start());
            run.End(next, exitCode: isEnded ? 143 : 0, reason: isEnded ? "Signal" : "");
        }

        Assert.Equal(["clean"], run.Start());
        run.End("clean");
        var status = run.Plan().Status;
        Assert.Equal(FlowPhase.Failed, status.Phase);
        Assert.Equal("Skipped Succeeded Succeeded", string.Join(' ', status.Tasks!.Where(t => t.Name is "off" or "none" or "call").Select(t => t.Phase)));
        Assert.Equal(exitCode == 0 ? FlowPhase.Skipped : isEnded ? FlowPhase.Failed : FlowPhase.Succeeded, status.Tasks!.Single(t => t.Name == "tell").Phase);
    }
}
