using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Cli.Output;
using Slipway.Cli.Resources;
using Slipway.Cli.Why;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway why</c>: tells why something is not as it was declared, and what mends it.</summary>
public static class WhyCommand
{
    /// <summary>The command. It exits with 0 when all is as declared, with 1 when something is not, and with 2 when that cannot be told.</summary>
    public static Command Create(CliContext context)
    {
        var target = new Argument<string[]>("KIND/NAME") { Description = "An object, such as deployment/web or deployment web; all of the namespace if left out", Arity = new ArgumentArity(0, 2) };
        var options = new ApiOptions();
        var command = new Command("why", "Tell why something is not as declared, and what mends it") { target };
        options.AddTo(command, allNamespaces: true);
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                using var connection = options.Connect(context, parsed);
                var wanted = ObjectNamed(parsed.GetValue(target) ?? []);
                if (wanted is not null && options.Everywhere(parsed))
                    throw new CommandException("a name cannot be looked up in all namespaces; name one with --namespace", ExitCodes.Usage);
                return wanted is var (kind, name)
                    ? await OneAsync(context, connection, kind, name, options.Format(parsed), cancellation)
                    : await AllAsync(context, connection, options.Everywhere(parsed) ? "" : connection.Namespace, options.Format(parsed), cancellation);
            }
            catch (Exception e) when (e is ApiException or IOException or CommandException)
            {
                // 1 says that something is wrong with what was asked about.
                throw new CommandException(e.Message, ExitCodes.Usage);
            }
        });
        return command;
    }

    private static async Task<int> OneAsync(CliContext context, ApiConnection connection, string kind, string name, OutputFormat format, CancellationToken cancellation)
    {
        var resources = await ServedResources.LoadAsync(connection.Api, cancellation);
        var resource = resources.Find(kind);
        var investigation = new Investigation(connection.Api, resources, context.Clock);
        var ns = resource.Namespaced ? connection.Namespace : "";
        var (finding, refusals) = await investigation.RunAsync(
            inquiry => inquiry.Find(new(resource.Group, resource.Kind), ns, name) is { } item ? Diagnosis.Of(inquiry, item) : null, cancellation);
        if (finding is null)
            throw new CommandException(refusals.Count > 0 ? refusals.First() : $"there is no {resource.Describe(name)}{(resource.Namespaced ? $" in namespace {ns}" : "")}");
        if (format == OutputFormat.Table)
            await ReportText.PrintAsync(context, [finding], withNamespace: false);
        else
            await DocumentPrinter.PrintAsync(context.Out, ReportDocument.Of(finding), format);
        await TellAsync(context, refusals);
        return finding.IsAsDeclared ? ExitCodes.Succeeded : ExitCodes.Failed;
    }

    private static async Task<int> AllAsync(CliContext context, ApiConnection connection, string ns, OutputFormat format, CancellationToken cancellation)
    {
        var resources = await ServedResources.LoadAsync(connection.Api, cancellation);
        var (findings, refusals) = await new Investigation(connection.Api, resources, context.Clock).RunAsync(inquiry => Survey.Of(inquiry, ns), cancellation);
        if (format != OutputFormat.Table)
            await DocumentPrinter.PrintAsync(context.Out, new JsonObject { ["items"] = new JsonArray([.. findings.Select(ReportDocument.Of)]) }, format);
        else if (findings.Count == 0)
            await context.Out.WriteLineAsync(ns.Length == 0 ? "All in the cluster is as declared." : $"All in namespace {ns} is as declared.");
        else
            await ReportText.PrintAsync(context, findings, withNamespace: ns.Length == 0);
        await TellAsync(context, refusals);
        return findings.Count == 0 ? ExitCodes.Succeeded : ExitCodes.Failed;
    }

    private static async Task TellAsync(CliContext context, IReadOnlyCollection<string> refusals)
    {
        foreach (var refusal in refusals)
            await context.Error.WriteLineAsync($"Not all could be read, so that causes may be missing: {refusal}");
    }

    private static (string Kind, string Name)? ObjectNamed(string[] words) => words switch
    {
        [] => null,
        [var kind, var name] => (kind, name),
        [var one] when one.Split('/') is [{ Length: > 0 } kind, { Length: > 0 } name] => (kind, name),
        _ => throw new CommandException($"\"{words[0]}\" names no object; write KIND/NAME, such as deployment/web", ExitCodes.Usage),
    };
}
