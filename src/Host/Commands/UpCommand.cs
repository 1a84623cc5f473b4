using System.CommandLine;
using Slipway.Cli;
using Slipway.Host.Clusters;

namespace Slipway.Host.Commands;

/// <summary><c>slipway up</c>: starts a cluster in the background and returns when its node is Ready.</summary>
internal static class UpCommand
{
    public static Command Create(CliContext context, ClusterRegistry clusters, ClusterLife life)
    {
        var options = new ClusterOptions();
        var command = new Command("up", "Start a cluster in the background; returns when its node is Ready");
        options.AddTo(command, wishes: true);
        command.SetAction(async (parsed, cancellation) =>
        {
            var started = context.Clock.GetTimestamp();
            Machine.RequireRoot("start a cluster");
            var name = parsed.GetRequiredValue(options.Name);
            using var operation = FileLock.Acquire(clusters.Paths.OperationLock(name));

            if (clusters.Find(name) is { } known && life.ServerOf(known) is not null)
            {
                if (options.Wishes(parsed).NotAppliedTo(known) is { } differences) await context.Error.WriteLineAsync($"warning: {differences}.");
                await context.Out.WriteLineAsync($"Cluster \"{name}\" is already running at https://127.0.0.1:{known.ApiPort} (context {KubeconfigFile.ContextOf(name)}).");
                return ExitCodes.Succeeded;
            }
            Machine.RequirePrograms();
            var cluster = await clusters.GetOrCreateAsync(name, options.Wishes(parsed), cancellation);
            await life.StartAsync(cluster, cancellation);
            await context.Out.WriteLineAsync($"Cluster \"{name}\" is ready at https://127.0.0.1:{cluster.ApiPort} (context {KubeconfigFile.ContextOf(name)}); took {context.Clock.GetElapsedTime(started).TotalMilliseconds:0} ms.");
            return ExitCodes.Succeeded;
        });
        return command;
    }
}
