using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;
using Slipway.Cli.Manifests;
using Slipway.Cli.Output;
using Slipway.Cli.Runs;
using Slipway.Flows;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway render</c>: the pods that a run of a flow would have, without a cluster.</summary>
public static class RenderCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var file = new Argument<string>("FILE|DIR|-") { Description = "Files with the flow and those that it calls" };
        var flow = new Option<string?>("--flow") { Description = "The flow, where there are several", HelpName = "FLOW" };
        var parameters = RunParameters.Option();
        var (start, end) = RunInterval.Options();
        var values = new Option<string[]>("--value") { Description = "A value that a task would write; may be repeated", HelpName = "TASK/NAME=JSON" };
        var output = new Option<string>("--output", "-o") { Description = "How to print", HelpName = "yaml|json", DefaultValueFactory = _ => "yaml" };
        output.AcceptOnlyFromAmong("yaml", "json");
        var command = new Command("render", "Print the pods that a run of a flow would have if every task succeeded, without a cluster; what is not known before it runs is shown as ${{ EXPRESSION }}") { file, flow, parameters, start, end, values, output };
        command.SetAction(async (parsed, cancellation) =>
        {
            var flows = new FlowFiles(await Manifest.ReadAsync(parsed.GetRequiredValue(file), context.In, cancellation));
            var name = parsed.GetValue(flow) ?? (flows.Names is { Count: 1 } ? flows.Names.First() : throw new CommandException(
                $"{parsed.GetRequiredValue(file)} holds {(flows.Names.Count == 0 ? "no Flow" : $"several flows; choose by --flow {string.Join(" or ", flows.Names)}")}", ExitCodes.Usage));
            if (flows.Find(name) is null) throw new CommandException($"there is no flow {name} among these files; there is {string.Join(" and ", flows.Names)}");
            var definition = flows.Definition(name);
            var (given, problem) = FlowRunRules.ResolveParams(definition.Flow, RunParameters.Of(definition.Flow, RunParameters.Split(parsed.GetValue(parameters) ?? [])));
            if (problem is not null) throw new CommandException(problem.Replace("spec.params.", "--param ", StringComparison.Ordinal));
            var interval = RunInterval.Of(parsed.GetValue(start), parsed.GetValue(end));
            var known = RunParameters.Split(parsed.GetValue(values) ?? [], "--value").ToDictionary(v => v.Key, v => RunParameters.Document(v.Value));
            Check(known.Keys, definition);
            var run = RenderedRun.Of(FlowRehearsal.Start(name, definition, given, interval, context.Clock.GetUtcNow()), known);
            await PrintAsync(context, run, parsed.GetValue(output) == "json");
            return run.Problem is null ? ExitCodes.Succeeded : throw new CommandException($"the run would fail: {run.Problem}");
        });
        return command;
    }

    private static void Check(IEnumerable<string> values, RunDefinition definition)
    {
        foreach (var value in values)
        {
            if (value.Split('/') is not [var path, var name] || TaskPath.TryParse(path) is not { } task || definition.Find(task)?.Task.Outputs is not { } outputs || (outputs.Values?.ContainsKey(name) != true && outputs.Files?.ContainsKey(name) != true))
                throw new CommandException($"--value {value}: no task of the flow writes it; name one as TASK/NAME", ExitCodes.Usage);
        }
    }

    private static async Task PrintAsync(CliContext context, RenderedRun run, bool asJson)
    {
        var pods = run.Pods.Select(p => (Head: p.ForEach is { } forEach ? $"{p.Path}, one of the items of {forEach}" : p.Path.Text, Document: FlowKinds.Pods.ToDocument(p.Pod))).ToList();
        if (asJson)
        {
            var list = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. pods.Select(p => (JsonNode)p.Document)]) };
            await DocumentPrinter.PrintAsync(context.Out, list, OutputFormat.Json);
        }
        else
        {
            foreach (var (head, document) in pods) await context.Out.WriteAsync($"---\n# {TerminalText.Escape(head)}\n{DocumentWriter.ToYaml(document)}");
        }
        foreach (var remark in run.Remarks) await context.Error.WriteLineAsync(TerminalText.Escape(remark));
    }
}
