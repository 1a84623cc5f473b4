namespace Slipway.Storage.Sqlite;

/// <summary>The database's files: who may open them, and what is in them.</summary>
/// <remarks>
/// <code>
/// current  key → revision that last wrote it
/// log      revision → key, the key's creation, the key's previous revision, value
/// meta     compacted: changes up to here are forgotten; cleaned: and their remains are removed up to here
/// </code>
/// Values are in the log alone, so that each is written once. A row of the log is needed while its key's next change is
/// not compacted, which that change's row finds by its previous revision: neither compaction nor a read at a past
/// revision has to search. The newest revision is the log's last or, if that was removed, the compacted one.
/// </remarks>
internal static class DatabaseFile
{
    private const long ApplicationId = 0x53_6C_70_77; // "Slpw"
    private const long FormatVersion = 1;

    /// <summary>A file at its usual size is overwritten, not grown, which makes a commit cheaper; beyond this it is cut.</summary>
    private const int WriteAheadLogBytes = 32 << 20;

    /// <summary>Takes sole possession until disposed; the system releases it when the process dies.</summary>
    /// <exception cref="StoreUnusableException">Another process has it, or this one may not have it.</exception>
    public static IDisposable Lock(string path)
    {
        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
        {
            throw new StoreUnusableException(
                $"the database {path} is in use by another process, or its lock file cannot be taken ({e.Message}); stop the other one or choose another data directory", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreUnusableException($"the database {path} cannot be opened: {e.Message} Run as its owner or correct the permissions", e);
        }
    }

    /// <summary>What the database and its write-ahead log take on the disk, in bytes.</summary>
    public static long SizeOf(string path) => LengthOf(path) + LengthOf(path + "-wal");

    /// <summary>Opens the connection that writes, and makes the tables of a new database.</summary>
    /// <exception cref="StoreUnusableException">The file is no database of this program, or damaged.</exception>
    public static Connection OpenForWriting(string path)
    {
        if (!File.Exists(path))
            CreateEmpty(path);

        Connection? db = null;
        try
        {
            db = Connection.Open(path);
            db.Execute("PRAGMA auto_vacuum = INCREMENTAL"); // heeded while the database is empty
            db.Execute("PRAGMA journal_mode = WAL");
            db.Execute("PRAGMA synchronous = FULL");
            db.Execute("PRAGMA wal_autocheckpoint = 0"); // the writer does it after it has answered
            db.Execute($"PRAGMA journal_size_limit = {WriteAheadLogBytes}");
            db.Execute("PRAGMA temp_store = MEMORY");
            db.Execute("PRAGMA cache_size = -4096");

            if (db.Number("SELECT count(*) FROM sqlite_schema") == 0)
                CreateTables(db);
            else
                Recognise(db, path);
            return db;
        }
        catch (SqliteError e)
        {
            db?.Dispose();
            if (e.IsFull)
                throw new StoreFullException($"the database {path} cannot be opened because its disk is full; make room and start again", e);
            throw Unusable(path, e);
        }
        catch (StoreUnusableException)
        {
            db?.Dispose();
            throw;
        }
    }

    /// <summary>Opens a connection that only reads.</summary>
    public static Connection OpenForReading(string path)
    {
        var db = Connection.Open(path);
        db.Execute("PRAGMA query_only = ON");
        db.Execute("PRAGMA temp_store = MEMORY");
        db.Execute("PRAGMA cache_size = -1024");
        return db;
    }

    public static StoreUnusableException Unusable(string path, SqliteError e) => new(e.IsDamage
        ? $"the database {path} is damaged or no database ({e.Message}); restore it from a backup, or move it away to start anew"
        : $"the database {path} cannot be used ({e.Message}); check its disk and permissions and start again", e);

    /// <summary>SQLite gives the files beside it the same permissions: what is stored is nobody else's to read.</summary>
    private static void CreateEmpty(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        new FileStream(path, options).Dispose();
    }

    private static void CreateTables(Connection db)
    {
        db.Execute("BEGIN IMMEDIATE");
        db.Execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID");
        db.Execute("CREATE TABLE current (key TEXT PRIMARY KEY, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID");
        db.Execute("""
            CREATE TABLE log (
                revision INTEGER PRIMARY KEY,
                created INTEGER NOT NULL,
                previous INTEGER NOT NULL,
                key TEXT NOT NULL,
                value BLOB) STRICT
            """);
        db.Execute("INSERT INTO meta VALUES ('compacted', 0), ('cleaned', 0)");
        db.Execute($"PRAGMA application_id = {ApplicationId}");
        db.Execute($"PRAGMA user_version = {FormatVersion}");
        db.Execute("COMMIT");
    }

    private static void Recognise(Connection db, string path)
    {
        if (db.Number("PRAGMA application_id") != ApplicationId)
            throw new StoreUnusableException($"{path} is a database of another program; choose another data directory");
        if (db.Number("PRAGMA user_version") is var version and not FormatVersion)
            throw new StoreUnusableException($"the database {path} has format {version}, this program knows {FormatVersion}; use the program that wrote it");
    }

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;
}
