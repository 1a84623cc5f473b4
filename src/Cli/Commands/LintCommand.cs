using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Api.Kinds;
using Slipway.Cli.Lint;
using Slipway.Cli.Manifests;
using Slipway.Cli.Output;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway lint</c>: what is wrong with flows, found without a cluster.</summary>
public static class LintCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var files = new Argument<string[]>("FILE|DIR|-") { Description = "Files, directories of files, or - for the standard input", Arity = ArgumentArity.OneOrMore };
        var strict = new Option<bool>("--strict") { Description = "Take warnings for errors" };
        var output = OutputFormats.Option();
        var command = new Command("lint", "Check flows, and what else is of Slipway's kinds, without a cluster; exit code 1 if an error is found") { files, strict, output };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (documents, findings) = (new List<LintedDocument>(), new List<Finding>());
            foreach (var file in parsed.GetRequiredValue(files).SelectMany(Manifest.FilesOf))
            {
                var (text, isJson) = await Manifest.ReadTextAsync(file, context.In, cancellation);
                var (read, refused) = LintedDocument.Read(file == "-" ? "standard input" : file, text, isJson);
                documents.AddRange(read);
                findings.AddRange(refused);
            }
            findings.AddRange(Linter.Check(documents));
            await PrintAsync(context.Out, findings, documents, OutputFormats.Parse(parsed.GetValue(output)));
            return findings.Exists(f => f.IsError || parsed.GetValue(strict)) ? ExitCodes.Failed : ExitCodes.Succeeded;
        });
        return command;
    }

    private static async Task PrintAsync(TextWriter output, List<Finding> findings, List<LintedDocument> documents, OutputFormat format)
    {
        if (format != OutputFormat.Table)
        {
            await DocumentPrinter.PrintAsync(output, new JsonObject { ["findings"] = new JsonArray([.. findings.Select(f => (JsonNode)f.ToJson())]) }, format);
            return;
        }
        foreach (var finding in findings) await output.WriteLineAsync(finding.ToString());
        var (errors, others) = (findings.Count(f => f.IsError), documents.Count(d => !OwnKindCheck.IsOfGroup(d.Document)));
        await output.WriteLineAsync($"{Count(documents.Count - others, "document")} checked{(others > 0 ? $", {others} of other kinds left out" : "")}: {Count(errors, "error")}, {Count(findings.Count - errors, "warning")}.");
    }

    private static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}
