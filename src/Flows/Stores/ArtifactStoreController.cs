using System.Collections.Concurrent;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>
/// Says in the status of each ArtifactStore whether it can be used, and what is in it, and lets go what it is not to keep. There is no timer while none is declared.
/// </summary>
/// <remarks>A storage may take its time to answer, as may the pod of a claim to come: each store is asked beside the workers, so that none keeps another waiting.</remarks>
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
    private readonly BackgroundWork work;
    private readonly ConcurrentDictionary<ObjectKey, Probe> probes = new();
    private readonly ConcurrentDictionary<ObjectKey, DateTimeOffset> swept = new();

    private readonly Action<ObjectKey> wake;

    private ArtifactStoreController(ControllerHost host, Informer<DeclaredArtifactStore> stores, Ledger ledger, DeclaredPlaces places, StoreSweep sweep, Action<ObjectKey> wake)
    {
        this.wake = wake;
        this.stores = stores;
        this.ledger = ledger;
        this.places = places;
        this.sweep = sweep;
        api = host.Api;
        clock = host.Clock;
        work = new BackgroundWork(clock);
    }

    /// <summary>A store that is asked, or was.</summary>
    private sealed class Probe(string identity)
    {
        /// <summary>Which store, and as it was declared when.</summary>
        public string Identity => identity;

        /// <summary>What keeps the store from being used.</summary>
        public TaskCompletionSource<ArtifactPlaceException?> Trouble { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The asking.</summary>
        public BackgroundWork.Running? Work { get; set; }

        /// <summary>When the store is asked again; null before its status says what has come of it.</summary>
        public DateTimeOffset? Due { get; set; }
    }

    /// <summary>Adds the controller to a host.</summary>
    public static void Register(ControllerHost host, Ledger ledger, DeclaredPlaces places, StoreSweep sweep)
    {
        var stores = host.Informer(FlowKinds.ArtifactStores);
        ControllerBuilder? queue = null;
        var controller = new ArtifactStoreController(host, stores, ledger, places, sweep, key => queue!.Enqueue(key));
        host.AddLoop(controller.work.RunAsync);
        queue = host.Add("artifactstore", controller).For(stores).Reads(ReleasedArtifacts.PodsOf(host));
    }

    /// <inheritdoc/>
    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (stores.Get(key) is not { Metadata.DeletionTimestamp: null } store)
        {
            Leave(key);
            swept.TryRemove(key, out _);
            return Result.Done;
        }

        // Its own status changes it, too, and is no reason to ask again.
        var identity = $"{store.Metadata.Uid} {store.Metadata.Generation}";
        if (probes.GetValueOrDefault(key) is not { } probe || probe.Identity != identity || probe.Due <= clock.GetUtcNow())
        {
            Begin(key, store, identity);
            return Result.Done; // its end brings the key back
        }

        if (!probe.Trouble.Task.IsCompleted)
            return Result.Done;
        if (probe.Due is null)
        {
            if (!probe.Trouble.Task.IsCompletedSuccessfully)
                Leave(key); // to be asked again, after a pause of the loop
            var trouble = await probe.Trouble.Task;
            await WriteAsync(store, trouble, cancellation);
            probe.Due = clock.GetUtcNow() + (trouble is null ? Period : PeriodOfTrouble);
        }

        return Result.After(probe.Due.Value - clock.GetUtcNow());
    }

    private void Begin(ObjectKey key, DeclaredArtifactStore store, string identity)
    {
        Leave(key);
        var probe = new Probe(identity);
        probes[key] = probe;
        probe.Work = work.Begin(async ended =>
        {
            try
            {
                probe.Trouble.SetResult(await ProbeAsync(key, store, ended));
            }
            catch (Exception e)
            {
                probe.Trouble.SetException(e); // for whoever awaits it
            }

            wake(key);
        });
    }

    // Nobody waits for what is no longer asked.
    private void Leave(ObjectKey key)
    {
        if (probes.TryRemove(key, out var probe) && probe.Work is { } running)
            _ = work.EndAsync(running);
    }

    /// <summary>Asks the store, and goes through it where that is due; what keeps it from being used.</summary>
    private async Task<ArtifactPlaceException?> ProbeAsync(ObjectKey key, DeclaredArtifactStore store, CancellationToken cancellation)
    {
        places.Forget(key.Namespace, key.Name);
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
