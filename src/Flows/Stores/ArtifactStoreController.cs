using System.Collections.Concurrent;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>
/// Says in the status of each ArtifactStore whether it can be used, and what is in it, and lets go what it is not to keep. There is no timer while none is declared.
/// </summary>
internal sealed class ArtifactStoreController : IReconciler
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PeriodOfTrouble = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PeriodOfSweeps = TimeSpan.FromHours(1);

    private readonly Informer<DeclaredArtifactStore> stores;
    private readonly Ledger ledger;
    private readonly DeclaredPlaces places;
    private readonly StoreSweep sweep;
    private readonly IApi api;
    private readonly TimeProvider clock;
    private readonly ConcurrentDictionary<ObjectKey, (string Identity, DateTimeOffset Due)> probes = new();
    private readonly ConcurrentDictionary<ObjectKey, DateTimeOffset> swept = new();

    private ArtifactStoreController(ControllerHost host, Informer<DeclaredArtifactStore> stores, Ledger ledger, DeclaredPlaces places, StoreSweep sweep)
    {
        this.stores = stores;
        this.ledger = ledger;
        this.places = places;
        this.sweep = sweep;
        api = host.Api;
        clock = host.Clock;
    }

    /// <summary>Adds the controller to a host.</summary>
    public static void Register(ControllerHost host, Ledger ledger, DeclaredPlaces places, StoreSweep sweep)
    {
        var stores = host.Informer(FlowKinds.ArtifactStores);
        host.Add("artifactstore", new ArtifactStoreController(host, stores, ledger, places, sweep), workers: 2).For(stores).Reads(ReleasedArtifacts.PodsOf(host));
    }

    /// <inheritdoc/>
    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (stores.Get(key) is not { Metadata.DeletionTimestamp: null } store)
        {
            probes.TryRemove(key, out _);
            swept.TryRemove(key, out _);
            return Result.Done;
        }

        // Its own status changes it, too, and is no reason to ask again.
        var identity = $"{store.Metadata.Uid} {store.Metadata.Generation}";
        var now = clock.GetUtcNow();
        if (probes.TryGetValue(key, out var known) && known.Identity == identity && known.Due > now)
            return Result.After(known.Due - now);

        places.Forget(key.Namespace, key.Name);
        var trouble = await ProbeAsync(key, store, cancellation);
        var due = clock.GetUtcNow() + (trouble is null ? Period : PeriodOfTrouble);
        await WriteAsync(store, trouble, cancellation);
        probes[key] = (identity, due);
        return Result.After(due - clock.GetUtcNow());
    }

    /// <summary>Asks the store, and goes through it where that is due; what keeps it from being used.</summary>
    private async Task<ArtifactPlaceException?> ProbeAsync(ObjectKey key, DeclaredArtifactStore store, CancellationToken cancellation)
    {
        try
        {
            if (await places.FindAsync(key.Namespace, key.Name, cancellation) is not { } found)
                return null; // it is being deleted
            await found.Place.CheckAsync(cancellation);
            if (!swept.TryGetValue(key, out var last) || last + PeriodOfSweeps <= clock.GetUtcNow())
            {
                await sweep.RunAsync(store, found, cancellation);
                swept[key] = clock.GetUtcNow();
            }

            return null;
        }
        catch (ArtifactPlaceException e)
        {
            return e;
        }
    }

    private async ValueTask WriteAsync(DeclaredArtifactStore store, ArtifactPlaceException? trouble, CancellationToken cancellation)
    {
        var (count, size) = ledger.Placements.TotalOf(store.Metadata.NamespaceProperty, store.Metadata.Name);
        var status = new ArtifactStoreStatus
        {
            ObservedGeneration = store.Metadata.Generation,
            Conditions = [Condition(store, trouble)],
            Artifacts = count,
            Size = Quantity.OfBytes(size).ToString(),
        };
        var desired = new DeclaredArtifactStore { Metadata = store.Metadata, Spec = store.Spec, Status = status };
        await api.PatchStatusAsync(FlowKinds.ArtifactStores, store, desired, cancellation);
    }

    private V1Condition Condition(DeclaredArtifactStore store, ArtifactPlaceException? trouble) => ReadyCondition.Of(
        ReadyCondition.In(store.Status?.Conditions),
        store.Metadata.Generation,
        trouble is null ? "True" : "False",
        trouble?.Fault.ToString() ?? ArtifactStoreStatus.Available,
        trouble?.Message ?? "artifacts can be kept there",
        clock.GetUtcNow());
}
