using System.Data.Common;
using System.Threading.Channels;

namespace Slipway.Flows;

/// <summary>The one that writes to the ledger: what is queued meanwhile is committed together.</summary>
internal sealed class LedgerWriter : IAsyncDisposable
{
    private readonly LedgerDatabase database;
    private readonly Channel<(Action<DbTransaction> Apply, TaskCompletionSource Done)> queue = Channel.CreateBounded<(Action<DbTransaction>, TaskCompletionSource)>(1000);
    private readonly Task writing;
    private readonly LedgerConnection connection;

    /// <param name="database">Where the tables are.</param>
    /// <param name="connection">An open connection, which this disposes.</param>
    public LedgerWriter(LedgerDatabase database, DbConnection connection)
    {
        this.database = database;
        this.connection = new LedgerConnection(database, connection);
        writing = Task.Run(WriteAsync);
    }

    /// <summary>Commits what is queued, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await writing;
        connection.Dispose();
    }

    /// <summary>Does something in the next transaction; returns when it is durable. It may be done again, if the connection breaks.</summary>
    /// <exception cref="LedgerUnavailableException">The database has no room, refuses or is away.</exception>
    public async Task QueueAsync(Action<DbTransaction> apply, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await queue.Writer.WriteAsync((apply, done), cancellation);
        await done.Task;
    }

    /// <summary>The single writer: what is queued is committed together.</summary>
    private async Task WriteAsync()
    {
        var batch = new List<(Action<DbTransaction> Apply, TaskCompletionSource Done)>();
        while (await queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < 256 && queue.Reader.TryRead(out var next))
                batch.Add(next);
            try
            {
                Commit(batch);
                batch.ForEach(b => b.Done.TrySetResult());
            }
            catch (DbException e)
            {
                var failure = database.Unavailable("written", e);
                batch.ForEach(b => b.Done.TrySetException(failure));
            }
            catch (Exception e)
            {
                // The boundary of the loop: whoever waits must hear of it, and the next write is tried anew.
                batch.ForEach(b => b.Done.TrySetException(e));
            }
        }
    }

    // If it had committed before the connection broke, doing it again changes nothing.
    private void Commit(List<(Action<DbTransaction> Apply, TaskCompletionSource Done)> batch) => connection.Run(open =>
    {
        using var transaction = open.BeginTransaction();
        foreach (var (apply, _) in batch)
            apply(transaction);
        transaction.Commit();
        return true;
    });
}
