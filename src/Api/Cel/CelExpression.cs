namespace Slipway.Api.Cel;

/// <summary>
/// An expression whose variables are not declared: parsed once, evaluated with any variables, checked while it is
/// evaluated. Immutable.
/// </summary>
public sealed class CelExpression
{
    private readonly CelStep step;
    private readonly int places;

    private CelExpression(string text, CelNode root, CelStep step, int places)
    {
        Text = text;
        Root = root;
        this.step = step;
        this.places = places;
    }

    /// <summary>The names of the functions that expressions can call, macros included.</summary>
    public static IReadOnlyList<string> Functions { get; } = [.. CelEnvironment.Everything.FunctionNames.Concat(CelMacros.Names).Order(StringComparer.Ordinal)];

    /// <summary>The expression as it was written.</summary>
    public string Text { get; }

    /// <summary>Its syntax tree.</summary>
    public CelNode Root { get; }

    /// <summary>Parses an expression.</summary>
    /// <exception cref="CelSyntaxException">The text is no expression.</exception>
    public static CelExpression Parse(string text) => Parse(text, CelEnvironment.Everything);

    internal static CelExpression Parse(string text, CelEnvironment environment)
    {
        var root = CelParser.Parse(text, environment.HasBindings);
        var planner = new CelPlanner(environment, null);
        return new CelExpression(text, root, planner.Plan(root), planner.Places);
    }

    /// <summary>Evaluates it; what goes wrong is a <see cref="CelError"/>.</summary>
    public CelValue Evaluate(IReadOnlyDictionary<string, CelValue> variables) =>
        CelProgram.Run(step, places, variables, CelProgram.DefaultCostLimit, CancellationToken.None).Value;
}
