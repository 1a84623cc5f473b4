namespace Slipway.Api.Cel;

/// <summary>What an evaluation gave.</summary>
/// <param name="Value">The value, or a <see cref="CelError"/> that says what went wrong.</param>
/// <param name="Cost">What it cost, in the units of Kubernetes' limits.</param>
/// <param name="WasInterrupted">Whether it was ended before its end: by its limit of cost or by cancellation. The value is the error then.</param>
public readonly record struct CelResult(CelValue Value, ulong Cost, bool WasInterrupted = false);

/// <summary>Bounds of what evaluating an expression can cost, in the units of Kubernetes' limits.</summary>
public readonly record struct CelCost(ulong Min, ulong Max);

/// <summary>A compiled expression. Immutable, and for any number of threads.</summary>
public sealed class CelProgram
{
    /// <summary>Most cost of an evaluation where nothing else is said, as Kubernetes has it for each call; some tenth of a second.</summary>
    public const ulong DefaultCostLimit = 1_000_000;

    private readonly CelNode root;
    private readonly CelChecked found;
    private readonly CelStep step;
    private readonly int places;

    internal CelProgram(string text, CelNode root, CelChecked found, CelStep step, int places)
    {
        Text = text;
        this.root = root;
        this.found = found;
        this.step = step;
        this.places = places;
    }

    /// <summary>The expression as it was written.</summary>
    public string Text { get; }

    /// <summary>Type of its result.</summary>
    public CelType ResultType => found.Type;

    /// <summary>The declared variables that it reads.</summary>
    public IReadOnlySet<string> Variables => found.Variables;

    /// <summary>What evaluating it can cost, from the greatest sizes that the types of the variables declare.</summary>
    public CelCost EstimateCost() => CelCostEstimator.Estimate(root, found);

    /// <summary>Evaluates it. What goes wrong is the result's value; nothing is thrown.</summary>
    /// <param name="variables">Values of the declared variables, by name; one that is missing is an error when it is read.</param>
    /// <param name="costLimit">Most cost.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    public CelResult Evaluate(IReadOnlyDictionary<string, CelValue> variables, ulong costLimit = DefaultCostLimit, CancellationToken cancellation = default) =>
        Run(step, places, variables, costLimit, cancellation);

    internal static CelResult Run(CelStep step, int places, IReadOnlyDictionary<string, CelValue> variables, ulong costLimit, CancellationToken cancellation)
    {
        var frame = new CelFrame(variables, places, costLimit, cancellation);
        try
        {
            return new CelResult(step.Run(frame), frame.Cost);
        }
        catch (CelInterruptedException e)
        {
            return new CelResult(new CelError(e.Message), frame.Cost, WasInterrupted: true);
        }
    }
}
