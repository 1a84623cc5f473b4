using System.IO.Pipelines;
using Slipway.Api;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Metrics;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Reads;

/// <summary>
/// One watch: what exists or has happened since a revision, then every change, until the time is over, the client leaves, it
/// falls too far behind or what it watches is no longer served so (<see href="https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes"/>).
/// </summary>
internal sealed class WatchStream(ServedResource resource, Selection selection, ListOptions options, Presenter presenter, WatchMeters meters, CacheFeed feed, TimeProvider clock)
{
    private const int FlushBytes = 64 << 10;
    private static readonly TimeSpan LastBookmark = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(45);

    // Where a webhook converts objects, the cache can only tell by their keys which ones may concern the watch.
    private readonly Watcher _watcher = new(
        resource.Conversion is null ? selection : selection.OfKeys() with { TellsPrevious = !selection.IsOfKeys }, options.AllowBookmarks, meters);

    // What precedes the live events: the objects that exist, or the changes since the revision asked for.
    private ObjectMap? _existing;
    private CacheEvent[] _missed = [];
    private long _start;

    /// <summary>Waits for the freshness asked for and subscribes, so that nothing is missed from here on.</summary>
    /// <exception cref="ApiException">410: the revision is too old.</exception>
    public async ValueTask<Reply> StartAsync(CancellationToken cancellation)
    {
        switch (options.ResourceVersion)
        {
            case null: await feed.WaitUntilFreshAsync(cancellation); break;
            case > 0 and var revision when options.SendInitialEvents: await feed.WaitForNamedAsync(revision, cancellation); break;
        }
        if (options.SendInitialEvents || options.ResourceVersion is null or 0)
        {
            (_existing, _start) = resource.Cache.Subscribe(_watcher, () => feed.Revision);
            if (!options.SendInitialEvents) _existing = null;
        }
        else
            (_missed, _start) = (resource.Cache.Subscribe(_watcher, options.ResourceVersion.Value), options.ResourceVersion.Value);
        return new Reply { ContentType = presenter.StreamContentType, Streamed = RunAsync };
    }

    private async Task RunAsync(PipeWriter output, CancellationToken cancellation)
    {
        var time = options.Timeout ?? DefaultTimeout;
        using var timeout = new CancellationTokenSource(time, clock);
        // A client that watches again soon after can then do so from close by.
        await using var nearEnd = options.AllowBookmarks && time > LastBookmark
            ? clock.CreateTimer(_ => resource.Cache.OfferBookmark(_watcher, feed.Revision), null, time - LastBookmark, Timeout.InfiniteTimeSpan)
            : null;
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token, resource.Ended);
            if (!await WriteStartAsync(output, cancellation)) return;
            while (await _watcher.Items.WaitToReadAsync(end.Token))
                if (!await WriteTheRestAsync(output, cancellation)) return;
            if (_watcher.Expired) presenter.WriteError(output, ApiException.Expired("the watch fell too far behind: list again"));
            await FlushAsync(output, cancellation);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            await EndAsync(output, cancellation);
        }
        catch (ApiException failure)
        {
            presenter.WriteError(output, failure);
            await FlushAsync(output, cancellation);
        }
        finally
        {
            resource.Cache.Unsubscribe(_watcher);
        }
    }

    // What has been told of it and not written yet.
    private async ValueTask<bool> WriteTheRestAsync(PipeWriter output, CancellationToken cancellation)
    {
        while (_watcher.Items.TryRead(out var item))
        {
            // A watch from a revision that is yet to come begins there.
            if (item.Object is null || item.Revision > _start) await WriteAsync(output, item, cancellation);
            if (output.UnflushedBytes >= FlushBytes && !await FlushAsync(output, cancellation)) return false;
        }
        return await FlushAsync(output, cancellation);
    }

    // Its time is over, or what it watches is no longer served so: then the last objects have gone before their definition has.
    private async ValueTask EndAsync(PipeWriter output, CancellationToken cancellation)
    {
        try
        {
            if (resource.Ended.IsCancellationRequested) await WriteTheRestAsync(output, cancellation);
        }
        catch (ApiException failure)
        {
            presenter.WriteError(output, failure);   // the webhook that converts them has gone, too
        }
        await FlushAsync(output, cancellation);
    }

    private async ValueTask<bool> WriteStartAsync(PipeWriter output, CancellationToken cancellation)
    {
        if (_existing is not null)
        {
            foreach (var item in await ExistingAsync(_existing, cancellation))
            {
                Write(output, new(WatchType.Added, item, item.Revision));
                if (output.UnflushedBytes >= FlushBytes && !await FlushAsync(output, cancellation)) return false;
            }
            if (options.AllowBookmarks) Write(output, new(WatchType.Bookmark, null, _start), isEndOfExisting: true);
            _existing = null;
        }
        foreach (var change in _missed)
        {
            if (_watcher.Selection.Translate(change) is { } item) await WriteAsync(output, item, cancellation);
            if (output.UnflushedBytes >= FlushBytes && !await FlushAsync(output, cancellation)) return false;
        }
        _missed = [];
        return await FlushAsync(output, cancellation);
    }

    private async ValueTask<IEnumerable<CachedObject>> ExistingAsync(ObjectMap existing, CancellationToken cancellation)
    {
        if (resource.Conversion is null) return selection.Among(existing);
        List<CachedObject> items = [.. _watcher.Selection.Among(existing)];
        await resource.ShowAsync(items, cancellation);
        return items.Where(selection.MatchesSelectors);
    }

    private ValueTask WriteAsync(PipeWriter output, in WatchItem item, CancellationToken cancellation)
    {
        if (item.Object is not null && resource.Conversion is not null) return ConvertedAsync(item);
        Write(output, item);
        return ValueTask.CompletedTask;

        async ValueTask ConvertedAsync(WatchItem raw)
        {
            var told = await resource.ShowAsync(raw.Object!, cancellation);
            var before = raw.Previous is null ? told : await resource.ShowAsync(raw.Previous, cancellation);
            var change = new CacheEvent(raw.Type == WatchType.Deleted ? null : told, raw.Type == WatchType.Added ? null : before, raw.Revision);
            if (selection.Translate(change) is { } item) Write(output, item);
        }
    }

    private void Write(PipeWriter output, in WatchItem item, bool isEndOfExisting = false)
    {
        var before = output.UnflushedBytes;
        if (item.Object is null) presenter.WriteBookmark(output, item.Revision, isEndOfExisting);
        else presenter.WriteEvent(output, item.Type, item.Object, item.Revision);
        meters.Observe(output.UnflushedBytes - before);
    }

    private static async ValueTask<bool> FlushAsync(PipeWriter output, CancellationToken cancellation) =>
        !(await output.FlushAsync(cancellation)).IsCompleted;
}
