using System.Collections.Concurrent;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Says in the status of each ArtifactStore whether it can be used, and what is in it. There is no timer while none is declared.</summary>
internal sealed class ArtifactStoreController : IReconciler
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PeriodOfTrouble = TimeSpan.FromSeconds(30);

    private readonly Informer<DeclaredArtifactStore> stores;
    private readonly Ledger ledger;
    private readonly DeclaredPlaces places;
    private readonly IApi api;
    private readonly TimeProvider clock;
    private readonly ConcurrentDictionary<ObjectKey, (string Identity, DateTimeOffset Due)> probes = new();

    private ArtifactStoreController(ControllerHost host, Informer<DeclaredArtifactStore> stores, Ledger ledger, DeclaredPlaces places)
    {
        this.stores = stores;
        this.ledger = ledger;
        this.places = places;
        api = host.Api;
        clock = host.Clock;
    }

    /// <summary>Adds the controller to a host.</summary>
    public static void Register(ControllerHost host, Ledger ledger, DeclaredPlaces places)
    {
        var stores = host.Informer(FlowKinds.ArtifactStores);
        host.Add("artifactstore", new ArtifactStoreController(host, stores, ledger, places), workers: 2).For(stores);
    }

    /// <inheritdoc/>
    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (stores.Get(key) is not { Metadata.DeletionTimestamp: null } store)
        {
            probes.TryRemove(key, out _);
            return Result.Done;
        }

        // Its own status changes it, too, and is no reason to ask again.
        var identity = $"{store.Metadata.Uid} {store.Metadata.Generation}";
        var now = clock.GetUtcNow();
        if (probes.TryGetValue(key, out var known) && known.Identity == identity && known.Due > now)
            return Result.After(known.Due - now);

        places.Forget(key.Namespace, key.Name);
        var trouble = await ProbeAsync(key, cancellation);
        var due = clock.GetUtcNow() + (trouble is null ? Period : PeriodOfTrouble);
        await WriteAsync(store, trouble, cancellation);
        probes[key] = (identity, due);
        return Result.After(due - clock.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
    }

    private async Task<ArtifactPlaceException?> ProbeAsync(ObjectKey key, CancellationToken cancellation)
    {
        try
        {
            if (await places.FindAsync(key.Namespace, key.Name, cancellation) is { } found)
                await found.Place.CheckAsync(cancellation);
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

    private V1Condition Condition(DeclaredArtifactStore store, ArtifactPlaceException? trouble)
    {
        var status = trouble is null ? "True" : "False";
        var before = store.Status?.Conditions?.Find(c => c.Type == ArtifactStoreStatus.Ready);
        return new V1Condition
        {
            Type = ArtifactStoreStatus.Ready,
            Status = status,
            Reason = trouble?.Fault.ToString() ?? ArtifactStoreStatus.Available,
            Message = trouble?.Message ?? "artifacts can be kept there",
            ObservedGeneration = store.Metadata.Generation,
            LastTransitionTime = before?.Status == status ? before.LastTransitionTime : clock.GetUtcNow().UtcDateTime,
        };
    }
}
