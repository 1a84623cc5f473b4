using System.CommandLine;
using Slipway.Cli;
using Slipway.Host.Clusters;

namespace Slipway.Host.Commands;

/// <summary><c>slipway down</c>: stops a cluster with its containers, and keeps its data.</summary>
internal static class DownCommand
{
    public static Command Create(CliContext context, ClusterRegistry clusters, ClusterLife life)
    {
        var options = new ClusterOptions();
        var command = new Command("down", "Stop a cluster with its containers, and keep its data");
        options.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            Machine.RequireRoot("stop a cluster");
            var name = parsed.GetRequiredValue(options.Name);
            using var operation = FileLock.Acquire(clusters.Paths.OperationLock(name));
            var cluster = clusters.Get(name);
            var wasRunning = await life.StopAsync(cluster, gracefully: true, cancellation);
            operation.DeleteFile();
            await context.Out.WriteLineAsync(wasRunning
                ? $"Cluster \"{name}\" is stopped; its data is kept in {cluster.DataDirectory}."
                : $"Cluster \"{name}\" was not running; its data is in {cluster.DataDirectory}.");
            return ExitCodes.Succeeded;
        });
        return command;
    }
}
