using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer;
using Slipway.Cli;
using Slipway.Host.Server;
using Slipway.Simulation;

namespace Slipway.Host.Clusters;

/// <summary>What <c>cluster.json</c> records of a cluster's simulated nodes.</summary>
internal sealed record ClusterSimulation
{
    /// <summary>In place of a file: nodes and pods as they are simulated without one.</summary>
    public const string BuiltIn = "default";

    /// <summary>How many there are; null: none.</summary>
    public int? Nodes { get; init; }

    /// <summary>The file that says what they are like, an absolute path, or <see cref="BuiltIn"/>; null is that, too.</summary>
    public string? File { get; init; }

    /// <summary>What a cluster does from now on: what was asked for, and otherwise what it did before.</summary>
    public static ClusterSimulation? Next(ClusterSimulation? recorded, ClusterSimulation? wish) => wish is null ? recorded
        : new() { Nodes = wish.Nodes ?? recorded?.Nodes, File = wish.File ?? recorded?.File };

    /// <summary>The nodes, not yet running; null where none were ever asked for. A number of 0 removes those of earlier runs.</summary>
    /// <exception cref="CommandException">The file cannot be read or is wrong.</exception>
    public static SimulatedNodes? Start(ClusterSimulation? simulation, ApiServer.ApiServer api, TimeProvider clock, ILoggerFactory logs) =>
        simulation?.Nodes is not { } count ? null : new(
            api.For(UserInfo.ServiceAccount("slipway-system", "simulation")),
            node => api.For(ControlLoops.Component($"system:node:{node}", "system:nodes")),
            simulation.File is { } file and not BuiltIn ? Read(file) : SimulationPlan.Default,
            count, $"{ProductVersion.Kubernetes}.0", clock, logs);

    /// <summary>Reads the file of a simulation.</summary>
    /// <exception cref="CommandException">It cannot be read or is wrong; the message names the file, the field and its value.</exception>
    public static SimulationPlan Read(string path)
    {
        string text;
        try
        {
            text = System.IO.File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"the simulation {path} cannot be read: {e.Message}");
        }
        try
        {
            return DocumentReader.ParseYaml(text) is [var document]
                ? SimulationPlan.Parse(document)
                : throw new CommandException($"the simulation {path} must hold one document");
        }
        catch (ApiException e)
        {
            throw new CommandException($"the simulation {path} is wrong: {(e.Causes.Count == 0 ? e.Message : string.Join("; ", e.Causes.Select(c => $"{c.Field}: {c.Message}")))}");
        }
    }
}
