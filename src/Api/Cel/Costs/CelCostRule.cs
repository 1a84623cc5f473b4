using System.Collections.Frozen;

namespace Slipway.Api.Cel;

/// <summary>How the cost of a function depends on its arguments.</summary>
internal enum CelCostRule
{
    /// <summary>One, whatever they are.</summary>
    One,

    /// <summary>An authorization check: so much that an expression can have two.</summary>
    Check,

    /// <summary>Going through the first argument.</summary>
    Traverse,

    /// <summary>Going through the first argument and making a result of its size.</summary>
    TraverseTwice,

    /// <summary>Making a text from the items of a list.</summary>
    Join,

    /// <summary>A regular expression, the second argument, over a text.</summary>
    Regex,

    /// <summary>The grammar of a name, the first argument, over a text.</summary>
    Format,

    /// <summary>The second text looked for in the first.</summary>
    Contains,

    /// <summary>Going through the second argument of <c>startsWith</c> and <c>endsWith</c>.</summary>
    Affix,

    /// <summary>A value looked for in a list.</summary>
    InList,

    /// <summary>Comparing: going through the smaller of both.</summary>
    Compare,

    /// <summary>Putting together two texts.</summary>
    AddText,

    /// <summary>Putting together two lists.</summary>
    AddList,

    /// <summary>Going through the items of a list and what they hold.</summary>
    Scan,

    /// <summary>Each item of one list looked for in the other.</summary>
    Sets,

    /// <summary>A part of a list, as the second and third argument say.</summary>
    Slice,

    /// <summary>The numbers up to the argument.</summary>
    Range,

    /// <summary>Another list of the same items.</summary>
    Copy,

    /// <summary>Going through a list for each of the levels that it loses.</summary>
    Flatten,

    /// <summary>Comparing each item of a list with each.</summary>
    Distinct,

    /// <summary>Comparing each item of a list, or of the list of their keys, with each, and what they hold.</summary>
    Sort,

    /// <summary>Reading the requirements of a selector.</summary>
    Selector,

    /// <summary>Whether a block holds an address.</summary>
    ContainsIp,

    /// <summary>Whether a block holds another.</summary>
    ContainsCidr,
}

/// <summary>Which rule holds for which function.</summary>
internal static class CelCostRules
{
    private static readonly FrozenDictionary<string, CelCostRule> ByFunction = new (CelCostRule Rule, string[] Functions)[]
    {
        (CelCostRule.Check, ["check"]),
        (CelCostRule.Scan, ["isSorted", "sum", "max", "min"]),
        (CelCostRule.Traverse, ["url", "cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver", "lowerAscii", "upperAscii", "substring", "trim", "strings.quote", "format"]),
        (CelCostRule.TraverseTwice, ["replace", "split", "ip.isCanonical"]),
        (CelCostRule.Join, ["join"]),
        (CelCostRule.Regex, ["find", "findAll", "matches"]),
        (CelCostRule.Contains, ["contains"]),
        (CelCostRule.Affix, ["startsWith", "endsWith"]),
        (CelCostRule.Sets, ["sets.contains", "sets.equivalent", "sets.intersects"]),
        (CelCostRule.Slice, ["slice"]),
        (CelCostRule.Range, ["lists.range"]),
        (CelCostRule.Flatten, ["flatten"]),
        (CelCostRule.Distinct, ["distinct"]),
        (CelCostRule.Sort, ["sort", ListTransforms.SortByKeys]),
        (CelCostRule.Selector, ["fieldSelector", "labelSelector"]),
        (CelCostRule.ContainsIp, ["containsIP"]),
        (CelCostRule.ContainsCidr, ["containsCIDR"]),
        (CelCostRule.Compare, [CelOperators.Equal, CelOperators.NotEqual]),
    }.SelectMany(r => r.Functions.Select(f => KeyValuePair.Create(f, r.Rule))).ToFrozenDictionary(StringComparer.Ordinal);

    public static CelCostRule Of(CelOverload overload)
    {
        var first = overload.Parameters is [var type, ..] ? type.Kind : CelKind.Dyn;
        switch (overload.Function)
        {
            case "indexOf" or "lastIndexOf":
                return first == CelKind.List ? CelCostRule.Scan : CelCostRule.Traverse;
            case "reverse":
                return first == CelKind.List ? CelCostRule.Copy : CelCostRule.Traverse;
            case "ip":
                return overload.IsMember ? CelCostRule.One : CelCostRule.Traverse;
            case "validate":
                return CelCostRule.Format;
            case "bytes" when first == CelKind.String:
            case "string" when first == CelKind.Bytes:
                return CelCostRule.Traverse;
            case CelOperators.In:
                return overload.Parameters[1].Kind == CelKind.List ? CelCostRule.InList : CelCostRule.One;
            case CelOperators.Less or CelOperators.LessOrEqual or CelOperators.Greater or CelOperators.GreaterOrEqual:
                return first is CelKind.String or CelKind.Bytes ? CelCostRule.Compare : CelCostRule.One;
            case CelOperators.Add:
                return first switch
                {
                    CelKind.String or CelKind.Bytes => CelCostRule.AddText,
                    CelKind.List => CelCostRule.AddList,
                    _ => CelCostRule.One,
                };
            default:
                return ByFunction.GetValueOrDefault(overload.Function, CelCostRule.One);
        }
    }
}
