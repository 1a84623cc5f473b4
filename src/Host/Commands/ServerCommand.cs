using System.CommandLine;
using Slipway.Cli;
using Slipway.Host.Clusters;
using Slipway.Host.Server;

namespace Slipway.Host.Commands;

/// <summary><c>slipway server</c>: runs a cluster in the foreground, for service managers.</summary>
internal static class ServerCommand
{
    public static Command Create(CliContext context, ClusterRegistry clusters)
    {
        var options = new ClusterOptions();
        var background = new Option<bool>("--background") { Hidden = true };
        var command = new Command("server", "Run a cluster in the foreground, for service managers") { background };
        options.AddTo(command, wishes: true);
        command.SetAction(async (parsed, cancellation) =>
        {
            Machine.RequireRoot("run a cluster");
            var cluster = await clusters.GetOrCreateAsync(parsed.GetRequiredValue(options.Name), options.Wishes(parsed), cancellation);
            var paths = clusters.Paths.Of(cluster);
            using var report = parsed.GetValue(background) ? ReadinessReport.Detach(paths.ServerLog) : ReadinessReport.None;
            try
            {
                Machine.RequirePrograms();
                using var running = FileLock.TryAcquire(paths.ServerLock)
                    ?? throw new CommandException($"cluster \"{cluster.Name}\" is already running; its server is process {FileLock.Holder(paths.ServerLock)}");
                running.WriteProcessId();
                await ServerRole.RunAsync(cluster, paths, context.Clock, report, cancellation);
                return ExitCodes.Succeeded;
            }
            catch (CommandException e)
            {
                report.Tell(e.Message);
                throw;
            }
        });
        return command;
    }
}
