using System.Text;
using System.Text.Json.Nodes;
using DuckDB.NET.Native;
using static DuckDB.NET.Native.NativeMethods;

namespace Slipway.Cli.Query;

/// <summary>A DuckDB in this process, in memory. Its library is loaded when one is made, and by nothing else of Slipway.</summary>
internal sealed class QueryDatabase : IDisposable
{
    private readonly DuckDBDatabase database;
    private readonly DuckDBNativeConnection connection;

    /// <exception cref="CommandException">DuckDB is not installed, or cannot start.</exception>
    public QueryDatabase()
    {
        try
        {
            if (Startup.DuckDBOpen(":memory:", out database) != DuckDBState.Success || Startup.DuckDBConnect(database, out connection) != DuckDBState.Success)
                throw new CommandException("DuckDB cannot be started; free memory, and try again");
        }
        catch (DllNotFoundException e)
        {
            throw new CommandException($"DuckDB is not there: install libduckdb.so beside the slipway executable ({e.Message})");
        }
    }

    /// <summary>A text as an SQL literal.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>Runs statements and drops their results.</summary>
    /// <exception cref="CommandException">DuckDB refuses; the message is its own.</exception>
    public void Execute(string sql) => Run(sql, _ => { });

    /// <summary>The rows of a query, each an object of its columns in their order.</summary>
    /// <exception cref="CommandException">DuckDB refuses; the message is its own.</exception>
    public List<JsonObject> Rows(string query)
    {
        var rows = new List<JsonObject>();
        // A column of the same name would stand for the row.
        Run($"SELECT to_json(\"the row\")::VARCHAR FROM (\n{Bare(query)}\n) AS \"the row\"", result =>
        {
            while (true)
            {
                using var chunk = NativeMethods.Query.DuckDBFetchChunk(result);
                if (chunk.IsInvalid) return;
                var texts = DataChunks.DuckDBDataChunkGetVector(chunk, 0);
                for (ulong i = 0, size = DataChunks.DuckDBDataChunkGetSize(chunk); i < size; i++)
                    rows.Add(JsonNode.Parse(Text(texts, i))!.AsObject());
            }
        });
        return rows;
    }

    /// <summary>Writes the rows of a query to a file, whose name's end says how: .parquet, .csv or .json (a line for each row).</summary>
    /// <exception cref="CommandException">The end is another one, or DuckDB refuses.</exception>
    public void Export(string query, string file)
    {
        var format = Path.GetExtension(file) switch
        {
            ".parquet" => "FORMAT parquet",
            ".csv" => "FORMAT csv, HEADER",
            ".json" or ".ndjson" => "FORMAT json",
            _ => throw new CommandException($"--to {file} must end with .parquet, .csv or .json", ExitCodes.Usage),
        };
        Execute($"COPY (\n{Bare(query)}\n) TO {Quote(file)} ({format})");
    }

    public void Dispose()
    {
        connection.Dispose();
        database.Dispose();
    }

    private static string Bare(string query) => query.Trim().TrimEnd(';');

    private static unsafe string Text(nint vector, ulong row)
    {
        var data = (DuckDBString*)Vectors.DuckDBVectorGetData(vector);
        return Encoding.UTF8.GetString((byte*)data[row].Data, data[row].Length);
    }

    private void Run(string sql, Action<DuckDBResult> use)
    {
        var state = NativeMethods.Query.DuckDBQuery(connection, sql, out var result);
        try
        {
            if (state != DuckDBState.Success)
                throw new CommandException(NativeMethods.Query.DuckDBResultError(ref result).Trim());
            use(result);
        }
        finally
        {
            NativeMethods.Query.DuckDBDestroyResult(ref result);
        }
    }
}
