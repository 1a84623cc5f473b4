namespace Slipway.Network;

/// <summary>Chooses address ranges for a cluster that collide with nothing that the host already reaches.</summary>
public static class FreeRange
{
    // Widely used by home routers, clouds, Docker (172.17-31) and other Kubernetes (10.42, 10.43, 10.96, 10.244)
    // are the beginnings of the private blocks, so the search starts elsewhere.
    private static readonly Ipv4Range[] Pools =
        [Ipv4Range.Parse("10.128.0.0/10"), Ipv4Range.Parse("10.192.0.0/10"), Ipv4Range.Parse("10.64.0.0/10"), Ipv4Range.Parse("10.0.0.0/10"), Ipv4Range.Parse("172.16.0.0/12"), Ipv4Range.Parse("192.168.0.0/16")];

    /// <summary>The first private block of <paramref name="prefixLength"/> bits that overlaps none of <paramref name="taken"/>; null when all are taken.</summary>
    public static Ipv4Range? Choose(int prefixLength, IReadOnlyCollection<Ipv4Range> taken)
    {
        foreach (var pool in Pools)
        {
            var step = 1UL << (32 - prefixLength);
            for (ulong first = pool.First; first + step - 1 <= pool.Last;)
            {
                var candidate = new Ipv4Range((uint)first, prefixLength);
                var blocker = taken.Where(t => t.Overlaps(candidate)).Select(t => (ulong?)t.Last).Max();
                if (blocker is null) return candidate;
                first = (Math.Max(blocker.Value, candidate.Last) + step) / step * step;   // the first aligned block after what blocks
            }
        }
        return null;
    }
}
