using System.Globalization;
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
/// over one store, what is given is noted in one record first, at its expected revision, so that nothing is given twice. What others have noted
/// counts until the caches show what became of the service that it was for, or it is withdrawn because nothing was committed.
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

    private const int Withdrawals = 3;
    private static readonly TimeSpan WithdrawalPatience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly PolicyObjects<ServiceHolding> _services = new(feed, "", "services", ServiceHolding.OfService);
    private readonly PolicyObjects<ServiceHolding> _addresses = new(feed, "networking.k8s.io", "ipaddresses", ServiceHolding.OfAddress);
    private readonly ResourceCache _notes = feed.For(NotesPrefix);
    private readonly PolicyObjects<FurtherRanges> _ranges = new(feed, "networking.k8s.io", "servicecidrs", FurtherRanges.Read);

    // Within a turn: what was noted in it for a commit of which nothing is on its way.
    private (PendingAllocations Notes, long Revision)? _noted;

    /// <summary>Begins a turn, which lasts until the result is disposed, after the commit; other kinds need none.</summary>
    public async ValueTask<Turn> EnterAsync(WriteContext context, CancellationToken cancellation)
    {
        if (!Concerns(context)) return default;
        await _turn.WaitAsync(cancellation);
        return new Turn(this);
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
            // And what became of those that were noted before the services: one that is found committed is among them, or gone again.
            var unsettled = pending.OfOthers(self, key).Where(n => !IsSettled(n)).Select(n => ServiceHolding.OfService(new JsonObject { ["spec"] = n.Spec.DeepClone() })).ToList();
            var others = _services.Cache.Objects.Range(_services.Cache.Prefix).Where(service => service.Key != key).Select(_services.Of);
            var held = ServiceHoldings.Together(others.Concat(unsettled).Concat(_addresses.All));
            var attempt = (JsonObject)document.DeepClone();
            var kept = old?.Object("spec")?.Array("clusterIPs")?.Select(a => a.AsText() ?? "").ToArray();
            var causes = new ServiceAllocation(options with { Addresses = Addresses }, random).Give(attempt, held, kept, [.. _ranges.All.SelectMany(range => range.Networks)]);
            if (causes.Count > 0) throw context.Invalid(document.Name, causes);
            var over = old is null ? 0 : long.Parse(old.ResourceVersion, CultureInfo.InvariantCulture);
            if (!context.DryRun && !await NoteAsync(pending.With(self, key, over, attempt), notes?.Revision ?? 0, cancellation)) continue;
            document["spec"] = attempt["spec"]!.DeepClone();
            return;
        }
    }

    public void Dispose() => _turn.Dispose();

    // All servers over one store give of the same ranges: those of the first one, which it has written down.
    private IReadOnlyList<IPNetwork> Addresses => _ranges.Find("", KubernetesService.Name) is { Declared.Count: > 0 } first ? first.Declared : options.Addresses;

    private static bool Concerns(WriteContext context) => context.Type is { Group: "", Plural: "services" } && context.Path.Subresource.Length == 0;

    // Whether the caches show what became of a commit: it has taken effect, or it cannot any more.
    private bool IsSettled(PendingAllocation noted)
    {
        var now = _services.Cache.Find(noted.Key);
        // What replaces a service is refused once that is another one.
        if (noted.Over > 0) return now?.Revision != noted.Over;
        // Of a new one the name does not tell: another may have had it meanwhile. Its uid does, also when it is gone again.
        return noted.Uid.Length > 0 && (IsOf(now, noted.Uid) || _services.Cache.ChangesOf(noted.Key).Any(change => IsOf(change.Current, noted.Uid) || IsOf(change.Previous, noted.Uid)));
    }

    private static bool IsOf(CachedObject? service, string uid) => service?.Field("metadata.uid") == uid;

    private async ValueTask<bool> NoteAsync(PendingAllocations pending, long expected, CancellationToken cancellation)
    {
        var result = await store.CommitAsync(Written(pending, expected), cancellation);
        if (result.Committed) _noted = (pending, result.Revision);
        return result.Committed;
    }

    private async ValueTask WithdrawAsync()
    {
        if (_noted is not var (notes, revision)) return;
        _noted = null;
        using var patience = new CancellationTokenSource(WithdrawalPatience, clock);
        try
        {
            for (var attempt = 0; attempt < Withdrawals; attempt++)
            {
                var result = await store.CommitAsync(Written(notes.Without(self), revision), patience.Token);
                if (result.Current is not { } current) return;
                // Another process has noted something since.
                (notes, revision) = (PendingAllocations.Read(Parse(new CachedObject(current, NotesPrefix.Length)), clock.GetUtcNow()), current.Revision);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Its time is over soon.
        }
    }

    private static StoreWrite Written(PendingAllocations notes, long expected) => new(NotesKey, StoredValue.Make(notes.ToJson(), 0), expected);

    private static JsonObject Parse(CachedObject item) => (JsonObject)JsonNode.Parse(item.Bytes.Json.Span, documentOptions: Nesting.Document)!;

    /// <summary>A turn.</summary>
    internal readonly struct Turn(ServiceAllocator? allocator) : IAsyncDisposable
    {
        /// <summary>Commits what was given. What it was noted for is withdrawn with the turn if nothing was committed, and not while that is unknown.</summary>
        public async ValueTask<Committer.Outcome> CommitAsync(Func<ValueTask<Committer.Outcome>> commit)
        {
            if (allocator is null) return await commit();
            var noted = allocator._noted;
            allocator._noted = null;
            var outcome = await commit();
            if (!outcome.Committed) allocator._noted = noted;
            return outcome;
        }

        public async ValueTask DisposeAsync()
        {
            if (allocator is null) return;
            try
            {
                await allocator.WithdrawAsync();
            }
            finally
            {
                allocator._turn.Release();
            }
        }
    }
}
