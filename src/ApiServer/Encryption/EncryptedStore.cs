using System.Runtime.CompilerServices;
using Slipway.Storage;

namespace Slipway.ApiServer.Encryption;

/// <summary>
/// A store whose values under some prefixes are encrypted: their plaintext never reaches the store beneath.
/// </summary>
/// <param name="inner">The store that keeps the values. Disposed with this one.</param>
/// <param name="prefixes">Starts of the keys whose values are encrypted.</param>
/// <param name="keys">The keys of the moment; they may change while the store is used, as long as those in use stay.</param>
internal sealed class EncryptedStore(IStore inner, IReadOnlyList<string> prefixes, Func<EncryptionKeys> keys) : IStore
{
    private const int Page = 500;

    public long Revision => inner.Revision;

    public long CompactedRevision => inner.CompactedRevision;

    public ValueTask<long> GetRevisionAsync(CancellationToken cancellation) => inner.GetRevisionAsync(cancellation);

    public ValueTask<long> GetCompactedRevisionAsync(CancellationToken cancellation) => inner.GetCompactedRevisionAsync(cancellation);

    public ValueTask<long?> GetSizeAsync(CancellationToken cancellation) => inner.GetSizeAsync(cancellation);

    public async ValueTask<CommitResult> CommitAsync(StoreWrite write, CancellationToken cancellation)
    {
        if (!IsCovered(write.Key)) return await inner.CommitAsync(write, cancellation);
        var covered = write.Value is { } value ? write with { Value = keys().Seal(write.Key, value.Span) } : write;
        var result = await inner.CommitAsync(covered, cancellation);
        return result with { Current = Opened(result.Current) };
    }

    public async ValueTask<StoreRecord?> GetAsync(string key, CancellationToken cancellation) => Opened(await inner.GetAsync(key, cancellation));

    public async ValueTask<StorePage> ListAsync(string prefix, string? after, int limit, long revision, CancellationToken cancellation)
    {
        var page = await inner.ListAsync(prefix, after, limit, revision, cancellation);
        return page.Records.Any(r => IsCovered(r.Key)) ? page with { Records = [.. page.Records.Select(r => Opened(r)!)] } : page;
    }

    public async IAsyncEnumerable<StoreBatch> WatchAsync(string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var batch in inner.WatchAsync(prefix, afterRevision, cancellation))
            yield return batch.Changes.Any(c => IsCovered(c.Key)) ? batch with { Changes = [.. batch.Changes.Select(Opened)] } : batch;
    }

    public ValueTask CompactAsync(long revision, CancellationToken cancellation) => inner.CompactAsync(revision, cancellation);

    /// <summary>Writes everything anew that is not sealed with the encrypting key, each at the revision it has.</summary>
    /// <returns>How many values were written. One that somebody else wrote meanwhile is sealed with it already.</returns>
    public async Task<int> ResealAsync(CancellationToken cancellation)
    {
        var resealed = 0;
        foreach (var prefix in prefixes)
        {
            string? after = null;
            StorePage page;
            do
            {
                page = await inner.ListAsync(prefix, after, Page, 0, cancellation);
                var current = keys();
                foreach (var record in page.Records.Where(r => !current.IsCurrent(r.Value.Span)))
                {
                    var result = await CommitAsync(new(record.Key, current.Open(record.Key, record.Value), record.Revision), cancellation);
                    if (result.Committed) resealed++;
                }
                if (page.Records.Count > 0) after = page.Records[^1].Key;
            }
            while (page.More);
        }
        return resealed;
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private bool IsCovered(string key)
    {
        foreach (var prefix in prefixes)
            if (key.StartsWith(prefix, StringComparison.Ordinal)) return true;
        return false;
    }

    private StoreChange Opened(StoreChange change) =>
        IsCovered(change.Key) ? change with { Current = Opened(change.Current), Previous = Opened(change.Previous) } : change;

    private StoreRecord? Opened(StoreRecord? record) =>
        record is not null && IsCovered(record.Key) ? record with { Value = keys().Open(record.Key, record.Value) } : record;
}
