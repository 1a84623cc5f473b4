using System.Globalization;
using DuckDB.NET.Native;
using static DuckDB.NET.Native.NativeMethods;

namespace Flights;

/// <summary>An in-memory DuckDB that keeps to a share of the container's memory and spills to disk beyond it.</summary>
internal sealed class Database : IDisposable
{
    private readonly DuckDBDatabase database;
    private readonly DuckDBNativeConnection connection;

    /// <param name="memoryMegabytes">What DuckDB may hold in memory; what sorts and joins need beyond goes to <paramref name="spill"/>.</param>
    /// <param name="spill">A directory for what does not fit; made when needed.</param>
    public Database(long memoryMegabytes, string spill)
    {
        if (Startup.DuckDBOpen(":memory:", out database) != DuckDBState.Success)
            throw new FlightsException("DuckDB could not be opened.");
        if (Startup.DuckDBConnect(database, out connection) != DuckDBState.Success)
            throw new FlightsException("DuckDB could not be connected to.");

        Execute($"SET memory_limit = '{memoryMegabytes.ToString(CultureInfo.InvariantCulture)}MB'");
        Execute($"SET temp_directory = {Quote(spill)}");
        // Memory grows with the threads, so that their number is the same on a laptop and on a large server.
        Execute("SET threads = 2");
        Execute("SET TimeZone = 'UTC'");
    }

    /// <summary>A text as an SQL literal.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>Runs a statement and drops its result.</summary>
    public void Execute(string sql) => Run(sql, _ => { });

    /// <summary>The first column of the first row, as a whole number.</summary>
    public long Number(string sql) => Rows(sql, row => row.Long(0))[0];

    /// <summary>All rows of a small result.</summary>
    public List<T> Rows<T>(string sql, Func<Row, T> read)
    {
        var rows = new List<T>();
        Each(sql, row => rows.Add(read(row)));
        return rows;
    }

    /// <summary>Calls <paramref name="visit"/> for each row, which is valid during the call only.</summary>
    public void Each(string sql, Action<Row> visit) => Run(sql, result =>
    {
        while (true)
        {
            using var chunk = Query.DuckDBFetchChunk(result);
            if (chunk.IsInvalid) return;
            var row = new Row(chunk);
            for (ulong i = 0, size = DataChunks.DuckDBDataChunkGetSize(chunk); i < size; i++)
                visit(row.At(i));
        }
    });

    private void Run(string sql, Action<DuckDBResult> use)
    {
        var state = Query.DuckDBQuery(connection, sql, out var result);
        try
        {
            if (state != DuckDBState.Success)
                throw new FlightsException(Query.DuckDBResultError(ref result));
            use(result);
        }
        finally
        {
            Query.DuckDBDestroyResult(ref result);
        }
    }

    public void Dispose()
    {
        connection.Dispose();
        database.Dispose();
    }
}

/// <summary>A failure that the user can act on: its message is all that the program prints.</summary>
internal sealed class FlightsException(string message) : Exception(message);
