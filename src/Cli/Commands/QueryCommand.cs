using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Query;
using Slipway.Cli.Runs;
using Slipway.Flows;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway query</c>: SQL over the records of runs, by DuckDB in the process of this command.</summary>
public static class QueryCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var sql = new Argument<string>("SQL") { Description = "A query over runs, attempts, artifacts and costs, such as \"FROM costs\"; \"DESCRIBE runs\" shows the columns of a table" };
        var flow = new Option<string?>("--flow") { Description = "Only what belongs to this flow", HelpName = "FLOW" };
        var since = new Option<string?>("--since") { Description = "Only runs that started at this time or later: a time, or how long ago, such as 7d", HelpName = "TIME" };
        var to = new Option<string?>("--to") { Description = "Write the rows to a file that ends with .parquet, .csv or .json", HelpName = "FILE" };
        var options = new ApiOptions();
        var command = new Command("query", "Query the records of runs by SQL (DuckDB)") { sql, flow, since, to };
        options.AddTo(command, allNamespaces: true);
        command.SetAction(async (parsed, cancellation) =>
        {
            var format = options.Format(parsed);
            var start = TimeOption.ParseSince("--since", parsed.GetValue(since), context.Clock.GetUtcNow());
            using var connection = options.Connect(context, parsed);
            using var database = new QueryDatabase();
            await LedgerTables.LoadAsync(database, new LedgerClient(connection, options.Everywhere(parsed)), new RunFilter { Flow = parsed.GetValue(flow), Since = start, Limit = int.MaxValue }, cancellation);
            var query = parsed.GetRequiredValue(sql);
            if (parsed.GetValue(to) is { } file)
            {
                database.Export(query, Path.GetFullPath(file));
                await context.Out.WriteLineAsync(Path.GetFullPath(file));
                return ExitCodes.Succeeded;
            }
            var rows = new JsonArray([.. database.Rows(query)]);
            if (format != OutputFormat.Table) await DocumentPrinter.PrintAsync(context.Out, new JsonObject { ["items"] = rows }, format);
            else if (RecordTable.From(rows) is { } table) await context.Out.WriteAsync(RecordTable.Format(table));
            else await context.Error.WriteLineAsync("No rows.");
            return ExitCodes.Succeeded;
        });
        return command;
    }
}
