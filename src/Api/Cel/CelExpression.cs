namespace Slipway.Api.Cel;

/// <summary>An expression, parsed once and evaluated with any variables. Immutable.</summary>
public sealed class CelExpression
{
    private CelExpression(string text, CelNode root)
    {
        Text = text;
        Root = root;
    }

    /// <summary>The expression as it was written.</summary>
    public string Text { get; }

    /// <summary>Its syntax tree.</summary>
    public CelNode Root { get; }

    /// <summary>Parses an expression.</summary>
    /// <exception cref="CelSyntaxException">The text is no expression.</exception>
    public static CelExpression Parse(string text) => new(text, CelParser.Parse(text));

    /// <summary>Evaluates it; what goes wrong is a <see cref="CelError"/>.</summary>
    public CelValue Evaluate(IReadOnlyDictionary<string, CelValue> variables) => new CelEvaluator(variables).Evaluate(Root);
}
