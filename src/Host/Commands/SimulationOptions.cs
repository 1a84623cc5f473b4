using System.CommandLine;
using Slipway.Cli;
using Slipway.Host.Clusters;
using Slipway.Simulation;

namespace Slipway.Host.Commands;

/// <summary>The options of simulated nodes.</summary>
internal sealed class SimulationOptions
{
    public Option<int?> Nodes { get; } = new("--simulated-nodes") { Description = "How many nodes to simulate, whose pods live without containers; 0 removes them", HelpName = "COUNT" };

    public Option<string?> File { get; } = new("--simulation") { Description = $"File that declares what simulated nodes have and how pods live on them; by default \"{ClusterSimulation.BuiltIn}\": 32 cores, 256 GiB, pods run at once", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        command.Options.Add(Nodes);
        command.Options.Add(File);
        Nodes.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var count) || count is < 0 or > SimulatedNodes.Most))
                result.AddError($"--simulated-nodes {token.Value} is no number of nodes; give 0 to {SimulatedNodes.Most}.");
        });
    }

    /// <summary>What was asked for; null: nothing.</summary>
    /// <exception cref="CommandException">The file cannot be read or is wrong.</exception>
    public ClusterSimulation? Wish(ParseResult parsed)
    {
        var file = parsed.GetValue(File);
        var wish = new ClusterSimulation
        {
            Nodes = parsed.GetValue(Nodes),
            File = file is null or ClusterSimulation.BuiltIn ? file : Path.GetFullPath(file),
        };
        // What is wrong must not be recorded: the cluster would not start again.
        if (wish.File is { } path and not ClusterSimulation.BuiltIn) ClusterSimulation.Read(path);
        return wish == new ClusterSimulation() ? null : wish;
    }
}
