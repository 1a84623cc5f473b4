using System.Data.Common;
using Npgsql;

namespace Slipway.Flows;

/// <summary>A ledger in a PostgreSQL, which several servers may share.</summary>
/// <remarks>
/// The tables are those of the file, in the first schema of the search path, with texts ordered by their bytes whatever the database's language. Nothing is kept
/// open but the two connections of the ledger: one that writes and one that reads.
/// </remarks>
internal sealed class PostgresLedger : LedgerDatabase
{
    /// <summary>Held while tables are made or changed: servers may start at the same time. Any number, but always this one.</summary>
    private const long TablesLock = 0x736c6970776179;

    private readonly NpgsqlDataSource source;

    private PostgresLedger(NpgsqlDataSource source, string name)
    {
        this.source = source;
        Name = name;
    }

    public override string Name { get; }

    public override string Remedy => "see that the PostgreSQL runs, can be reached and has room";

    /// <summary>Reads a connection string of Npgsql, <c>Host=db.example;Database=slipway;Username=slipway;Passfile=/etc/slipway/pgpass</c>. Nothing is connected yet.</summary>
    /// <exception cref="FormatException">It is none, or has a password in it; the message says what to write.</exception>
    public static PostgresLedger Of(string connectionString)
    {
        NpgsqlSlimDataSourceBuilder builder;
        try
        {
            builder = new NpgsqlSlimDataSourceBuilder(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new FormatException($"it is no connection string of a PostgreSQL: {e.Message.ReplaceLineEndings(" ")}; write Host=HOST;Database=NAME;Username=USER;Passfile=FILE", e);
        }

        var options = builder.ConnectionStringBuilder;
        if (string.IsNullOrEmpty(options.Host))
            throw new FormatException("it names no Host; write Host=HOST;Database=NAME;Username=USER;Passfile=FILE");
        if (!string.IsNullOrEmpty(options.Password))
            throw new FormatException("it has a Password, which everybody could read who sees the processes of the machine; write Passfile=FILE, a file as of libpq with the line HOST:PORT:DATABASE:USER:PASSWORD");
        options.Pooling = false;
        options.Enlist = false;
        options.ApplicationName ??= "slipway";
        builder.EnableTransportSecurity();
        return new PostgresLedger(builder.Build(), $"{options.Host}:{options.Port}/{options.Database ?? options.Username}");
    }

    public override DbConnection Connect() => source.OpenConnection();

    public override void Prepare(DbConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        Execute(connection, $"SELECT pg_advisory_xact_lock({TablesLock})", transaction);
        Execute(connection, "CREATE TABLE IF NOT EXISTS facts (name TEXT COLLATE \"C\" PRIMARY KEY, value BIGINT NOT NULL)", transaction);
        var version = Number(connection, "SELECT value FROM facts WHERE name = 'version'", transaction) ?? 0;
        RefuseLater(version);
        for (; version is > 0 and < LedgerSchema.Version; version++)
            Execute(connection, Translate(LedgerSchema.Migrations[(int)version - 1]), transaction);
        Execute(connection, Translate(LedgerSchema.Create), transaction);
        Execute(connection, $"INSERT INTO facts (name, value) VALUES ('version', {LedgerSchema.Version}) ON CONFLICT (name) DO UPDATE SET value = excluded.value", transaction);
        transaction.Commit();
    }

    public override void Dispose()
    {
        source.Dispose();
        base.Dispose();
    }

    /// <summary>The definitions of tables in PostgreSQL's words.</summary>
    internal static string Translate(string sqlite) => sqlite
        .Replace(") STRICT, WITHOUT ROWID", ")", StringComparison.Ordinal)
        .Replace(" TEXT", " TEXT COLLATE \"C\"", StringComparison.Ordinal)
        .Replace(" INTEGER", " BIGINT", StringComparison.Ordinal)
        .Replace(" REAL", " DOUBLE PRECISION", StringComparison.Ordinal);
}
