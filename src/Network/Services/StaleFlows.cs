namespace Slipway.Network;

/// <summary>Flows without a connection whose way through the node is no longer right: the kernel keeps it as long as packets come.</summary>
/// <param name="Frontend">Where they were sent.</param>
/// <param name="End">The end that they reach; null for those that reached none.</param>
internal readonly record struct StaleFlow(Frontend Frontend, string? End);

/// <summary>Finds what a change makes stale.</summary>
internal static class StaleFlows
{
    /// <summary>The UDP flows to ends that are gone, and to frontends that had no end before.</summary>
    public static IReadOnlyList<StaleFlow> Of(IReadOnlyList<(Frontend Frontend, Backends? From, Backends? To)> changes)
    {
        var stale = new List<StaleFlow>();
        foreach (var (frontend, from, to) in changes.Where(change => change.Frontend.Protocol == "udp"))
        {
            var (before, after) = (from?.Ends ?? [], to?.Ends ?? []);
            stale.AddRange(before.Except(after).Select(end => new StaleFlow(frontend, end.Address)));
            if (before.Count == 0 && after.Count > 0) stale.Add(new(frontend, null));
        }
        return stale;
    }
}

/// <summary>The kernel's table of connections.</summary>
internal interface IConnectionTable
{
    /// <summary>Forgets flows, so that their next packet is sent on anew.</summary>
    Task ForgetAsync(IReadOnlyList<StaleFlow> flows, CancellationToken cancellation);
}
