using System.Text;

namespace Slipway.Storage.Tests.Contract;

/// <summary>
/// The contract of <see cref="IStore"/>, sentence by sentence; each implementation inherits every test. Tests count revisions
/// from 1, as a store has it that was never written: <see cref="At"/> says which one that is in a store that shares its revisions.
/// </summary>
public abstract partial class StoreContract : IAsyncLifetime
{
    private long _before;

    protected IStore Store { get; private set; } = null!;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Opens a store without a key.</summary>
    protected abstract ValueTask<IStore> OpenAsync();

    /// <summary>The largest value that a store must take.</summary>
    protected virtual int LargeValue => 3_000_000;

    /// <summary>Whether what it holds is in files.</summary>
    protected virtual bool IsOnDisk => true;

    /// <summary>Whether a watch may have changes on their way to its reader that compaction no longer takes away.</summary>
    protected virtual bool SendsAhead => false;

    /// <summary>Of so many past revisions one is compared, where each comparison is a call to another process.</summary>
    protected virtual int OneOf => 1;

    public virtual async ValueTask InitializeAsync()
    {
        Store = await OpenAsync();
        _before = Store.Revision - 1;
    }

    protected long At(long revision) => _before + revision;

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Store.DisposeAsync();
    }

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static string? Text(StoreRecord? record) => record is null ? null : Encoding.UTF8.GetString(record.Value.Span);

    /// <summary>Writes whatever is there, and returns the commit's revision.</summary>
    protected async Task<long> PutAsync(string key, string value)
    {
        var stored = await Store.GetAsync(key, Cancel);
        var result = await Store.CommitAsync(new StoreWrite(key, Bytes(value), stored?.Revision ?? 0), Cancel);
        Assert.True(result.Committed);
        return result.Revision;
    }

    protected async Task<long> DeleteAsync(string key)
    {
        var stored = await Store.GetAsync(key, Cancel);
        Assert.NotNull(stored);
        var result = await Store.CommitAsync(new StoreWrite(key, null, stored.Revision), Cancel);
        Assert.True(result.Committed);
        return result.Revision;
    }

    protected async Task<string[]> ListAsync(string prefix, long revision = 0) =>
        [.. (await Store.ListAsync(prefix, null, 0, revision, Cancel)).Records.Select(record => $"{record.Key}={Text(record)}")];

    /// <summary>The batches of a watch until it has come to a revision.</summary>
    protected async Task<List<StoreBatch>> WatchUntilAsync(string prefix, long after, long until)
    {
        var batches = new List<StoreBatch>();
        await foreach (var batch in Store.WatchAsync(prefix, after, Cancel))
        {
            batches.Add(batch);
            if (batch.Revision >= until)
                break;
        }
        return batches;
    }

    protected async Task<StoreChange[]> ChangesAsync(string prefix, long after, long until) =>
        [.. (await WatchUntilAsync(prefix, after, until)).SelectMany(batch => batch.Changes)];
}
