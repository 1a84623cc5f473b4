namespace Slipway.Flows.Builder;

/// <summary>
/// An expression of a flow, to be used wherever a flow takes one: as a text it is <c>${{ … }}</c>, also within another text
/// (<c>$"--since={flow.Param("since")}"</c>).
/// </summary>
/// <param name="Cel">The expression in CEL, without the braces.</param>
public sealed record Expression(string Cel)
{
    /// <summary>The item of a task with forEach.</summary>
    public static Expression Item { get; } = new("item");

    /// <summary>The round of a task with repeat, from 1.</summary>
    public static Expression Iteration { get; } = new("iteration");

    /// <summary>The beginning of the interval of data of the run.</summary>
    public static Expression RunStart { get; } = new("run.start");

    /// <summary>The end of the interval of data of the run.</summary>
    public static Expression RunEnd { get; } = new("run.end");

    /// <summary>A field of the item of a matrix, or of an item that is an object.</summary>
    public static Expression ItemField(string name) => new($"item{Step(name)}");

    /// <summary>The expression in braces.</summary>
    public override string ToString() => $"${{{{ {Cel} }}}}";

    /// <summary>The expression in braces.</summary>
    public static implicit operator string(Expression expression) => expression.ToString();

    /// <summary>A name after an expression; one that is no identifier stands in brackets, since a dash is a minus sign.</summary>
    internal static string Step(string name) => IsIdentifier(name) ? $".{name}" : $"['{name.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)}']";

    private static bool IsIdentifier(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && name is not ("in" or "true" or "false" or "null");
}
