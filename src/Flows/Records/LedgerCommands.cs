using System.Data.Common;

namespace Slipway.Flows;

/// <summary>Statements in a transaction of the ledger.</summary>
internal static class LedgerCommands
{
    /// <summary>Executes one; how many rows it changed.</summary>
    public static int Execute(DbTransaction transaction, string text, Action<DbCommand> bind)
    {
        using var command = Command(transaction, text, bind);
        return command.ExecuteNonQuery();
    }

    /// <summary>Executes one that gives rows.</summary>
    public static List<T> Rows<T>(DbTransaction transaction, string text, Action<DbCommand> bind, Func<DbDataReader, T> read)
    {
        using var command = Command(transaction, text, bind);
        using var rows = command.ExecuteReader();
        var found = new List<T>();
        while (rows.Read())
            found.Add(read(rows));
        return found;
    }

    /// <summary>Executes one that gives a number; null if it gives no row.</summary>
    public static long? Number(DbTransaction transaction, string text, Action<DbCommand> bind)
    {
        using var command = Command(transaction, text, bind);
        return (long?)command.ExecuteScalar();
    }

    /// <summary>Executes one that gives texts.</summary>
    public static List<string> Texts(DbTransaction transaction, string text, Action<DbCommand> bind) => Rows(transaction, text, bind, row => row.GetString(0));

    private static DbCommand Command(DbTransaction transaction, string text, Action<DbCommand> bind)
    {
        var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = text;
        bind(command);
        return command;
    }
}
