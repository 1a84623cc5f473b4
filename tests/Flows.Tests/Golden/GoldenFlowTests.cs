using System.Text.RegularExpressions;

namespace Slipway.Flows.Tests.Golden;

/// <summary>Every golden flow, on the real API server and controllers, with pods that a script ends.</summary>
public sealed class GoldenFlowTests(GoldenFlowTests.Fixture fixture) : IClassFixture<GoldenFlowTests.Fixture>
{
    private readonly FlowCluster flows = fixture.Flows;

    /// <summary>One cluster for all: each flow has names of its own.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        internal FlowCluster Flows { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Flows = await FlowCluster.StartAsync();

        public ValueTask DisposeAsync() => Flows.DisposeAsync();
    }

    public static TheoryData<string> Names => [.. GoldenFlow.Names.Where(n => GoldenFlow.Read(n).Awaited.Count == 0)];

    public static TheoryData<string> TimedNames => [.. GoldenFlow.Names.Where(n => GoldenFlow.Read(n).Awaited.Count > 0)];

    [Fact]
    public void There_are_forty() => Assert.True(GoldenFlow.Names.Count() >= 40);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_flow_is_planned_and_recorded_as_expected(string name)
    {
        var golden = GoldenFlow.Read(name);
        golden.Expect(await new GoldenRun(flows, golden).ToEndAsync());
    }

    [Theory]
    [MemberData(nameof(TimedNames))]
    public async Task What_is_started_by_time_is_recorded_as_expected(string name)
    {
        await using var alone = await FlowCluster.StartAsync(); // whose clock nobody else moves
        var golden = GoldenFlow.Read(name);
        golden.Expect(await new GoldenRun(alone, golden).ToEndAsync());
    }

    [Fact]
    public void What_the_documentation_refers_to_is_there_and_runs_where_it_says()
    {
        var documentation = GoldenFlow.Documentation;
        foreach (Match reference in Regex.Matches(documentation, @"Golden/([a-z-]+)\.yaml\)( ●)?"))
        {
            Assert.Contains(reference.Groups[1].Value, GoldenFlow.Names);
            Assert.Equal(reference.Groups[2].Success, GoldenFlow.Read(reference.Groups[1].Value).IsReal);
        }
    }
}
