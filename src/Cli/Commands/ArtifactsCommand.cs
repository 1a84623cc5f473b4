using System.CommandLine;
using System.Diagnostics;
using Slipway.Cli.Artifacts;
using Slipway.Cli.Output;
using Slipway.Cli.Runs;
using Slipway.Flows;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway artifacts</c>: what tasks have left, and how to get at it.</summary>
public static class ArtifactsCommand
{
    private const int Shown = 100;

    /// <summary>The command with its subcommands.</summary>
    /// <param name="context">The surroundings.</param>
    /// <param name="variable">Reads a variable of the environment, which says whether there is a desktop.</param>
    public static Command Create(CliContext context, Func<string, string?> variable) =>
        new("artifacts", "List, get and open the files, directories and values that tasks have left") { List(context), Get(context), Open(context, variable) };

    /// <summary>Gets an artifact; also a part of <c>slipway runs</c>.</summary>
    internal static Command Get(CliContext context)
    {
        var (run, output) = Named();
        var file = new Option<string?>("--output", "-o") { Description = "The file or directory to write; by default one of its own name in the current directory, - for the standard output (of a directory, as a tar archive)", HelpName = "FILE" };
        var options = new ApiOptions();
        var command = new Command("get", "Get a file, directory or value that a task left, compared with its hash") { run, output, file };
        options.AddTo(command, output: false);
        command.SetAction(async (parsed, cancellation) =>
        {
            var wanted = Parse(parsed.GetRequiredValue(output));
            using var connection = options.Connect(context, parsed);
            var (download, artifact) = await FindAsync(connection, parsed.GetRequiredValue(run), wanted, cancellation);
            var target = parsed.GetValue(file) ?? artifact.FileName;
            if (target == "-")
            {
                await using var standardOutput = Console.OpenStandardOutput();
                await download.ToAsync(standardOutput, cancellation);
            }
            else
            {
                await context.Out.WriteLineAsync(await download.ToAsync(target, cancellation));
            }

            return ExitCodes.Succeeded;
        });
        return command;
    }

    private static Command List(CliContext context)
    {
        var run = new Option<string?>("--run") { Description = "Only those of this run", HelpName = "RUN" };
        var flow = new Option<string?>("--flow") { Description = "Only those of runs of this flow", HelpName = "FLOW" };
        var task = new Option<string?>("--task") { Description = "Only those of this task, such as clean, clean[3] or etl.clean", HelpName = "TASK" };
        var since = new Option<string?>("--since") { Description = "Only those of runs that started at this time or later: a time, or how long ago, such as 7d", HelpName = "TIME" };
        var limit = new Option<int>("--limit") { Description = "How many at most, up to 1000", HelpName = "N", DefaultValueFactory = _ => Shown };
        var options = new ApiOptions();
        var command = new Command("list", "List what tasks have left, newest runs first") { run, flow, task, since, limit };
        options.AddTo(command, allNamespaces: true);
        command.SetAction(async (parsed, cancellation) =>
        {
            var everywhere = options.Everywhere(parsed);
            if (everywhere && parsed.GetValue(run) is not null)
                throw new CommandException("a run cannot be looked up in all namespaces; name one with --namespace", ExitCodes.Usage);
            using var connection = options.Connect(context, parsed);
            if (parsed.GetValue(run) is { } one) await NamedRun.RecordAsync(connection, one, cancellation);
            var filter = new RunFilter
            {
                Flow = parsed.GetValue(flow),
                Since = TimeOption.ParseSince("--since", parsed.GetValue(since), context.Clock.GetUtcNow()),
                Limit = parsed.GetValue(limit),
            };
            var document = await new LedgerClient(connection, everywhere).ArtifactsAsync(filter, parsed.GetValue(run), parsed.GetValue(task), cancellation);
            var artifacts = document["items"]!.AsArray().Select(a => a!.AsObject()).ToList();
            if (options.Format(parsed) is var format and not OutputFormat.Table)
                await DocumentPrinter.PrintAsync(context.Out, document, format);
            else if (artifacts.Count > 0)
                await context.Out.WriteAsync(ArtifactTable.Of(artifacts, everywhere));
            else
                await context.Error.WriteLineAsync(everywhere ? "No artifacts found." : $"No artifacts found in namespace {connection.Namespace}{await AbsentName.NamespaceAsync(connection, cancellation)}.");
            return ExitCodes.Succeeded;
        });
        return command;
    }

    private static Command Open(CliContext context, Func<string, string?> variable)
    {
        var (run, output) = Named();
        var options = new ApiOptions();
        var command = new Command("open", "Get what a task left to a temporary place and open it; without a desktop, say where it is") { run, output };
        options.AddTo(command, output: false);
        command.SetAction(async (parsed, cancellation) =>
        {
            var wanted = Parse(parsed.GetRequiredValue(output));
            using var connection = options.Connect(context, parsed);
            var (download, _) = await FindAsync(connection, parsed.GetRequiredValue(run), wanted, cancellation);
            var path = await download.ToAsync(Directory.CreateTempSubdirectory("slipway-artifact-").FullName, cancellation);
            await context.Out.WriteLineAsync(path);
            if (Desktop.Opener(variable) is not { } opener)
                await context.Error.WriteLineAsync("There is no desktop here to open it on.");
            else
                Process.Start(opener, [PageOf(path)]).Dispose();
            return ExitCodes.Succeeded;
        });
        return command;
    }

    // Of a directory that is a web site, its page.
    private static string PageOf(string path) => Path.Combine(path, "index.html") is var page && File.Exists(page) ? page : path;

    private static (Argument<string> Run, Argument<string> Output) Named() =>
        (new("RUN") { Description = "Name of the run" }, new("TASK/OUTPUT") { Description = "What a task left, such as report/table or clean[3]/flights, or a file in a directory, such as train/model/weights.bin; OUTPUT alone is one of the run" });

    private static OutputPath Parse(string text) => OutputPath.Parse(text) is { } path
        ? path
        : throw new CommandException($"\"{text}\" does not name an output; name one as TASK/OUTPUT, TASK[INDEX]/OUTPUT for an item of forEach, or OUTPUT for one of the run itself", ExitCodes.Usage);

    private static async Task<(ArtifactDownload Download, KeptArtifact Artifact)> FindAsync(ApiConnection connection, string run, OutputPath wanted, CancellationToken cancellation)
    {
        var ledger = new LedgerClient(connection);
        var record = await NamedRun.RecordAsync(connection, run, cancellation);
        var artifact = KeptArtifact.Find(record, wanted);
        var download = new ArtifactDownload(ledger, run, artifact);
        if (wanted.Below is not { } below)
            return (download, artifact);
        if (!artifact.IsDirectory)
            throw new CommandException($"{wanted.Whole} is a file, and has nothing at {below}");
        var file = artifact.In(await download.ListAsync(cancellation), below);
        return (new ArtifactDownload(ledger, run, file), file);
    }
}
