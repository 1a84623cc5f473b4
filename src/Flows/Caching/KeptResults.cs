namespace Slipway.Flows;

/// <summary>What earlier attempts left and is kept where a run keeps its own: only that can stand for what it would leave itself.</summary>
internal sealed class KeptResults(Ledger ledger, ArtifactStore store, TimeProvider clock)
{
    /// <summary>Of all that attempts left, what is kept. In a declared store it counts as wanted from now on.</summary>
    /// <param name="ns">Namespace of the run.</param>
    /// <param name="artifacts">The declared store in which it keeps what it leaves; null for the node's own.</param>
    /// <param name="attempts">The earlier attempts.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<IReadOnlySet<string>> OfAsync(string ns, string? artifacts, IEnumerable<AttemptRecord> attempts, CancellationToken cancellation)
    {
        var all = attempts.SelectMany(a => a.OutputHashes).ToHashSet();
        return artifacts is null || all.Count == 0 ? all.Where(store.Has).ToHashSet() : await ledger.Placements.RenewAsync(ns, artifacts, all, clock.GetUtcNow(), cancellation);
    }
}
