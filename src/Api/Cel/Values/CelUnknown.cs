namespace Slipway.Api.Cel;

/// <summary>
/// A value that is not known yet, such as what a task will write in a run that is only shown. It is an error, so that whatever is worked out of it is unknown as well, and
/// knows how to be shown. A run that is really made has none.
/// </summary>
/// <param name="shown">What stands in its place in a text: the text with the expression that would give it.</param>
public sealed class CelUnknown(string shown) : CelError($"{shown} is not known yet")
{
    /// <summary>What stands in its place in a text.</summary>
    public string Shown { get; } = shown;

    /// <summary>The list or map in which something is unknown; null for what is unknown altogether.</summary>
    public CelValue? Parts { get; private init; }

    /// <summary>What an expression comes to that reads something unknown.</summary>
    public static CelUnknown Of(CelExpression expression) => new($"${{{{ {expression.Text.Trim()} }}}}");

    /// <summary>A list or map, or, if something in it is unknown, that as a whole: how many entries there are, and which, may depend on it.</summary>
    public static CelValue Whole(CelValue collection, IEnumerable<CelValue> entries)
    {
        var errors = entries.OfType<CelError>().ToList();
        if (errors.Count == 0) return collection;
        if (errors.Find(e => e is not CelUnknown) is { } error) return error;
        try
        {
            return new CelUnknown(CelJson.ToText(collection)) { Parts = collection };
        }
        catch (FormatException e)
        {
            return new CelError(e.Message);
        }
    }
}
