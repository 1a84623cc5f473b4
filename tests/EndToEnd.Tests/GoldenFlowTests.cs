namespace EndToEnd.Tests;

/// <summary>The golden flows that need nothing but a shell, in containers: they come to the same record as with simulated pods.</summary>
public sealed class GoldenFlowTests(ClusterFixture cluster)
{
    [Fact]
    public async Task Golden_flows_come_to_the_same_in_containers()
    {
        var names = GoldenFlows.Real;
        Assert.True(names.Count >= 10, string.Join(' ', names));
        var different = await cluster.Slipway.RunGoldenAsync(names);
        Assert.True(different.Count == 0, string.Join("\n", different));
    }
}
