using Slipway.Api;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Metrics;
using Slipway.ApiServer.Wire;
using Slipway.Storage;

namespace Slipway.ApiServer.Reads;

/// <summary>Answers GET of objects and collections from the watch caches, and of past revisions from the store.</summary>
internal sealed class ObjectReader(IStore store, CacheFeed feed, StoreMetrics metrics, TimeProvider clock)
{
    /// <summary>The object as of now, or as the caches have it when <paramref name="revision"/> allows that, in the resource's version.</summary>
    /// <exception cref="ApiException">404; 500 where a webhook that converts objects has failed.</exception>
    public async ValueTask<CachedObject> FindAsync(ServedResource resource, string ns, string name, long? revision, CancellationToken cancellation) =>
        await FindOrNullAsync(resource, ns, name, revision, cancellation) ?? throw ApiException.NotFound(resource.Type.Group, resource.Type.Plural, name);

    /// <summary>The same; null when there is no such object.</summary>
    public async ValueTask<CachedObject?> FindOrNullAsync(ServedResource resource, string ns, string name, long? revision, CancellationToken cancellation)
    {
        if (revision is null) await feed.WaitUntilFreshAsync(cancellation);
        else await feed.WaitForNamedAsync(revision.Value, cancellation);
        var item = resource.Cache.Find(resource.Key(ns, name));
        return item is null || resource.Conversion is null ? item : await resource.ShowAsync(item, cancellation);
    }

    public async ValueTask<Reply> GetAsync(ServedResource resource, string ns, string name, long? revision, Presenter presenter, CancellationToken cancellation)
    {
        var item = await FindAsync(resource, ns, name, revision, cancellation);
        return Present(resource, item, presenter);
    }

    /// <summary>A reply that shows one object.</summary>
    public static Reply Present(ServedResource resource, CachedObject item, Presenter presenter, int statusCode = 200)
    {
        var bytes = resource.View(item);
        var output = new System.Buffers.ArrayBufferWriter<byte>(bytes.MaxLength);
        presenter.WriteObject(output, bytes, item.Revision);
        return new Reply { StatusCode = statusCode, ContentType = presenter.ContentType, Body = output.WrittenMemory };
    }

    public async ValueTask<Reply> ListAsync(ServedResource resource, string ns, ListOptions options, Presenter presenter, CancellationToken cancellation)
    {
        var selection = resource.Select(ns, options.Labels, options.Fields);
        var (items, meta) = await SelectAsync(resource, selection, options, cancellation);
        return PresentList(items, meta, presenter);
    }

    /// <summary>A reply that shows a list.</summary>
    public static Reply PresentList(List<CachedObject> items, ListMeta meta, Presenter presenter, IReadOnlyList<KeyValuePair<string, string>>? headers = null)
    {
        var size = 512L;
        foreach (var item in items) size += item.Bytes.MaxLength + 1;
        return new Reply
        {
            ContentType = presenter.ContentType,
            Headers = headers ?? [],
            Chunks = output => presenter.WriteList(output, items, meta),
            SizeHint = (int)Math.Min(size, int.MaxValue / 2),
        };
    }

    /// <summary>The objects selected, in key order and in the resource's version.</summary>
    public async ValueTask<(List<CachedObject> Items, ListMeta Meta)> SelectAsync(
        ServedResource resource, Selection selection, ListOptions options, CancellationToken cancellation)
    {
        if (options.Continue is not null)
        {
            var token = ContinueToken.Parse(options.Continue);
            if (token.Revision > 0) return await AtAsync(resource, selection, options, token.Revision, token, cancellation);
            await feed.WaitUntilFreshAsync(cancellation);
            return await NowAsync(resource, selection, options, resource.Cache.Prefix + token.After, cancellation);
        }
        switch (options.Freshness)
        {
            case Freshness.Exact:
                await feed.WaitForNamedAsync(options.ResourceVersion!.Value, cancellation);
                return await AtAsync(resource, selection, options, options.ResourceVersion.Value, null, cancellation);
            case Freshness.NotOlderThan: await feed.WaitForNamedAsync(options.ResourceVersion!.Value, cancellation); break;
            case Freshness.MostRecent: await feed.WaitUntilFreshAsync(cancellation); break;
        }
        return await NowAsync(resource, selection, options, null, cancellation);
    }

    private ValueTask<(List<CachedObject>, ListMeta)> NowAsync(ServedResource resource, Selection selection, ListOptions options, string? after, CancellationToken cancellation)
    {
        var reached = feed.Revision;   // first how far the feed has come, then the objects: they hold at least everything up to it
        var (objects, newest) = resource.Cache.Snapshot();
        return FromCacheAsync(resource, objects, Math.Max(reached, newest), selection, options, after, cancellation);
    }

    // The state of a revision is that of now where nothing has changed since; the store knows those that have passed.
    private async ValueTask<(List<CachedObject>, ListMeta)> AtAsync(
        ServedResource resource, Selection selection, ListOptions options, long revision, ContinueToken? from, CancellationToken cancellation)
    {
        await feed.WaitForNamedAsync(revision, cancellation);
        var (objects, newest) = resource.Cache.Snapshot();
        return newest <= revision && revision >= store.CompactedRevision
            ? await FromCacheAsync(resource, objects, revision, selection, options, from is { } token ? resource.Cache.Prefix + token.After : null, cancellation)
            : await FromStoreAsync(resource, selection, options, revision, from, cancellation);
    }

    private static ValueTask<(List<CachedObject>, ListMeta)> FromCacheAsync(
        ServedResource resource, ObjectMap objects, long revision, Selection selection, ListOptions options, string? after, CancellationToken cancellation)
    {
        return resource.Conversion is null ? new(FromCache(resource, objects, revision, selection, options, after)) : ConvertedAsync();

        // What labels and fields say is known in the version that is asked for.
        async ValueTask<(List<CachedObject>, ListMeta)> ConvertedAsync()
        {
            if (!selection.IsOfKeys)
            {
                List<CachedObject> all = [.. selection.OfKeys().Among(objects, after)];
                await resource.ShowAsync(all, cancellation);
                objects = ObjectMap.FromSorted(all);
            }
            var (items, meta) = FromCache(resource, objects, revision, selection, options, after);
            await resource.ShowAsync(items, cancellation);
            return (items, meta);
        }
    }

    private static (List<CachedObject>, ListMeta) FromCache(
        ServedResource resource, ObjectMap objects, long revision, Selection selection, ListOptions options, string? after)
    {
        var items = new List<CachedObject>(options.Limit > 0 ? Math.Min(options.Limit, 1024) : selection.SelectsEverything ? objects.Count : 16);
        foreach (var item in selection.Among(objects, after))
        {
            if (options.Limit > 0 && items.Count == options.Limit)
            {
                var remaining = selection.SelectsEverything ? objects.CountAfter(selection.Prefix, items[^1].Key) : (long?)null;
                return (items, new(revision, TokenAfter(resource, revision, items[^1], remaining), remaining));
            }
            items.Add(item);
        }
        return (items, new(revision, null, null));
    }

    private async ValueTask<(List<CachedObject>, ListMeta)> FromStoreAsync(
        ServedResource resource, Selection selection, ListOptions options, long revision, ContinueToken? from, CancellationToken cancellation)
    {
        var items = new List<CachedObject>();
        var key = from is { } token ? resource.Cache.Prefix + token.After : null;
        var limit = options.Limit > 0 ? options.Limit : int.MaxValue;
        while (true)
        {
            StorePage page;
            try
            {
                page = await PageAsync(resource, selection.Prefix, key, selection.SelectsEverything ? Math.Min(limit - items.Count, 1000) : 1000, revision, cancellation);
            }
            catch (CompactedException)
            {
                throw from is { } expired ? new ExpiredListException(new ContinueToken(-1, expired.After)) : ApiException.Expired("The resourceVersion for the provided list is too old.");
            }
            List<CachedObject> records = [.. page.Records.Select(r => new CachedObject(r, resource.Cache.Prefix.Length))];
            await resource.ShowAsync(records, cancellation);
            foreach (var (item, index) in records.Select((r, i) => (r, i)))
            {
                if (!selection.MatchesSelectors(item)) continue;
                items.Add(item);
                if (items.Count < limit) continue;
                var more = page.More || index < page.Records.Count - 1;
                // What is left was counted when the list began: the collection of now is another one.
                var remaining = more ? from?.Remaining - items.Count : null;
                return (items, new(revision, more ? TokenAfter(resource, revision, item, remaining) : null, remaining));
            }
            if (!page.More) return (items, new(revision, null, null));
            key = page.Records[^1].Key;
        }
    }

    private async ValueTask<StorePage> PageAsync(ServedResource resource, string prefix, string? after, int limit, long revision, CancellationToken cancellation)
    {
        var (began, meter) = (clock.GetTimestamp(), metrics.Of("list", resource.Type.Group, resource.Type.Plural));
        try
        {
            var page = await store.ListAsync(prefix, after, limit, revision, cancellation);
            meter.Observe(clock.GetElapsedTime(began));
            return page;
        }
        catch (Exception e) when (e is IOException or CompactedException)
        {
            meter.Fail(clock.GetElapsedTime(began));
            throw;
        }
    }

    private static string TokenAfter(ServedResource resource, long revision, CachedObject last, long? remaining) =>
        new ContinueToken(revision, last.Key[resource.Cache.Prefix.Length..], remaining).ToString();
}

/// <summary>The revision of a continue token is gone; the list can go on at the newest state with another token.</summary>
internal sealed class ExpiredListException(ContinueToken next) : Exception("the continue token has expired")
{
    public ContinueToken Next { get; } = next;
}
