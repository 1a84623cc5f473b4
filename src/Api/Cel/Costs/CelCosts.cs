namespace Slipway.Api.Cel;

/// <summary>
/// The units of cost, which are Kubernetes' own: what they say decides which rules a definition may have
/// (<see href="https://kubernetes.io/docs/reference/using-api/cel/#resource-constraints"/>).
/// </summary>
internal static class CelCosts
{
    /// <summary>Making a list.</summary>
    public const ulong List = 10;

    /// <summary>Making a map.</summary>
    public const ulong Map = 30;

    /// <summary>Making an object.</summary>
    public const ulong Struct = 40;

    /// <summary>Adding an item to the list that a macro makes: reading the list so far, a list of one item, and the sum.</summary>
    public const ulong Append = 12;

    /// <summary>Going through a character or byte.</summary>
    public const double Traversal = 0.1;

    /// <summary>A character of a regular expression, for each unit of cost of the text.</summary>
    public const double RegexCharacter = 0.25;

    /// <summary>Comparing an item of a list that is sorted, or made distinct, with another.</summary>
    public const double Comparison = 2;

    /// <summary>A character of a selector, half of which are requirements with a list and an object each.</summary>
    public const double SelectorCharacter = 0.5 * (List + Struct);

    /// <summary>What a macro costs once, and in each round before its condition or result.</summary>
    public static (ulong Setup, ulong Round) Macro(CelMacro macro) => macro switch
    {
        CelMacro.All => (1, 3),
        CelMacro.Exists => (1, 4),
        CelMacro.ExistsOne => (2, 0),
        CelMacro.Filter or CelMacro.Map => (List + 1, 0),
        _ => (Map + 1, 0),
    };

    /// <summary>A size times a factor, rounded up; the greatest number where it is greater.</summary>
    public static ulong Times(ulong size, double factor)
    {
        var product = Math.Ceiling(size * factor);
        return product >= 1.8446744073709552e19 ? ulong.MaxValue : (ulong)product;
    }

    public static ulong Plus(ulong a, ulong b) => a > ulong.MaxValue - b ? ulong.MaxValue : a + b;

    public static ulong Times(ulong a, ulong b) => b != 0 && a > ulong.MaxValue / b ? ulong.MaxValue : a * b;
}
