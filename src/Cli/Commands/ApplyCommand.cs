using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Cli.Manifests;
using Slipway.Cli.Output;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway apply</c>: brings objects to what files declare.</summary>
public static class ApplyCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var files = new Option<string[]>("--filename", "-f") { Description = "A file, a directory of files, or - for the standard input; may be repeated", HelpName = "FILE|DIR|-", Required = true };
        var force = new Option<bool>("--force-conflicts") { Description = "Take over fields that others own" };
        var options = new ApiOptions();
        var command = new Command("apply", "Create objects, or change them to what files declare (YAML or JSON)") { files, force };
        options.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            // All is read before anything is changed, so that a mistake in the last file leaves nothing half done.
            var manifests = new List<Manifest>();
            foreach (var file in parsed.GetRequiredValue(files)) manifests.AddRange(await Manifest.ReadAsync(file, context.In, cancellation));
            if (manifests.Count == 0) throw new CommandException("there is no document to apply");

            using var connection = options.Connect(context, parsed);
            var application = new Application(connection, parsed.GetValue(force));
            var applied = new List<Applied>();
            foreach (var manifest in manifests)
            {
                var result = await application.ApplyAsync(manifest, cancellation);
                applied.Add(result);
                if (options.Format(parsed) == OutputFormat.Table) await context.Out.WriteLineAsync($"{result.Label} {result.Outcome}");
            }
            if (options.Format(parsed) is var format and not OutputFormat.Table)
            {
                await DocumentPrinter.PrintAsync(context.Out, applied is [var only] ? only.Object : new JsonObject
                {
                    ["apiVersion"] = "v1",
                    ["kind"] = "List",
                    ["items"] = new JsonArray([.. applied.Select(a => a.Object.DeepClone())]),
                }, format);
            }
            return ExitCodes.Succeeded;
        });
        return command;
    }
}
