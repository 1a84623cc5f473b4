using System.Net;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Writes;
using Slipway.Storage;

namespace Slipway.ApiServer.Services;

/// <summary>
/// Gives services their addresses and ports on the way of a write. Writes of services take turns in this process; among processes
/// over one store, what is given is noted in one record first, at its expected revision, so that nothing is given twice.
/// </summary>
/// <param name="store">Holds the notes.</param>
/// <param name="feed">Feeds the caches of services and notes.</param>
/// <param name="options">What services are given of, where the store does not say it.</param>
/// <param name="random">Which of what is free they are given.</param>
/// <param name="self">Tells this process from others over the same store.</param>
/// <param name="clock">Time of notes.</param>
internal sealed class ServiceAllocator(IStore store, CacheFeed feed, ServiceOptions options, Random random, string self, TimeProvider clock) : IDisposable
{
    private static readonly string NotesPrefix = ServedResource.PrefixOf("", "serviceallocations");
    private static readonly string NotesKey = NotesPrefix + "pending";

    private readonly SemaphoreSlim _turn = new(1);
    private readonly PolicyObjects<ServiceHolding> _services = new(feed, "", "services", ServiceHolding.OfService);
    private readonly PolicyObjects<ServiceHolding> _addresses = new(feed, "networking.k8s.io", "ipaddresses", ServiceHolding.OfAddress);
    private readonly ResourceCache _notes = feed.For(NotesPrefix);
    private readonly PolicyObjects<FurtherRanges> _ranges = new(feed, "networking.k8s.io", "servicecidrs", FurtherRanges.Read);

    /// <summary>Begins a turn, which lasts until the result is disposed, after the commit; other kinds need none.</summary>
    public async ValueTask<Turn> EnterAsync(WriteContext context, CancellationToken cancellation)
    {
        if (!Concerns(context)) return default;
        await _turn.WaitAsync(cancellation);
        return new Turn(_turn);
    }

    /// <summary>Completes a service within a turn; other kinds are left alone.</summary>
    /// <param name="context">The write.</param>
    /// <param name="old">The service as it is; null for a new one.</param>
    /// <param name="document">The service as it is to be.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ApiException">422: what it asks for cannot be given.</exception>
    public async ValueTask GiveAsync(WriteContext context, JsonObject? old, JsonObject document, CancellationToken cancellation)
    {
        // What nobody touches is not given anew, whatever became of the ranges.
        if (!Concerns(context) || (old is not null && JsonNode.DeepEquals(old["spec"], document["spec"]))) return;
        var key = context.Resource.Key(document.Namespace, document.Name);
        while (true)
        {
            await feed.WaitUntilFreshAsync(cancellation);
            // A name that is taken is the first thing to say of a new service, and the commit says it.
            if (old is null && _services.Cache.Find(key) is not null) return;

            // Notes before services: another process notes its next service over this one only when this one has been committed.
            var notes = _notes.Find(NotesKey);
            var pending = PendingAllocations.Read(notes is null ? [] : Parse(notes), clock.GetUtcNow());
            var others = _services.Cache.Objects.Range(_services.Cache.Prefix).Where(service => service.Key != key).Select(_services.Of);
            var held = ServiceHoldings.Together(others.Concat(pending.OfOthers(self, key).Select(ServiceHolding.OfService)).Concat(_addresses.All));
            var attempt = (JsonObject)document.DeepClone();
            var kept = old?.Object("spec")?.Array("clusterIPs")?.Select(a => a.AsText() ?? "").ToArray();
            var causes = new ServiceAllocation(options with { Addresses = Addresses }, random).Give(attempt, held, kept, [.. _ranges.All.SelectMany(range => range.Networks)]);
            if (causes.Count > 0) throw context.Invalid(document.Name, causes);
            if (!context.DryRun && !await NoteAsync(pending.With(self, key, attempt), notes?.Revision ?? 0, cancellation)) continue;
            document["spec"] = attempt["spec"]!.DeepClone();
            return;
        }
    }

    public void Dispose() => _turn.Dispose();

    // All servers over one store give of the same ranges: those of the first one, which it has written down.
    private IReadOnlyList<IPNetwork> Addresses => _ranges.Find("", KubernetesService.Name) is { Declared.Count: > 0 } first ? first.Declared : options.Addresses;

    private static bool Concerns(WriteContext context) => context.Type is { Group: "", Plural: "services" } && context.Path.Subresource.Length == 0;

    private async ValueTask<bool> NoteAsync(PendingAllocations pending, long expected, CancellationToken cancellation) =>
        (await store.CommitAsync(new StoreWrite(NotesKey, StoredValue.Make(pending.ToJson(), 0), expected), cancellation)).Committed;

    private static JsonObject Parse(CachedObject item) => (JsonObject)JsonNode.Parse(item.Bytes.Json.Span, documentOptions: Nesting.Document)!;

    /// <summary>A turn.</summary>
    internal readonly struct Turn(SemaphoreSlim? turn) : IDisposable
    {
        public void Dispose() => turn?.Release();
    }
}
