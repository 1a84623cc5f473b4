using System.Runtime.CompilerServices;
using Slipway.Cli;

namespace Slipway.Host.Clusters;

public sealed class ClusterSimulationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_example_is_a_simulation()
    {
        var plan = ClusterSimulation.Read(Example());
        Assert.Equal(["worker", "gpu"], plan.Nodes.Select(node => node.Name));
        Assert.Equal(2, plan.Pods.Count);
    }

    [Theory]
    [InlineData("kind: Simulation", "is wrong: a simulation must be a Simulation of simulation.slipway.dev/v1alpha1")]
    [InlineData("apiVersion: simulation.slipway.dev/v1alpha1\nkind: Simulation\npods: [{ runFor: soon }]", "is wrong: pods[0].runFor: Invalid value: \"soon\"")]
    [InlineData("", "must hold one document")]
    [InlineData(null, "cannot be read: Could not find file")]
    public void A_wrong_file_is_told_with_its_field_and_value(string? text, string told)
    {
        var path = _directory["simulation.yaml"];
        if (text is not null) File.WriteAllText(path, text);
        Assert.StartsWith($"the simulation {path} {told}", Assert.Throws<CommandException>(() => ClusterSimulation.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_asked_for_anew_stays()
    {
        var recorded = new ClusterSimulation { Nodes = 5, File = "/a" };
        Assert.Null(ClusterSimulation.Next(null, null));
        Assert.Equal(recorded, ClusterSimulation.Next(recorded, null));
        Assert.Equal(recorded with { Nodes = 0 }, ClusterSimulation.Next(recorded, new() { Nodes = 0 }));
        Assert.Equal(recorded with { File = ClusterSimulation.BuiltIn }, ClusterSimulation.Next(recorded, new() { File = ClusterSimulation.BuiltIn }));
    }

    private static string Example([CallerFilePath] string test = "") => Path.Combine(Path.GetDirectoryName(test)!, "../../../examples/simulation/simulation.yaml");
}
