using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>
/// Lets go what lies in a store and nobody refers to, or is beyond what the store keeps; and the copies on this machine that nobody has used for a day.
/// </summary>
internal sealed class StoreSweep(Ledger ledger, ArtifactStore local, StoreGate gate, ReleasedArtifacts released, TimeProvider clock, ILogger log)
{
    /// <summary>How long an artifact stays although nobody refers to it yet.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    /// <summary>How long the copy on this machine stays, from when it was written last.</summary>
    private static readonly TimeSpan CopyAge = TimeSpan.FromDays(1);

    /// <summary>What a store is to hold no longer.</summary>
    public static StoreLimits LimitsOf(ArtifactStoreRetention? retention, DateTimeOffset now) => new()
    {
        KeptBefore = FlowDuration.TryParse(retention?.Age, out var age) ? now - age : null,
        Size = Quantity.TryParse(retention?.Size, out var size) ? size.ToBytes() : null,
        Untouched = now - Grace,
    };

    /// <summary>Goes through a store once.</summary>
    /// <exception cref="ArtifactPlaceException">The store cannot be used now.</exception>
    /// <exception cref="LedgerUnavailableException">The ledger is away.</exception>
    public async Task RunAsync(DeclaredArtifactStore declared, DeclaredPlace store, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var limits = LimitsOf(declared.Spec.Retention, now);
        while (await ledger.Placements.MarkAsync(store.Location, limits, cancellation) > 0)
        {
            // What lay in directories that were marked has nobody now.
        }

        var removed = 0;
        while (ledger.Placements.Removing(store.Location) is { Count: > 0 } removing)
        {
            foreach (var sha256 in removing)
                await gate.RemoveAsync(store, sha256, cancellation);
            removed += removing.Count;
        }

        if (removed > 0)
            log.LogInformation("{Store}: {Count} artifacts are removed", store.Location, removed);
        await released.RemoveAsync(ledger.Read.Released(), cancellation);
        RemoveCopies(store.Location, now - CopyAge);
    }

    private void RemoveCopies(StoreLocation location, DateTimeOffset before)
    {
        for (var last = ""; ledger.Placements.Copies(location, before, last) is { Count: > 0 } page; last = page[^1])
        {
            foreach (var sha256 in page)
                local.Remove(sha256, () => ledger.Placements.IsPlaced(location.Namespace, location.Store, sha256), CopyAge);
        }
    }
}
