using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;
using Slipway.Cli.Manifests;
using Slipway.Cli.Output;
using Slipway.Cli.Runs;
using Slipway.Cli.FlowTests;
using Slipway.Flows;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway test</c>: runs flows with fakes for some of their tasks, and checks what they come to.</summary>
public static class TestCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var files = new Argument<string[]>("FILE|DIR") { Description = "FlowTests, or flows whose tests lie beside them", Arity = ArgumentArity.OneOrMore };
        var only = new Option<string?>("-k") { Description = "Only tests whose name holds this", HelpName = "TEXT" };
        var plan = new Option<bool>("--plan") { Description = "Use no cluster: a task without a fake that a run comes to fails the test" };
        var options = new ApiOptions();
        var command = new Command("test", "Run the tests of flows; exit code 1 if one fails") { files, only, plan };
        options.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var started = context.Clock.GetTimestamp();
            var (tests, flows) = await ReadAsync(parsed.GetRequiredValue(files), parsed.GetValue(only), cancellation);
            var format = options.Format(parsed);
            var results = new List<TestResult>();
            ApiConnection? connection = null;
            try
            {
                foreach (var test in tests)
                {
                    var result = await RunAsync(test, flows, context.Clock, parsed.GetValue(plan) ? null : () => connection ??= options.Connect(context, parsed), cancellation);
                    results.Add(result);
                    if (format == OutputFormat.Table) await context.Out.WriteAsync(result.ToString());
                }
            }
            finally
            {
                connection?.Dispose();
            }
            var failed = results.Count(r => !r.Passed);
            if (format == OutputFormat.Table)
                await context.Out.WriteLineAsync($"{results.Count - failed} passed, {failed} failed in {Units.Duration(context.Clock.GetElapsedTime(started))}.");
            else
                await DocumentPrinter.PrintAsync(context.Out, new JsonObject { ["tests"] = new JsonArray([.. results.Select(r => (JsonNode)r.ToJson())]) }, format);
            return failed == 0 ? ExitCodes.Succeeded : ExitCodes.Failed;
        });
        return command;
    }

    // A rehearsal finds out whether a cluster is needed at all.
    private static async Task<TestResult> RunAsync(Manifest manifest, FlowFiles flows, TimeProvider clock, Func<ApiConnection>? connect, CancellationToken cancellation)
    {
        try
        {
            var test = FlowTestCase.Read(manifest, flows, clock.GetUtcNow());
            var rehearsal = FlowRehearsal.Of(test.Start, (_, _) => null);
            if (rehearsal.Unknown is not [var unknown, ..]) return test.Judge(FlowOutcome.Of(rehearsal));
            return connect is null
                ? new(test.Source, test.Name) { Problems = [$"the run comes to {unknown}, which has no fake; add one, or let it run in a cluster, without --plan"] }
                : await new ClusterTest(connect(), clock).RunAsync(test, cancellation);
        }
        catch (Exception e) when (e is CommandException or ApiException)
        {
            return new(manifest.Source, manifest.Document.Name) { Problems = [e.Message] };
        }
    }

    // The tests of what is named; the flows also of the directories that it lies in.
    private static async Task<(IReadOnlyList<Manifest> Tests, FlowFiles Flows)> ReadAsync(string[] paths, string? only, CancellationToken cancellation)
    {
        var all = new Dictionary<string, IReadOnlyList<Manifest>>(StringComparer.Ordinal);
        var tests = new List<Manifest>();
        foreach (var path in paths)
        {
            var named = Manifest.FilesOf(path);
            var beside = Path.GetDirectoryName(Path.GetFullPath(named[0]))!;
            foreach (var file in named.Concat(Manifest.FilesOf(beside)))
                if (!all.ContainsKey(Path.GetFullPath(file))) all[Path.GetFullPath(file)] = await Manifest.ReadAsync(file, Stream.Null, cancellation);

            var given = named.SelectMany(f => all[Path.GetFullPath(f)]).ToList();
            var own = given.Where(IsTest).ToList();
            var flows = given.Where(m => OwnKindCheck.IsOfGroup(m.Document) && m.Document.Kind == nameof(Flow)).Select(m => m.Document.Name).ToHashSet();
            if (own.Count == 0) own = [.. Manifest.FilesOf(beside).SelectMany(f => all[Path.GetFullPath(f)]).Where(m => IsTest(m) && flows.Contains(m.Document.At("spec.flow").AsText() ?? ""))];
            if (own.Count == 0) throw new CommandException($"{path} holds no FlowTest, and none of its flows has one beside it");
            tests.AddRange(own);
        }
        var chosen = tests.Distinct().Where(t => only is null || t.Document.Name.Contains(only, StringComparison.OrdinalIgnoreCase)).ToList();
        return chosen.Count > 0 ? (chosen, new FlowFiles(all.Values.SelectMany(m => m))) : throw new CommandException($"no test has \"{only}\" in its name; there is {string.Join(", ", tests.Select(t => t.Document.Name))}");
    }

    private static bool IsTest(Manifest manifest) => OwnKindCheck.IsOfGroup(manifest.Document) && manifest.Document.Kind == nameof(FlowTest);
}
