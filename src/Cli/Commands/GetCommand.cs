using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Cli.Output;
using Slipway.Cli.Resources;
using Slipway.Cli.Runs;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway get</c>: prints objects, as the server's table or in full.</summary>
public static class GetCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var kind = new Argument<string>("KIND") { Description = "Plural, singular or short name of a kind, such as pods" };
        var name = new Argument<string?>("NAME") { Description = "Name of one object; all if left out", Arity = ArgumentArity.ZeroOrOne };
        var selector = new Option<string?>("--selector", "-l") { Description = "Only objects whose labels match, such as app=web,tier!=db", HelpName = "SELECTOR" };
        var options = new ApiOptions("wide", "name");
        var command = new Command("get", "Print objects of a kind") { kind, name, selector };
        options.AddTo(command, allNamespaces: true);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = options.Connect(context, parsed);
            var resources = await ServedResources.LoadAsync(connection.Api, cancellation);
            var resource = resources.Find(parsed.GetRequiredValue(kind));
            var ns = options.Everywhere(parsed) ? null : connection.Namespace;
            if (parsed.GetValue(name) is not null && ns is null && resource.Namespaced)
                throw new CommandException("a name cannot be looked up in all namespaces; name one with --namespace", ExitCodes.Usage);

            var path = parsed.GetValue(name) is { } one ? resource.ObjectPath(ns, one) : resource.CollectionPath(ns);
            if (parsed.GetValue(selector) is { Length: > 0 } labels) path += $"?labelSelector={Uri.EscapeDataString(labels)}";
            var format = options.Format(parsed);
            var request = new ApiRequest("GET", path) { Accept = format is OutputFormat.Table or OutputFormat.Wide ? TableView.Accept : MediaTypes.Json };
            var body = JsonNode.Parse((await connection.Api.SendForBodyAsync(request, cancellation)).Span)!.AsObject();

            if (format == OutputFormat.Name)
                await context.Out.WriteAsync(string.Concat((body.Array("items")?.OfType<JsonObject>() ?? [body]).Select(o => $"{resource.Describe(o.Name)}\n")));
            else if (format is OutputFormat.Json or OutputFormat.Yaml)
                await DocumentPrinter.PrintAsync(context.Out, body, format);
            else if (body["rows"] is JsonArray { Count: > 0 })
                await context.Out.WriteAsync(TableView.Format(body, wide: format == OutputFormat.Wide, withNamespace: ns is null && resource.Namespaced));
            else
                await context.Error.WriteLineAsync(ns is null || !resource.Namespaced ? $"No {resource.Plural} found." : $"No {resource.Plural} found in namespace {ns}{await AbsentName.NamespaceAsync(connection, cancellation)}.");
            return ExitCodes.Succeeded;
        });
        return command;
    }
}
