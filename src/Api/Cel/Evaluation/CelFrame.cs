namespace Slipway.Api.Cel;

/// <summary>
/// One evaluation: its variables and what it has cost so far. Not for several threads.
/// </summary>
/// <param name="variables">Values of the declared variables.</param>
/// <param name="locals">Count of the variables of macros.</param>
/// <param name="costLimit">Most cost, in the units of Kubernetes.</param>
/// <param name="cancellation">Ends the evaluation.</param>
internal sealed class CelFrame(IReadOnlyDictionary<string, CelValue> variables, int locals, ulong costLimit, CancellationToken cancellation)
{
    /// <summary>
    /// Most elementary steps of an evaluation: comparisons of items, copies. Kubernetes' cost does not count all of
    /// them, so that a value built from itself many times over could be compared without end.
    /// </summary>
    private const long MaxWork = 5_000_000;

    private const int StepsBetweenChecks = 128;

    private long work;
    private int untilCheck = StepsBetweenChecks;

    public IReadOnlyDictionary<string, CelValue> Variables => variables;

    /// <summary>Values of the variables of macros, each in a place of its own.</summary>
    public CelValue[] Locals { get; } = locals == 0 ? [] : new CelValue[locals];

    public ulong Cost { get; private set; }

    /// <summary>Adds to the cost.</summary>
    /// <exception cref="CelInterruptedException">It has become too large.</exception>
    public void Charge(ulong cost)
    {
        Cost += Math.Min(cost, ulong.MaxValue - Cost);
        if (Cost > costLimit) throw new CelInterruptedException("operation cancelled: actual cost limit exceeded");
    }

    /// <summary>Adds elementary steps.</summary>
    /// <exception cref="CelInterruptedException">There are too many.</exception>
    public void Work(long steps)
    {
        if ((work += steps) > MaxWork) throw new CelInterruptedException("operation cancelled: actual cost limit exceeded");
    }

    /// <summary>Called for each round of a loop.</summary>
    /// <exception cref="CelInterruptedException">The evaluation was cancelled.</exception>
    public void Tick()
    {
        Work(1);
        if (--untilCheck > 0) return;
        untilCheck = StepsBetweenChecks;
        if (cancellation.IsCancellationRequested) throw new CelInterruptedException("operation interrupted");
    }
}

/// <summary>Ends an evaluation that nothing may absorb; never leaves the engine.</summary>
internal sealed class CelInterruptedException(string message) : Exception(message);
