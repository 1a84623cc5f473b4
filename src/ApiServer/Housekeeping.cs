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
        var before = store.Revision;
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            try
            {
                await RemoveOldEventsAsync(cancellation);
                // What was the newest revision at the last tick has been history for one interval.
                var now = store.Revision;
                if (before > store.CompactedRevision) await store.CompactAsync(before, cancellation);
                before = now;
            }
            catch (IOException e)
            {
                log.LogWarning("housekeeping failed and is tried again in {Interval}: {Cause}", options.History, e.Message);
            }
        }
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
