using System.Data;
using System.Data.Common;

namespace Slipway.Flows;

/// <summary>A connection that is opened when it is needed, and anew when the server has closed it meanwhile. One caller at a time.</summary>
/// <param name="database">Where the tables are.</param>
/// <param name="connection">An open connection, which this disposes; null to begin without one.</param>
internal sealed class LedgerConnection(LedgerDatabase database, DbConnection? connection = null) : IDisposable
{
    private DbConnection? connection = connection;

    /// <summary>Does something with the connection. It is done once more if the connection breaks meanwhile: doing it twice has to be doing it once.</summary>
    /// <exception cref="DbException">The database refuses, or is away.</exception>
    public T Run<T>(Func<DbConnection, T> use)
    {
        for (var isRepeated = false; ; isRepeated = true)
        {
            try
            {
                return use(Open());
            }
            catch (DbException) when (!isRepeated && connection is { State: not ConnectionState.Open })
            {
                // A new one may do.
            }
        }
    }

    public void Dispose() => connection?.Dispose();

    private DbConnection Open()
    {
        if (connection is { State: ConnectionState.Open })
            return connection;
        connection?.Dispose();
        connection = null;
        return connection = database.Connect();
    }
}
