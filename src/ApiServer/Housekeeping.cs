using Microsoft.Extensions.Logging;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.Storage;

namespace Slipway.ApiServer;

/// <summary>Forgets what has had its time: history of the store, and Events.</summary>
internal sealed class Housekeeping(IStore store, CacheFeed feed, ApiServerOptions options, TimeProvider clock, ILogger log)
{
    private readonly ResourceCache _events = feed.For(ServedResource.PrefixOf("", "events"));

    /// <summary>Works once every <see cref="ApiServerOptions.History"/>, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(options.History, clock);
        var (before, compacted) = (store.Revision, store.CompactedRevision);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            try
            {
                await RemoveOldEventsAsync(cancellation);
                // What was the newest revision at the last tick has been history for one interval.
                var now = await store.GetRevisionAsync(cancellation);
                compacted = await CompactAsync(before, compacted, cancellation);
                feed.Forget(compacted);
                before = now;
            }
            catch (IOException e)
            {
                log.LogWarning("housekeeping failed and is tried again in {Interval}: {Cause}", options.History, e.Message);
            }
        }
    }

    // One of several servers is enough: who finds that another has compacted since its own last look leaves it to that one.
    private async ValueTask<long> CompactAsync(long revision, long lastSeen, CancellationToken cancellation)
    {
        var compacted = await store.GetCompactedRevisionAsync(cancellation);
        if (compacted != lastSeen || revision <= compacted) return compacted;
        await store.CompactAsync(revision, cancellation);
        return revision;
    }

    private async ValueTask RemoveOldEventsAsync(CancellationToken cancellation)
    {
        var oldest = clock.GetUtcNow() - options.EventLifetime;
        foreach (var item in _events.Objects.Range(_events.Prefix))
        {
            if (LastSeen(item) is { } seen && seen < oldest) await store.CommitAsync(new StoreWrite(item.Key, null, item.Revision), cancellation);
        }
    }

    private static DateTimeOffset? LastSeen(CachedObject item)
    {
        foreach (var path in (ReadOnlySpan<string>)["series.lastObservedTime", "lastTimestamp", "eventTime", "metadata.creationTimestamp"])
            if (Meta.ParseTime(ScalarReader.Read(item.Bytes.Json.Span, path)) is { } time) return time;
        return null;
    }
}
