using Slipway.Testing;

namespace Slipway.Scheduler.Tests;

/// <summary>What events tell of pods.</summary>
public sealed class SchedulerEventsTests
{
    private const string Pods = "/api/v1/namespaces/default/pods", Node = "/api/v1/nodes/n1";

    [Fact]
    public async Task A_pod_that_was_refused_for_many_reasons_is_still_told_of_when_it_has_its_node()
    {
        await using var cluster = await TestCluster.StartAsync();
        cluster.Run(new PodScheduler(cluster.As("system:kube-scheduler"), cluster.Clock, cluster.Logs).RunAsync);
        await cluster.CreateAsync("/api/v1/nodes", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"}}""");
        await cluster.CreateAsync(Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"1"}}}]}}""");
        for (var i = 1; i <= 30; i++)
        {
            await OfferAsync($"{i}m");
            // A condition that was changed meanwhile is written after a second.
            await cluster.WhileTimePassesAsync(
                cluster.WaitAsync(Kinds.Pods, "default", "p", pod => pod?.Status?.Conditions?.Exists(c => c.Message?.Contains($"no node has more than {i}m:", StringComparison.Ordinal) == true) == true),
                TimeSpan.FromMilliseconds(100));
        }
        await OfferAsync("2");
        await cluster.WaitForAllAsync(EventView.Resource, "default", events => events.Exists(e => e is { Reason: "Scheduled", Message: "Successfully assigned default/p to n1" }));

        Task OfferAsync(string cpu) => cluster.PatchAsync($"{Node}/status", $$$"""{"status":{"allocatable":{"cpu":"{{{cpu}}}","memory":"4Gi","pods":"110"} } }""");
    }
}
