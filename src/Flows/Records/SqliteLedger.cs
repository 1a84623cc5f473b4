using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Slipway.Flows;

/// <summary>A ledger in a file.</summary>
internal sealed class SqliteLedger(string path) : LedgerDatabase
{
    public override string Name => path;

    public override string Remedy => "free space on its disk";

    public override DbConnection Connect()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    public override void Prepare(DbConnection connection)
    {
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000");
        var version = Number(connection, "PRAGMA user_version") ?? 0;
        RefuseLater(version);
        for (; version is > 0 and < LedgerSchema.Version; version++)
            Execute(connection, $"BEGIN IMMEDIATE; {LedgerSchema.Migrations[(int)version - 1]} PRAGMA user_version = {version + 1}; COMMIT");
        Execute(connection, LedgerSchema.Create);
        Execute(connection, $"PRAGMA user_version = {LedgerSchema.Version}");
    }
}
