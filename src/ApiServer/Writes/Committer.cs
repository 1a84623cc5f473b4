using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Metrics;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Wire;
using Slipway.Storage;

namespace Slipway.ApiServer.Writes;

/// <summary>Writes documents to the store at an expected revision, and shows what was written.</summary>
internal sealed class Committer(IStore store, CacheFeed feed, StoreMetrics metrics, TimeProvider clock)
{
    private long _policiesWritten;

    /// <summary>Revision of this server's newest write to what admission decides by: who admits waits for it.</summary>
    public long PoliciesWritten => Volatile.Read(ref _policiesWritten);

    /// <summary>What became of a write: the object as it is now, or what stands in its way (null if nothing is stored), in the resource's version.</summary>
    public readonly record struct Outcome(bool Committed, CachedObject? Object);

    /// <summary>Writes a document, which is used up.</summary>
    public async ValueTask<Outcome> PutAsync(WriteContext context, JsonObject document, long expectedRevision, CancellationToken cancellation)
    {
        var resource = context.Resource;
        var key = resource.Key(document.Namespace, document.Name);
        var stored = StoredDocument.Shape(document);
        var value = await EncodeAsync(resource, stored, cancellation);
        if (value.Length > DocumentSteps.MaxObjectBytes && !context.IsApply && Ownership.Detach(stored) is not null) value = await EncodeAsync(resource, stored, cancellation);
        DocumentSteps.CheckSize(value, stored);
        if (context.DryRun)
        {
            var current = resource.Cache.Find(key);
            var revision = current?.Revision ?? 0;
            var (met, seen) = revision == expectedRevision
                ? (true, new CachedObject(new StoreRecord(key, value, current?.Record.CreateRevision ?? 0, revision), resource.Cache.Prefix.Length))
                : (false, current);
            return new(met, seen is null ? null : await resource.ShowAsync(seen, cancellation));
        }

        var result = await CommitAsync((resource.Type.Group, resource.Type.Plural), new StoreWrite(key, value, expectedRevision), cancellation);
        var record = result.Committed
            ? new StoreRecord(key, value, expectedRevision == 0 ? result.Revision : 0, result.Revision)
            : result.Current;
        return new(result.Committed, record is null ? null : await ShownAsync(resource, record, cancellation));
    }

    /// <summary>Writes a document of a built-in kind over what is stored, for the server itself.</summary>
    public async ValueTask<Outcome> ReplaceAsync(ResourceCache cache, (string Group, string Plural) of, JsonObject document, CachedObject item, CancellationToken cancellation)
    {
        var value = StoredValue.Make(StoredDocument.Shape(document), 0);
        var result = await CommitAsync(of, new StoreWrite(item.Key, value, item.Revision), cancellation);
        var record = result.Committed ? new StoreRecord(item.Key, value, item.Record.CreateRevision, result.Revision) : result.Current;
        return new(result.Committed, record is null ? null : new CachedObject(record, cache.Prefix.Length));
    }

    /// <summary>Removes an object at its revision.</summary>
    public async ValueTask<Outcome> RemoveAsync(WriteContext context, CachedObject item, CancellationToken cancellation)
    {
        if (context.DryRun) return new(true, item);
        var result = await CommitAsync((context.Type.Group, context.Type.Plural), new StoreWrite(item.Key, null, item.Revision), cancellation);
        if (!result.Committed)
            return new(false, result.Current is null ? null : await ShownAsync(context.Resource, result.Current, cancellation));
        // The last state is shown at the revision of the deletion, as watchers see it.
        return new(true, new CachedObject(item.Record with { Revision = result.Revision }, context.Resource.Cache.Prefix.Length));
    }

    /// <summary>The document of an object, as the resource's version shows it, with its resource version.</summary>
    public static JsonObject Parse(ServedResource resource, CachedObject item) =>
        StoredDocument.WithRevision((JsonObject)JsonNode.Parse(resource.View(item).Json.Span, documentOptions: Nesting.Document)!, item.Revision);

    /// <summary>A reply that shows an object, with the warnings of the request.</summary>
    public static Reply Show(WriteContext context, CachedObject item, int statusCode)
    {
        var reply = ObjectReader.Present(context.Resource, item, context.Presenter, statusCode);
        return context.Warnings.Count == 0 ? reply : new Reply { StatusCode = statusCode, ContentType = reply.ContentType, Body = reply.Body, Headers = context.WarningHeaders() };
    }

    private async ValueTask<CommitResult> CommitAsync((string Group, string Plural) of, StoreWrite write, CancellationToken cancellation)
    {
        var (began, meter) = (clock.GetTimestamp(), metrics.Of(write, of.Group, of.Plural));
        CommitResult result;
        try
        {
            result = await store.CommitAsync(write, cancellation);
        }
        catch (IOException)
        {
            meter.Fail(clock.GetElapsedTime(began));
            throw;
        }
        meter.Observe(clock.GetElapsedTime(began));
        if (result.Committed && AdmissionChain.Policies.Contains(of)) NotePolicy(result.Revision);
        return result;
    }

    private void NotePolicy(long revision)
    {
        long known;
        while ((known = PoliciesWritten) < revision)
            if (Interlocked.CompareExchange(ref _policiesWritten, revision, known) == known) return;
    }

    private static ValueTask<byte[]> EncodeAsync(ServedResource resource, JsonObject stored, CancellationToken cancellation) => resource.Custom is { } custom
        ? custom.EncodeAsync(stored, cancellation)
        : new(StoredValue.Make(resource.Form is { } form ? form.ToStored(stored) : stored, 0));

    private ValueTask<CachedObject> ShownAsync(ServedResource resource, StoreRecord record, CancellationToken cancellation)
    {
        var item = new CachedObject(record, resource.Cache.Prefix.Length);
        return resource.Conversion is null ? new(item) : ConvertedAsync();

        // The caches' own object is the one whose form readers and watchers share.
        async ValueTask<CachedObject> ConvertedAsync()
        {
            await feed.WaitForAsync(record.Revision, cancellation);
            var cached = resource.Cache.Find(record.Key);
            return await resource.ShowAsync(cached?.Revision == record.Revision ? cached : item, cancellation);
        }
    }
}
