using System.CommandLine;
using Microsoft.Extensions.Logging;
using Slipway.Cli;
using Slipway.Flows;
using Slipway.Host.Server;

namespace Slipway.Host.Commands;

/// <summary><c>slipway task</c>: what the operator's containers run in the pods of tasks (<see cref="GatewayDelivery"/>); for nobody else.</summary>
internal static class TaskPodCommand
{
    public static Command Create(CliContext context) => new("task", "What the operator runs in the pods of tasks") { Hidden = true, Subcommands = { Prepare(context), Relay(context) } };

    private static Command Prepare(CliContext context)
    {
        var inputs = new Option<bool>("--inputs") { Description = $"Fetch what the task reads into {GatewayDelivery.InputDirectory}" };
        var command = new Command("prepare", "Bring slipway-task, and what the task reads, into the pod") { inputs };
        command.SetAction(async (parsed, cancellation) =>
        {
            PodPreparation.CopyWrapper(TaskBinary.Path, GatewayDelivery.RuntimeDirectory);
            if (!parsed.GetValue(inputs)) return ExitCodes.Succeeded;
            using var logs = Logs(context);
            using var gateway = Gateway();
            try
            {
                await PodPreparation.FetchInputsAsync(gateway, GatewayDelivery.InputDirectory, context.Clock, logs.CreateLogger<GatewayClient>(), cancellation);
            }
            catch (ArtifactRefusedException e)
            {
                throw new CommandException($"the inputs cannot be fetched: {e.Message}");
            }
            return ExitCodes.Succeeded;
        });
        return command;
    }

    private static Command Relay(CliContext context)
    {
        var command = new Command("relay", "Pass on to the operator what the task leaves");
        command.SetAction(async (_, cancellation) =>
        {
            using var logs = Logs(context);
            using var gateway = Gateway();
            await PodPreparation.RelayAsync(gateway, GatewayDelivery.RuntimeDirectory, Environment.MachineName, logs.CreateLogger<GatewayClient>(), cancellation);
            return ExitCodes.Succeeded;
        });
        return command;
    }

    private static ILoggerFactory Logs(CliContext context) => LoggerFactory.Create(logging => logging.AddProvider(new LineLogger(context.Error, context.Clock)));

    private static GatewayClient Gateway()
    {
        try
        {
            return new(new Uri(Variable(GatewayDelivery.UrlVariable)), Variable(GatewayDelivery.AuthorityVariable), GatewayDelivery.TokenFile);
        }
        catch (Exception e) when (e is UriFormatException or InvalidDataException)
        {
            throw new CommandException(e.Message);
        }
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? throw new CommandException($"{name} is not set; this command is the operator's");
}
