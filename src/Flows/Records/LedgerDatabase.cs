using System.Data.Common;

namespace Slipway.Flows;

/// <summary>The database that has the ledger's tables. Its statements are the same in all of them; what differs is here.</summary>
internal abstract class LedgerDatabase : IDisposable
{
    /// <summary>What messages call it; no secret.</summary>
    public abstract string Name { get; }

    /// <summary>What to do when it cannot be written or read.</summary>
    public abstract string Remedy { get; }

    /// <summary>Opens a connection.</summary>
    /// <exception cref="DbException">It cannot be opened.</exception>
    public abstract DbConnection Connect();

    /// <summary>Makes the tables, or brings those of an earlier version up to date.</summary>
    /// <exception cref="InvalidOperationException">They are of a later version.</exception>
    /// <exception cref="DbException">The database refuses.</exception>
    public abstract void Prepare(DbConnection connection);

    /// <summary>That it cannot be written, read or opened.</summary>
    public LedgerUnavailableException Unavailable(string what, DbException e) => new($"the ledger {Name} cannot be {what} ({e.Message.ReplaceLineEndings(" ")}); {Remedy}", e);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Runs statements without parameters.</summary>
    protected static void Execute(DbConnection connection, string text, DbTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    /// <summary>Reads one number; null if there is no row.</summary>
    internal static long? Number(DbConnection connection, string text, DbTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = text;
        return (long?)command.ExecuteScalar();
    }

    /// <summary>Refuses tables that a later program has made.</summary>
    protected void RefuseLater(long version)
    {
        if (version > LedgerSchema.Version)
            throw new InvalidOperationException($"the ledger {Name} is of version {version}, and this program knows version {LedgerSchema.Version}; use the program that wrote it");
    }
}
