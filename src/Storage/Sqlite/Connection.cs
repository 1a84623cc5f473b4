using SQLitePCL;

namespace Slipway.Storage.Sqlite;

/// <summary>
/// A connection to the database, used by one thread at a time. It speaks to SQLite's C interface and not through ADO.NET,
/// because values are bound from and read as spans without a copy between, and results are codes, not matched texts.
/// </summary>
internal sealed class Connection : IDisposable
{
    private const int BusyTimeoutMilliseconds = 10_000;

    private readonly sqlite3 _handle;
    private readonly List<Statement> _statements = [];

    private Connection(sqlite3 handle) => _handle = handle;

    /// <summary>Opens an existing file (an empty one is an empty database).</summary>
    /// <exception cref="SqliteError">The file cannot be opened.</exception>
    public static Connection Open(string path)
    {
        Batteries_V2.Init();
        var code = raw.sqlite3_open_v2(path, out var handle, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX, null);
        if (code != raw.SQLITE_OK)
        {
            var message = raw.sqlite3_errmsg(handle).utf8_to_string();
            handle.Dispose();
            throw new SqliteError(code, message);
        }

        raw.sqlite3_extended_result_codes(handle, 1);
        raw.sqlite3_busy_timeout(handle, BusyTimeoutMilliseconds);
        return new Connection(handle);
    }

    /// <summary>Whether a transaction is open; SQLite ends it by itself on some failures.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Prepares a statement that lives as long as the connection.</summary>
    public Statement Prepare(string sql)
    {
        var statement = Compile(sql);
        _statements.Add(statement);
        return statement;
    }

    /// <summary>Runs a statement once and discards its rows.</summary>
    public void Execute(string sql)
    {
        using var statement = Compile(sql);
        while (statement.Step())
        {
        }
    }

    /// <summary>The first column of the first row; 0 if there is none.</summary>
    public long Number(string sql)
    {
        using var statement = Compile(sql);
        return statement.Step() ? statement.Int64(0) : 0;
    }

    /// <summary>Copies pages from the write-ahead log into the database.</summary>
    /// <returns>The frames that the log holds, and how many of them are copied.</returns>
    public (int Frames, int Copied) Checkpoint(int mode)
    {
        var code = raw.sqlite3_wal_checkpoint_v2(_handle, "main", mode, out var frames, out var copied);
        if (code is not (raw.SQLITE_OK or raw.SQLITE_BUSY))
            throw Error(code);
        return (frames, copied);
    }

    /// <summary>Cuts the write-ahead log, whose pages are copied, to nothing, unless a reader is at work.</summary>
    public void TryTruncateLog()
    {
        raw.sqlite3_busy_timeout(_handle, 0);
        Checkpoint(raw.SQLITE_CHECKPOINT_TRUNCATE);
        raw.sqlite3_busy_timeout(_handle, BusyTimeoutMilliseconds);
    }

    /// <summary>Pages written to the write-ahead log since the last call.</summary>
    public int TakeWrittenPages()
    {
        raw.sqlite3_db_status(_handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, resetFlg: 1);
        return pages;
    }

    public SqliteError Error(int code) => new(code, raw.sqlite3_errmsg(_handle).utf8_to_string());

    public void Dispose()
    {
        foreach (var statement in _statements)
            statement.Dispose();
        _handle.Dispose();
    }

    private Statement Compile(string sql)
    {
        var code = raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var statement);
        return code == raw.SQLITE_OK ? new Statement(this, statement) : throw Error(code);
    }
}

/// <summary>SQLite refused.</summary>
/// <param name="code">The (extended) result code.</param>
/// <param name="message">SQLite's message.</param>
internal sealed class SqliteError(int code, string message) : Exception($"SQLite error {code}: {message}")
{
    private const int SharedMemorySize = raw.SQLITE_IOERR | (19 << 8);
    private const int Write = raw.SQLITE_IOERR | (3 << 8);

    /// <summary>Without the extension.</summary>
    public int PrimaryCode => code & 0xFF;

    /// <summary>Whether a write found no room, or was refused before anything was made durable, so that it can be rolled back.</summary>
    public bool IsFull => PrimaryCode == raw.SQLITE_FULL || code is SharedMemorySize or Write;

    /// <summary>Whether the file is not, or no longer, a sound database.</summary>
    public bool IsDamage => PrimaryCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;
}
