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
            var name = parsed.GetRequiredValue(options.Name);
            // What a running cluster was not started with must not be recorded as if it were.
            if (clusters.Find(name) is { } known && FileLock.Holder(clusters.Paths.Of(known).ServerLock) is { } process) throw IsRunning(name, process);
            var cluster = await clusters.GetOrCreateAsync(name, options.Wishes(parsed), cancellation);
            var paths = clusters.Paths.Of(cluster);
            using var report = parsed.GetValue(background) ? ReadinessReport.Detach(paths.ServerLog) : ReadinessReport.None;
            try
            {
                Machine.RequirePrograms();
                using var running = FileLock.TryAcquire(paths.ServerLock) ?? throw IsRunning(name, FileLock.Holder(paths.ServerLock));
                running.WriteProcessId();
                clusters.RequirePort(cluster);
                await ServerRole.RunAsync(cluster, paths, context.Clock, report, cancellation);
                return ExitCodes.Succeeded;
            }
            catch (CommandException e) when (parsed.GetValue(background))
            {
                await Console.Error.WriteLineAsync($"error: {e.Message}");
                report.Tell(e.Message);
                return e.ExitCode;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return ExitCodes.Succeeded;   // asked to end while it started
            }
            catch (Exception e)
            {
                // The boundary of the process: whoever started it gets a sentence, the log everything.
                report.Tell($"the server of cluster \"{cluster.Name}\" failed: {e.Message}");
                await Console.Error.WriteLineAsync($"error: {e}");
                return ExitCodes.Failed;
            }
        });
        return command;
    }

    private static CommandException IsRunning(string cluster, int? process) => new($"cluster \"{cluster}\" is already running; its server is process {process}");
}
