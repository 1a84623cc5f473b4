using k8s.Models;

namespace Slipway.Flows.Tests;

public class PodEndingTests
{
    private const string Lingers = "a: its command has ended, and sidecar db has 30 s to end as well, after which it is killed; have it end on SIGTERM";
    private const string Late = "a: its timeout is over, and its command has 30 s to end, after which it is killed";

    [Theory]
    [InlineData(false, 59, null, 62)]
    [InlineData(false, 62, Late, null)]
    [InlineData(true, 11, null, 12)]
    [InlineData(true, 12, Lingers, null)]
    [InlineData(true, 61, Lingers, null)]
    public void What_a_pod_needs_for_its_end_is_told_unless_it_is_short(bool hasEnded, int now, string? message, int? lookAt)
    {
        var run = new RunSimulation("- { name: a, command: [a], timeout: 60s, sidecars: [{ name: db, image: 'db:1' }] }");
        run.Start();
        var begin = run.Now;
        run.Pod("a").Status = new V1PodStatus
        {
            Phase = "Running",
            StartTime = begin.UtcDateTime,
            InitContainerStatuses = [new() { Name = "db", State = new() { Running = new() } }],
            ContainerStatuses = [new() { Name = "task", State = hasEnded ? new() { Terminated = new() { FinishedAt = begin.AddSeconds(10).UtcDateTime } } : new() { Running = new() } }],
        };
        run.Now = begin.AddSeconds(now);
        var plan = run.Plan();
        Assert.Equal((message, lookAt is { } at ? begin.AddSeconds(at) : null), (plan.Status.Message, plan.NextDeadline));
    }

    [Fact]
    public void What_carries_outputs_away_is_no_sidecar_that_does_not_end()
    {
        var run = new RunSimulation("- { name: a, command: [a] }");
        run.Start();
        var pod = run.Pod("a");
        pod.Status = new V1PodStatus
        {
            Phase = "Running",
            InitContainerStatuses = [new() { Name = "db", State = new() { Running = new() } }],
            ContainerStatuses = [new() { Name = "task", State = new() { Terminated = new() { FinishedAt = run.Now.UtcDateTime } } }],
        };
        Assert.NotNull(PodEnding.Find(pod, "a"));
        pod.Status.InitContainerStatuses[0].Name = GatewayDelivery.RelayContainer;
        Assert.Null(PodEnding.Find(pod, "a"));
    }

    [Fact]
    public void A_pod_that_has_ended_holds_nothing_up()
    {
        var run = new RunSimulation("- { name: a, command: [a], timeout: 60s }");
        run.Start();
        var pod = run.Pod("a");
        pod.Status = new V1PodStatus { Phase = "Succeeded", ContainerStatuses = [new() { Name = "task", State = new() { Terminated = new() { FinishedAt = run.Now.UtcDateTime } } }] };
        Assert.Null(PodEnding.Find(pod, "a"));
    }
}
