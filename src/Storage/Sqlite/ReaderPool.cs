using System.Collections.Concurrent;

namespace Slipway.Storage.Sqlite;

/// <summary>A few reading connections, opened when first needed. Reads run on the caller's thread: mostly from the page cache.</summary>
internal sealed class ReaderPool(string path, int size) : IAsyncDisposable
{
    private readonly ConcurrentBag<StoreReader> _idle = [];
    private readonly SemaphoreSlim _free = new(size);
    private volatile bool _disposed;

    public async ValueTask<T> ReadAsync<T>(Func<StoreReader, T> read, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(IStore));
        await _free.WaitAsync(cancellation).ConfigureAwait(false);
        StoreReader? reader = null;
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(IStore));
            if (!_idle.TryTake(out reader))
                reader = new StoreReader(DatabaseFile.OpenForReading(path));
            return read(reader);
        }
        catch (Exception e) when (e is SqliteError or StoreUnusableException)
        {
            reader?.Dispose(); // its statements may be in any state
            reader = null;
            if (e is SqliteError error)
                throw DatabaseFile.Unusable(path, error);
            throw;
        }
        finally
        {
            if (reader is not null)
                _idle.Add(reader);
            _free.Release();
        }
    }

    /// <summary>Lets the reads under way end, and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        for (var i = 0; i < size; i++)
            await _free.WaitAsync().ConfigureAwait(false);
        while (_idle.TryTake(out var reader))
            reader.Dispose();
        _free.Release(size); // those who still wait find out
    }
}
