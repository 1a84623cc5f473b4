using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Kinds;
using Slipway.Cli.Manifests;
using Slipway.Cli.Resources;
using Slipway.Flows;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway diff</c>: what <c>slipway apply</c> would change, and what a changed flow would run again.</summary>
public static class DiffCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var files = new Argument<string[]>("FILE|DIR|-") { Description = "Files, directories of files, or - for the standard input", Arity = ArgumentArity.OneOrMore };
        var exitCode = new Option<bool>("--exit-code") { Description = "Exit with 1 if something would change" };
        var options = new ApiOptions();
        var command = new Command("diff", "Show what applying files would change, and what tasks of a changed flow would run again") { files, exitCode };
        options.AddTo(command, output: false);
        command.SetAction(async (parsed, cancellation) =>
        {
            var manifests = new List<Manifest>();
            foreach (var file in parsed.GetRequiredValue(files)) manifests.AddRange(await Manifest.ReadAsync(file, context.In, cancellation));
            using var connection = options.Connect(context, parsed);

            // Whom a field belongs to is no question before it is applied.
            var application = new Application(connection, force: true, dryRun: true);
            var differs = false;
            foreach (var manifest in manifests)
            {
                var applied = await application.ApplyAsync(manifest, cancellation);
                var text = Text(applied);
                differs |= text.Length > 0;
                await context.Out.WriteAsync(text);
            }
            if (!differs) await context.Out.WriteLineAsync("Nothing would change.");
            return differs && parsed.GetValue(exitCode) ? ExitCodes.Failed : ExitCodes.Succeeded;
        });
        return command;
    }

    private static string Text(Applied applied)
    {
        if (applied.Before is not { } before) return $"{applied.Label} would be created\n";
        var changes = FieldChange.Between(before, applied.Object);
        if (changes.Count == 0) return "";
        var text = new StringBuilder($"{applied.Label} would change\n");
        foreach (var change in changes) text.Append("  ").Append(change).Append('\n');
        if (Flow(before) is { } old && Flow(applied.Object) is { } now) text.Append(Tasks(TaskChange.Between(old, now)));
        return text.ToString();
    }

    private static string Tasks(IReadOnlyList<TaskChange> changes)
    {
        if (changes.All(c => c.IsWithoutEffect)) return "";
        List<IReadOnlyList<string>> lines = [["  TASK", "CHANGE", "RERUN", "CACHE"]];
        lines.AddRange(changes.Select(c => (IReadOnlyList<string>)
        [
            $"  {c.Name}",
            c.Change switch { TaskChange.Changed => string.Join(", ", c.Fields), TaskChange.Same => "", _ => c.Change.ToLowerInvariant() },
            c.IsTakenOver switch { true => "takes it over", false => "runs it again", null => "" },
            c.Cache ?? "",
        ]));
        return $"\n{TableView.Pad(lines)}";
    }

    private static FlowSpec? Flow(JsonObject document) =>
        OwnKindCheck.IsOfGroup(document) && (string?)document["kind"] == nameof(Api.Kinds.Flow) ? document.Deserialize(KindsJson.Default.Flow)?.Spec : null;
}
