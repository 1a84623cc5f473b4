using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Storage;

namespace Slipway.ApiServer.Caching;

/// <summary>
/// Feeds the caches of all resources from one watch of the store, so that one number says how far all of them have come.
/// A read that must not be stale waits until that number has reached the store's revision.
/// </summary>
internal sealed class CacheFeed(IStore store, TimeProvider clock, ILogger log)
{
    /// <summary>Start of all keys.</summary>
    public const string Root = "/registry/";

    private const int LoadPage = 1000;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, ResourceCache> _caches = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private TaskCompletionSource? _advance;
    private long _revision;

    /// <summary>Every change up to this revision is in the caches.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>The cache of a resource, by the start of its keys: <c>/registry/GROUP/PLURAL/</c>.</summary>
    public ResourceCache For(string prefix) => _caches.GetOrAdd(prefix, static (p, revision) => new ResourceCache(p, revision), Revision);

    /// <summary>Reads the whole store into the caches.</summary>
    public async Task LoadAsync(CancellationToken cancellation)
    {
        var loaded = new Dictionary<string, List<CachedObject>>(StringComparer.Ordinal);
        string? after = null;
        long revision = 0;
        while (true)
        {
            var page = await store.ListAsync(Root, after, LoadPage, revision, cancellation);
            revision = page.Revision;
            foreach (var record in page.Records)
            {
                if (PrefixOf(record.Key) is not { } prefix) continue;
                if (!loaded.TryGetValue(prefix, out var list)) loaded[prefix] = list = [];
                list.Add(new CachedObject(record, prefix.Length));
            }
            if (!page.More) break;
            after = page.Records[^1].Key;
        }
        foreach (var prefix in loaded.Keys.Union(_caches.Keys).ToArray())
            For(prefix).Reset(loaded.GetValueOrDefault(prefix) ?? [], revision);
        Advance(revision);
    }

    /// <summary>Follows the store until cancelled.</summary>
    public async Task RunAsync(TimeSpan bookmarkInterval, CancellationToken cancellation)
    {
        await using var bookmarks = clock.CreateTimer(_ => OfferBookmarks(), null, bookmarkInterval, bookmarkInterval);
        var load = false;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                if (load) await LoadAsync(cancellation);
                load = false;
                await FollowAsync(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (CompactedException e)
            {
                log.LogWarning("the watch caches fell behind and are loaded anew: {Cause}", e.Message);
                load = true;
            }
            catch (Exception e)
            {
                // The boundary of the loop that every read depends on: whatever it was, the caches start over.
                log.LogError(e, "the watch caches lost the store and are loaded anew");
                load = true;
                await Task.Delay(RetryDelay, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        await foreach (var batch in store.WatchAsync(Root, Revision, cancellation))
        {
            foreach (var change in batch.Changes)
                if (PrefixOf(change.Key) is { } prefix) For(prefix).Apply(change);
            Advance(batch.Revision);
        }
    }

    /// <summary>Forgets the history that the store has forgotten, so that all servers over it refuse the same revisions.</summary>
    /// <param name="compacted">The oldest revision of which the store still knows.</param>
    public void Forget(long compacted)
    {
        foreach (var cache in _caches.Values) cache.Forget(Math.Min(compacted, Revision));
    }

    /// <summary>Completes when the caches hold everything that the store had committed at the time of the call, by whatever server.</summary>
    /// <exception cref="StoreUnreachableException">The store does not say how far it has come.</exception>
    public ValueTask WaitUntilFreshAsync(CancellationToken cancellation)
    {
        var newest = store.GetRevisionAsync(cancellation);
        return newest.IsCompletedSuccessfully ? WaitForAsync(newest.Result, cancellation) : WaitAsync(newest);

        async ValueTask WaitAsync(ValueTask<long> asked) => await WaitForAsync(await asked, cancellation);
    }

    /// <summary>Completes when the caches have reached a revision.</summary>
    public ValueTask WaitForAsync(long revision, CancellationToken cancellation) =>
        Revision >= revision ? ValueTask.CompletedTask : WaitSlowlyAsync(revision, cancellation);

    /// <summary>Like <see cref="WaitForAsync"/>, for a revision that a client named and that may never come.</summary>
    /// <exception cref="ApiException">504: it did not come in time.</exception>
    public async ValueTask WaitForNamedAsync(long revision, CancellationToken cancellation)
    {
        if (Revision >= revision) return;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(3), clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await WaitSlowlyAsync(revision, both.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new ApiException(504, "Timeout", $"Too large resource version: {revision}, current: {Revision}")
            {
                Causes = [new StatusCause("ResourceVersionTooLarge", "", "Too large resource version")],
                RetryAfterSeconds = 1,
            };
        }
    }

    private async ValueTask WaitSlowlyAsync(long revision, CancellationToken cancellation)
    {
        while (Revision < revision)
        {
            Task next;
            lock (_gate)
            {
                if (_revision >= revision) return;
                next = (_advance ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            await next.WaitAsync(cancellation);
        }
    }

    private void Advance(long revision)
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            if (revision > _revision) Volatile.Write(ref _revision, revision);
            (waiting, _advance) = (_advance, null);
        }
        waiting?.SetResult();
    }

    private void OfferBookmarks()
    {
        foreach (var cache in _caches.Values) cache.OfferBookmarks(Revision);
    }

    // A key is /registry/GROUP/PLURAL/…
    private string? PrefixOf(string key)
    {
        var rest = key.AsSpan(Root.Length);
        var group = rest.IndexOf('/');
        var plural = group < 0 ? -1 : rest[(group + 1)..].IndexOf('/');
        if (plural < 0) return null;
        var prefix = key.AsSpan(0, Root.Length + group + plural + 2);
        return _caches.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(prefix, out var known) ? known.Prefix : prefix.ToString();
    }
}
