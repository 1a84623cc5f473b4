using static Slipway.Api.Cel.CelCosts;

namespace Slipway.Api.Cel;

/// <summary>What a call costs, from the sizes that its arguments turned out to have.</summary>
internal static class CelFunctionCosts
{
    public const ulong AuthorizationCheck = 350_000;

    /// <summary>The part that is known before the function runs.</summary>
    public static ulong Before(CelOverload overload, ReadOnlySpan<CelValue> arguments)
    {
        switch (overload.CostRule)
        {
            case CelCostRule.Check:
                return AuthorizationCheck;
            case CelCostRule.Traverse or CelCostRule.Affix:
                return Times(Size(arguments[0]), Traversal);
            case CelCostRule.TraverseTwice:
                return Times(Size(arguments[0]), 2 * Traversal);
            case CelCostRule.Join or CelCostRule.Slice:
                return 0;
            case CelCostRule.Range:
                return Made((ulong)Math.Max(arguments[0].Int(), 0));
            case CelCostRule.Copy:
                return Made(Size(arguments[0]));
            case CelCostRule.Flatten:
                return Made(Times(Size(arguments[0]), (double)(arguments.Length > 1 ? Math.Max(arguments[1].Int(), 0) : 1)));
            case CelCostRule.Distinct or CelCostRule.Sort:
                var keys = arguments[^1].Items();
                var isText = keys is [CelString or CelBytes, ..];
                return Made(Times(Times((ulong)keys.Count, (ulong)keys.Count), isText ? Comparison + Traversal : Comparison));
            case CelCostRule.Selector:
                return List + Times(Size(arguments[1]), Traversal) + Times(Size(arguments[1]), SelectorCharacter);
            case CelCostRule.Regex:
                return Times(Times(Size(arguments[0]) + 1, Traversal), Times(Size(arguments[1]), RegexCharacter));
            case CelCostRule.Format:
                return Times(Times(Size(arguments[1]) + 1, Traversal), Times(FormatNames.PatternSize(arguments[0]), RegexCharacter));
            case CelCostRule.Contains:
                return Times(Times(Size(arguments[0]), Traversal), Times(Size(arguments[1]), Traversal));
            case CelCostRule.InList:
                return Size(arguments[1]);
            case CelCostRule.Compare:
                return Times(Math.Min(Size(arguments[0]), Size(arguments[1])), Traversal);
            case CelCostRule.AddText:
                return Times(Size(arguments[0]) + Size(arguments[1]), Traversal);
            case CelCostRule.Scan:
                var cost = 0UL;
                foreach (var item in arguments[0].Items()) cost += item is CelString or CelBytes ? Times(Size(item), Traversal) : 1;
                return cost;
            case CelCostRule.Sets:
                return Times(Size(arguments[0]), Size(arguments[1])) + 1;
            case CelCostRule.ContainsIp:
                return Times(8, Traversal) + (arguments[1] is CelString ip ? Times(Size(ip), Traversal) : 0);
            case CelCostRule.ContainsCidr:
                return Times(8, Traversal) + Times(4, Traversal) + 1 + (arguments[1] is CelString cidr ? Times(Size(cidr), Traversal) : 0);
            default:
                return 1;
        }
    }

    /// <summary>The part that only the result shows.</summary>
    public static ulong After(CelOverload overload, CelValue result) => overload.CostRule switch
    {
        CelCostRule.Join => Times(Size(result), 2 * Traversal),
        CelCostRule.Slice => Made(Size(result)),
        _ => 0,
    };

    /// <summary>The cost of making a list, and of what is done for it.</summary>
    private static ulong Made(ulong cost) => Plus(cost, List + 1);

    private static ulong Size(CelValue value) => value switch
    {
        CelString s => (ulong)s.Length,
        CelBytes b => (ulong)b.Value.Length,
        CelList l => (ulong)l.Items.Count,
        CelMap m => (ulong)m.Count,
        CelOptional { Value: { } inner } => Size(inner),
        _ => 1,
    };
}
