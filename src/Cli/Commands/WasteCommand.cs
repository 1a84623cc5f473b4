using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Query;
using Slipway.Cli.Resources;
using Slipway.Cli.Runs;
using Slipway.Flows;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway runs waste</c>: what tasks set aside and never used, the most expensive first.</summary>
internal static class WasteCommand
{
    private const string Question = """
        SELECT *, memory_requested_gib_hours - memory_peak_gib_hours AS memory_unused_gib_hours, greatest(0, cpu_requested_seconds - cpu_seconds) AS cpu_unused_seconds FROM costs
        ORDER BY coalesce(memory_unused_gib_hours, 0) DESC, coalesce(cpu_unused_seconds, 0) DESC, "namespace", flow, task
        """;

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var flow = new Argument<string?>("FLOW") { Description = "Only this flow", Arity = ArgumentArity.ZeroOrOne };
        var since = new Option<string?>("--since") { Description = "Only runs that started at this time or later: a time, or how long ago, such as 7d", HelpName = "TIME" };
        var options = new ApiOptions();
        var command = new Command("waste", "Show what tasks set aside and never used, and what would be enough") { flow, since };
        options.AddTo(command, allNamespaces: true);
        command.SetAction(async (parsed, cancellation) =>
        {
            var filter = new RunFilter { Flow = parsed.GetValue(flow), Since = TimeOption.ParseSince("--since", parsed.GetValue(since), context.Clock.GetUtcNow()), Limit = int.MaxValue };
            var everywhere = options.Everywhere(parsed);
            using var connection = options.Connect(context, parsed);
            using var database = new QueryDatabase();
            await LedgerTables.LoadAsync(database, new LedgerClient(connection, everywhere), filter, cancellation);
            var rows = database.Rows(Question);
            if (options.Format(parsed) is var format and not OutputFormat.Table)
                await DocumentPrinter.PrintAsync(context.Out, new JsonObject { ["items"] = new JsonArray([.. rows]) }, format);
            else if (rows.Count == 0)
                await context.Error.WriteLineAsync($"No attempt with a pod is recorded{(everywhere ? "" : $" in namespace {connection.Namespace}")}{(filter.Flow is null ? "" : $" of flow {filter.Flow}")}.");
            else
                await context.Out.WriteAsync(Table(rows, everywhere));
            return ExitCodes.Succeeded;
        });
        return command;
    }

    /// <summary>The rows as a table; a first column NAMESPACE if asked for.</summary>
    internal static string Table(IReadOnlyList<JsonObject> rows, bool withNamespace = false)
    {
        List<IReadOnlyList<string>> lines = [[.. withNamespace ? ["NAMESPACE"] : Array.Empty<string>(), "FLOW", "TASK", "ATTEMPTS", "TIME", "MEMORY", "UNUSED", "ENOUGH", "CPU", "UNUSED"]];
        lines.AddRange(rows.Select(r => (IReadOnlyList<string>)
        [
            .. withNamespace ? [(string?)r["namespace"] ?? ""] : Array.Empty<string>(), (string?)r["flow"] ?? "", (string?)r["task"] ?? "", Text(r, "attempts"), Number(r, "seconds") is { } seconds ? Units.Duration(TimeSpan.FromSeconds(seconds)) : "",
            $"{Bytes(r, "peak_memory_bytes")} of {Bytes(r, "memory_limit_bytes")}", Percent(r, "memory_unused_percent"), Enough(r),
            $"{Cpu(r, "cpu_seconds")} of {Cpu(r, "cpu_requested_seconds")}", Percent(r, "cpu_unused_percent"),
        ]));
        return TableView.Pad(lines);
    }

    /// <summary>A limit that leaves some room over the peak, if it is less than what there is.</summary>
    private static string Enough(JsonObject row)
    {
        if (Number(row, "peak_memory_bytes") is not { } peak || Number(row, "memory_limit_bytes") is not { } limit) return "";
        var enough = MemoryPolicy.Enough((long)peak);
        return enough < limit ? MemoryPolicy.Text(enough) : "";
    }

    private static double? Number(JsonObject row, string name) => (double?)row[name];

    private static string Text(JsonObject row, string name) => row[name]?.ToJsonString() ?? "";

    private static string Bytes(JsonObject row, string name) => Number(row, name) is { } bytes ? Units.Bytes((long)bytes) : "-";

    private static string Cpu(JsonObject row, string name) => Number(row, name) is { } seconds ? Units.Duration(TimeSpan.FromSeconds(seconds)) : "-";

    private static string Percent(JsonObject row, string name) => Number(row, name) is { } part ? string.Create(CultureInfo.InvariantCulture, $"{part:0} %") : "";
}
