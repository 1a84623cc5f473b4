using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows.Tests;

public sealed class FlowControllerTests : IAsyncLifetime
{
    private FlowCluster flows = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => flows = await FlowCluster.StartAsync();

    public ValueTask DisposeAsync() => flows.DisposeAsync();

    [Fact]
    public async Task Runs_are_started_by_schedule_with_their_interval()
    {
        await flows.ApplyAsync(Flow("schedule: { cron: '0 * * * *' }"));
        var flow = await StatusAsync(f => f.Status?.Schedules is [{ NextScheduleTime: not null }]);
        Assert.Equal(("Scheduled", "True", "Active"), (flow.Status!.Conditions![0].Type, flow.Status.Conditions[0].Status, flow.Status.Conditions[0].Reason));
        Assert.Equal(At(1), flow.Status.Schedules![0].NextScheduleTime);

        flows.Cluster.Clock.Advance(TimeSpan.FromHours(1));
        var pod = (await flows.PodsAsync("a"))[0];
        Assert.Equal(["a", "2026-01-01T00:00:00Z", "1", "d"], RunSimulation.Command(pod));
        Assert.Equal(("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"), (RunSimulation.Env(pod, "SLIPWAY_START"), RunSimulation.Env(pod, "SLIPWAY_END")));
        flow = await StatusAsync(f => f.Status!.Schedules![0] is { Active: 1, LastScheduleTime: not null });
        Assert.Equal((At(1), At(2)), (flow.Status!.Schedules![0].LastScheduleTime, flow.Status.Schedules[0].NextScheduleTime));

        // Two more times while the first run is running: the first of them is skipped, and told so; the second waits for the end.
        flows.Cluster.Clock.Advance(TimeSpan.FromHours(1));
        await StatusAsync(f => f.Status!.Schedules![0].Waiting == 1);
        flows.Cluster.Clock.Advance(TimeSpan.FromHours(1));
        flow = await StatusAsync(f => f.Status!.Schedules![0].Skipped is [{ Count: 1 }]);
        Assert.Equal(("Overlap", At(2)), (flow.Status!.Schedules![0].Skipped![0].Reason, flow.Status.Schedules[0].Skipped![0].From));
        var skipped = flows.Ledger.Read.NewestRun("default", "f-202601010200")!;
        Assert.Equal(FlowPhase.Skipped, skipped.Phase);
        Assert.Equal("the time 2026-01-01T02:00:00Z of schedule default was skipped: earlier runs were still running; set catchUp to make up for such times, or run them by slipway backfill", skipped.Message);
        await flows.EndAsync(pod);
        await flows.RunAsync("f-202601010300", r => r.Spec.Interval!.End == At(3));
    }

    [Fact]
    public async Task What_was_missed_is_made_up_for_once_after_a_stop()
    {
        await flows.ApplyAsync(Flow("schedules: [{ name: h, cron: '0 * * * *', catchUp: 3h, maxActive: 9, params: { p: e } }]"));
        await StatusAsync(f => f.Status?.Schedules is not null);
        await flows.StopControllersAsync();
        flows.Cluster.Clock.Advance(TimeSpan.FromHours(6) + TimeSpan.FromMinutes(1)); // at six sharp, three would not be longer ago than catchUp
        flows.StartControllers();
        var names = new[] { "f-202601010400-h", "f-202601010500-h", "f-202601010600-h" };

        // A run is in the ledger before it has a pod, and not yet when it says that it is running: one that is deleted before nothing tells of.
        await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => names.All(n => pods.Exists(p => p.Metadata.Labels[FlowNames.RunLabel] == n)));
        var flow = await StatusAsync(f => f.Status!.Schedules![0].Skipped is not null);
        Assert.Equal(("Missed", At(1), At(3), 3), (flow.Status!.Schedules![0].Skipped![0].Reason, flow.Status.Schedules[0].Skipped![0].From, flow.Status.Schedules[0].Skipped![0].To, flow.Status.Schedules[0].Skipped![0].Count));

        // Stopped after the runs were started, and before the status said so; one of the runs is gone since.
        await flows.StopControllersAsync();
        await flows.Api.DeleteAsync(FlowKinds.Runs, "default", names[0], cancellation: Cancellation);
        var status = flow.Status.Schedules[0];
        await flows.Cluster.PatchAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flows/f/status", $$$"""{"status":{"schedules":[{"name":"h","cron":"{{{status.Cron}}}","handledUntil":"2026-01-01T03:00:00Z"}]}}""");
        flows.StartControllers();
        await StatusAsync(f => f.Status!.Schedules![0].LastScheduleTime == At(6) || f.Status.Schedules[0].LastScheduleTime == At(4));
        var runs = await flows.Api.ListAsync(FlowKinds.Runs, "default", cancellation: Cancellation);
        Assert.Equal(names[1..], runs.Items.Select(r => r.Metadata.Name).Order());
    }

    [Fact]
    public async Task A_suspended_schedule_starts_nothing_and_says_so()
    {
        await flows.ApplyAsync(Flow("schedule: { cron: '0 * * * *', suspend: true }"));
        var flow = await StatusAsync(f => f.Status?.Conditions is { Count: > 0 });
        Assert.Equal(("False", "Suspended"), (flow.Status!.Conditions![0].Status, flow.Status.Conditions[0].Reason));
    }

    [Fact]
    public async Task A_run_by_hand_needs_the_interval_that_its_flow_reads()
    {
        await flows.ApplyAsync(Flow(""));
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }");
        var run = await flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase));
        Assert.Equal("spec.interval: flow f reads run.start or run.end, so the run must have an interval; give it by --start and --end of slipway run", run.Status!.Message);

        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-2, namespace: default }, spec: { flow: f, interval: { start: '2026-02-01T00:00:00+01:00', end: '2026-02-02T00:00:00+01:00' } } }");
        Assert.Equal(["a", "2026-01-31T23:00:00Z", "23", "d"], RunSimulation.Command((await flows.PodsAsync("a"))[0]));

        var refusal = await Assert.ThrowsAsync<ApiException>(() => flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-3, namespace: default }, spec: { flow: f, interval: { start: '2026-02-01T00:00:00Z', end: '2026-02-01T00:00:00Z' } } }"));
        Assert.Contains("spec.interval.end: Invalid value: \"2026-02-01T00:00:00Z\": must be later than start", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_of_flows_has_the_times_of_all_schedules()
    {
        await flows.ApplyAsync(Flow("schedule: { cron: '0 6 * * *' }\n  schedules: [{ name: h, cron: '@hourly' }]"));
        Assert.Equal("0 6 * * *, @hourly", (await StatusAsync(f => f.Status?.Schedules is { Count: 2 })).Status!.Schedule);
        await flows.Cluster.PatchAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flows/f", """{"spec":{"schedule":null,"schedules":null}}""");
        Assert.Null((await StatusAsync(f => f.Status is { Schedules: null })).Status!.Schedule);
    }

    [Theory]
    [InlineData(null, null, "set catchUp to make up for such times, or run them by slipway backfill")]
    [InlineData("10m", 1, "catchUp reaches back 10m, for one time at most: extend it, or run them by slipway backfill")]
    [InlineData("3d", null, "catchUp reaches back 3d, for 100 times at most: extend it, or run them by slipway backfill")]
    public void What_was_skipped_is_told_with_what_to_do(string? catchUp, int? limit, string advice)
    {
        var entry = new FlowScheduleEntry("spec.schedule", "default", new FlowSchedule { Cron = "@hourly", CatchUp = catchUp, CatchUpLimit = limit });
        var skipped = new SkippedTimes { Count = 2, From = At(1), To = At(2), Reason = SkippedTimes.Missed };
        Assert.Equal($"2 times of schedule default from 2026-01-01T01:00:00Z to 2026-01-01T02:00:00Z were skipped: nobody was there to start a run; {advice}", FlowController.Sentence(entry, skipped));
    }

    private Task<Flow> StatusAsync(Func<Flow, bool> condition) => flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "f", f => f is not null && condition(f))!;

    private static DateTime At(int hour) => new(2026, 1, 1, hour, 0, 0, DateTimeKind.Utc);

    private static string Flow(string schedule) => $$$"""
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f, namespace: default }
        spec:
          {{{schedule}}}
          params: [{ name: p, default: d }]
          defaults: { image: "x:1" }
          tasks:
            - { name: a, command: [a, "${{ run.start }}", "${{ run.end.getHours() }}", "${{ params.p }}"] }
        """;
}
