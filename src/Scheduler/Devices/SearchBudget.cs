namespace Slipway.Scheduler;

/// <summary>
/// How long devices may be looked for in one decision, in devices that are tried. Constraints can make a search as long as all combinations
/// of devices, and nobody else is decided on meanwhile.
/// </summary>
internal sealed class SearchBudget
{
    private const int Most = 100_000;
    // What others have used up keeps nobody from a node whose devices are found at once.
    private const int LeastOfNode = 1_000;

    private int _left = Most;

    /// <summary>How many tries a node has.</summary>
    public int OfNode => Math.Max(_left, LeastOfNode);

    /// <summary>A node has used up so many tries.</summary>
    public void Spend(int tries) => _left = Math.Max(0, _left - tries);
}
