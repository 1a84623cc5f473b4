using System.Collections.Concurrent;

namespace Slipway.Flows;

/// <summary>
/// Through which all pass who bring artifacts to declared stores or remove them there. The ledger says what is meant (<see cref="PlacementTable"/>); this one sees
/// to it that nothing is removed while it is brought again.
/// </summary>
internal sealed class StoreGate(Ledger ledger, ArtifactStore local, DeclaredPlaces places, TimeProvider clock)
{
    private const int AtOnce = 4;

    /// <summary>How often what is under way is said to be wanted still: more often than what nobody refers to is removed.</summary>
    private static readonly TimeSpan RenewPeriod = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<(string Namespace, string Store), SemaphoreSlim> turns = new();

    /// <summary>Brings artifacts to a store; returns when all are there for good. What lies neither on this machine nor in another store is left out.</summary>
    /// <exception cref="ArtifactPlaceException">The store is not declared, or cannot be used now.</exception>
    /// <exception cref="IOException">The ledger or the API server is away.</exception>
    public async Task PlaceAsync(string ns, string store, IReadOnlyList<ArtifactContent> artifacts, CancellationToken cancellation)
    {
        if (artifacts.Count == 0)
            return;
        var (at, place) = await places.FindAsync(ns, store, cancellation)
            ?? throw new ArtifactPlaceException(ArtifactPlaceFault.Unreachable, $"there is no artifact store {store} in namespace {ns} any more; declare it again");
        var missing = await InTurnAsync(at, () => ledger.Placements.BeginAsync(at, artifacts, clock.GetUtcNow(), cancellation), cancellation);
        var lost = new HashSet<ArtifactContent>();
        foreach (var artifact in missing)
        {
            if (!await local.BringAsync(artifact.Sha256, cancellation))
                lost.Add(artifact);
        }

        var sending = Parallel.ForEachAsync(
            missing.Where(a => !lost.Contains(a)),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (artifact, ended) => await place.PutAsync(artifact.Sha256, local.PathOf(artifact.Sha256), ended));
        using (var sent = CancellationTokenSource.CreateLinkedTokenSource(cancellation))
        {
            while (await Task.WhenAny(sending, Task.Delay(RenewPeriod, clock, sent.Token)) != sending && !cancellation.IsCancellationRequested)
                await ledger.Placements.BeginAsync(at, artifacts, clock.GetUtcNow(), cancellation);
            await sent.CancelAsync();
        }

        await sending;
        await ledger.Placements.CompleteAsync(at, [.. artifacts.Where(a => !lost.Contains(a))], clock.GetUtcNow(), cancellation);
    }

    /// <summary>Removes an artifact that is to be removed from a store, unless it is wanted again by now.</summary>
    /// <exception cref="ArtifactPlaceException">The store cannot be used now.</exception>
    /// <exception cref="LedgerUnavailableException">The ledger is away.</exception>
    public Task RemoveAsync(DeclaredPlace store, string sha256, CancellationToken cancellation) => InTurnAsync(store.Location, async () =>
    {
        if (!ledger.Placements.IsRemoving(store.Location, sha256))
            return false;
        await store.Place.RemoveAsync(sha256, cancellation);
        await ledger.Placements.RemovedAsync(store.Location, sha256, cancellation);
        return true;
    }, cancellation);

    private async Task<T> InTurnAsync<T>(StoreLocation at, Func<Task<T>> act, CancellationToken cancellation)
    {
        var turn = turns.GetOrAdd((at.Namespace, at.Store), _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellation);
        try
        {
            return await act();
        }
        finally
        {
            turn.Release();
        }
    }
}
