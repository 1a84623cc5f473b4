using k8s.Models;

namespace Slipway.Node.Probes;

/// <summary>How often in a row a probe has had the same result.</summary>
internal readonly record struct ProbeTally(bool? Last, int Run)
{
    /// <summary>Counts one more result.</summary>
    /// <returns>The new tally, and the verdict if the threshold for this result is reached.</returns>
    public (ProbeTally Tally, bool? Verdict) Count(ProbeResult result, V1Probe probe)
    {
        if (result == ProbeResult.Unknown)
            return (this, null);
        var success = result != ProbeResult.Failure;
        var run = Last == success ? Run + 1 : 1;
        var threshold = Math.Max(1, success ? probe.SuccessThreshold ?? 1 : probe.FailureThreshold ?? 3);
        return (new(success, run), run >= threshold ? success : null);
    }
}
