using System.CommandLine;
using System.CommandLine.Parsing;
using Slipway.Host.Clusters;

namespace Slipway.Host.Commands;

/// <summary>The options that commands on clusters share.</summary>
internal sealed class ClusterOptions
{
    public Option<string> Name { get; } = new("--name") { Description = "Name of the cluster", HelpName = "NAME", DefaultValueFactory = _ => ClusterName.Default };

    public Option<int?> ApiPort { get; } = new("--api-port") { Description = "TCP port of the API server; by default a free one from 6443 on", HelpName = "PORT" };

    public Option<string?> DataDirectory { get; } = new("--data-dir") { Description = "Directory for the cluster's data; by default /var/lib/slipway/NAME/data", HelpName = "DIR" };

    public StoreOptions Store { get; } = new();

    public Option<string?> Ledger { get; } = new("--ledger") { Description = "A PostgreSQL that keeps the ledger of runs: Host=HOST;Database=NAME;Username=USER;Passfile=FILE; by default it is in the data directory", HelpName = "CONNECTION" };

    public AuditLogOptions Audit { get; } = new();

    public SimulationOptions Simulation { get; } = new();

    public IngressPortOptions Ingress { get; } = new();

    /// <summary>Values of <see cref="Flows"/>.</summary>
    public const string On = "on", Off = "off";

    public Option<string?> Flows { get; } = new("--flows") { Description = "Whether the server runs flows; off leaves them to an operator (slipway install)", HelpName = $"{On}|{Off}" };

    public ClusterOptions()
    {
        Name.Validators.Add(CheckName);
        Flows.AcceptOnlyFromAmong(On, Off);
        ApiPort.Validators.Add(result => CheckPort(ApiPort.Name, result));
        Ledger.Validators.Add(CheckLedger);
    }

    public static void CheckName(OptionResult result)
    {
        if (result.Tokens is [var token] && ClusterName.Fault(token.Value) is { } fault) result.AddError($"The cluster name \"{token.Value}\" {fault}.");
    }

    private static void CheckLedger(OptionResult result)
    {
        if (result.Tokens is [var token] && Slipway.Flows.Ledger.Problem(token.Value) is { } problem) result.AddError($"--ledger: {problem}.");
    }

    public static void CheckPort(string option, OptionResult result)
    {
        if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var port) || port is < 1 or > 65535)) result.AddError($"{option} {token.Value} is not a TCP port; give a number from 1 to 65535.");
    }

    public void AddTo(Command command, bool wishes = false)
    {
        command.Options.Add(Name);
        if (!wishes) return;
        command.Options.Add(ApiPort);
        command.Options.Add(DataDirectory);
        Store.AddTo(command);
        command.Options.Add(Ledger);
        Audit.AddTo(command);
        Simulation.AddTo(command);
        Ingress.AddTo(command);
        command.Options.Add(Flows);
    }

    public ClusterWishes Wishes(ParseResult parsed) => new(
        parsed.GetValue(ApiPort), parsed.GetValue(DataDirectory), Store.Wish(parsed, parsed.GetRequiredValue(Name)), Audit.Wish(parsed), Simulation.Wish(parsed), Ingress.Wish(parsed),
        parsed.GetValue(Ledger), parsed.GetValue(Flows) switch { On => true, Off => false, _ => null });
}
