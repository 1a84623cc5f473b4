using Slipway.Api;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>How much memory the attempts of a task get.</summary>
public static class MemoryPolicy
{
    private const double DefaultFactor = 2;
    private const long Mebibyte = 1 << 20;

    // What a task needs is measured by its peak, which is another one each time: a fifth on top is what a proposal leaves.
    private const double Margin = 1.2;

    /// <summary>From here on proposals are rounded more coarsely, as people write them.</summary>
    private const long Coarse = 128 * Mebibyte;

    /// <summary>What comes after <paramref name="current"/> bytes were not enough; null if the policy allows no more.</summary>
    public static long? Next(long current, OnOutOfMemory? policy)
    {
        if (policy is null || !Quantity.TryParse(policy.Limit, out var limit) || current >= limit.ToBytes())
            return null;
        // Whole mebibytes read better in tables, and are what kernels round to in effect.
        var raised = (long)Math.Ceiling(current * (policy.Factor ?? DefaultFactor) / Mebibyte) * Mebibyte;
        return Math.Min(raised, limit.ToBytes());
    }

    /// <summary>What a first attempt gets: as declared, or what an earlier run has learnt, within the policy's limit.</summary>
    public static long? First(long? declared, long? learnt, OnOutOfMemory? policy)
    {
        if (declared is null || learnt is null || policy is null || !Quantity.TryParse(policy.Limit, out var limit))
            return declared;
        return Math.Max(declared.Value, Math.Min(learnt.Value, limit.ToBytes()));
    }

    /// <summary>The memory to declare for a task with a measured peak: a fifth more, in whole mebibytes.</summary>
    public static long Enough(long peak)
    {
        var needed = peak * Margin;
        var step = needed < Coarse ? Mebibyte : 16 * Mebibyte;
        return (long)Math.Ceiling(needed / step) * step;
    }

    /// <summary>An amount of memory as a quantity, such as 256Mi.</summary>
    public static string Text(long bytes) => Quantity.OfBytes(bytes).ToString();
}
