using static Slipway.Api.Cel.CelCosts;

namespace Slipway.Api.Cel;

/// <summary>Bounds of the cost of a call and of the size of its result.</summary>
internal static class CelCallEstimates
{
    private static readonly CelCost One = new(1, 1);

    private static readonly CelSize FormatPattern = new(FormatNames.LongestPattern, FormatNames.LongestPattern);

    // The most characters of a format's name.
    private const ulong FormatSize = 64;

    // Addresses have 4 or 16 bytes.
    private static readonly CelSize AddressSize = new(4, 16);

    /// <summary>The cost beyond that of the arguments.</summary>
    public static CelCost Cost(CelOverload overload, CelEstimate[] arguments)
    {
        var sizes = arguments.Select(a => a.SizeOrUnknown).ToArray();
        switch (overload.CostRule)
        {
            case CelCostRule.Check:
                return new CelCost(CelFunctionCosts.AuthorizationCheck, CelFunctionCosts.AuthorizationCheck);
            case CelCostRule.Traverse:
                return sizes[0].Cost(Traversal);
            case CelCostRule.TraverseTwice:
                return sizes[0].Cost(2 * Traversal);
            case CelCostRule.Join:
                return Size(overload, arguments)!.Value.Cost(Traversal);
            // Kubernetes knows the cost of the member alone.
            case CelCostRule.Regex when !overload.IsMember:
                return One;
            case CelCostRule.Regex:
                return Product(sizes[0].Plus(CelSize.Of(1)).Cost(Traversal), sizes[1].Cost(RegexCharacter));
            case CelCostRule.Format:
                return Product(sizes[1].Cost(Traversal), FormatPattern.Cost(RegexCharacter));
            case CelCostRule.Contains:
                return Product(sizes[0].Cost(Traversal), sizes[1].Cost(Traversal));
            case CelCostRule.Affix:
                return sizes[1].Cost(Traversal);
            case CelCostRule.InList:
                return sizes[1].Cost(1);
            case CelCostRule.Compare when overload.Function == CelOperators.Equal && arguments[0].Type is { Kind: CelKind.Opaque, IsOptional: false } type && type.IsExactly(arguments[1].Type):
                return type.IsExactly(FormatNames.FormatType) ? new CelSize(1, FormatSize).Cost(Traversal) : One;
            case CelCostRule.Compare:
                var most = Math.Min(sizes[0].Max, sizes[1].Max);
                return new CelSize(most > 0 ? 1UL : 0, most).Cost(Traversal);
            case CelCostRule.AddText:
                return sizes[0].Plus(sizes[1]).Cost(Traversal);
            case CelCostRule.Scan:
                var item = One;
                if (arguments[0].Type.Parameters is [{ Kind: CelKind.String or CelKind.Bytes }]) item = Sum(item, arguments[0].ItemSize.Cost(Traversal));
                return new CelCost(Times(sizes[0].Min, item.Min), Times(sizes[0].Max, item.Max));
            case CelCostRule.Sets:
                return Sum(sizes[0].Times(sizes[1]).Cost(1), One);
            case CelCostRule.Slice or CelCostRule.Range or CelCostRule.Copy:
                return Made(Size(overload, arguments)!.Value.Cost(1));
            case CelCostRule.Flatten:
                return Made(sizes[0].Cost(arguments.Length > 1 ? arguments[1].Number ?? ulong.MaxValue : 1));
            case CelCostRule.Distinct:
                return Made(sizes[0].Times(sizes[0]).Cost(Comparison));
            case CelCostRule.Sort:
                var isText = overload.Parameters[^1].Parameters is [{ Kind: CelKind.String or CelKind.Bytes }];
                return Made(sizes[^1].Times(sizes[^1]).Cost(isText ? Comparison + Traversal : Comparison));
            case CelCostRule.Selector:
                return Sum(new CelCost(List, List), Sum(sizes[1].Cost(Traversal), sizes[1].Cost(SelectorCharacter)));
            case CelCostRule.ContainsIp:
                return Sum(AddressSize.Plus(AddressSize).Cost(Traversal), Text(overload, sizes[1]));
            case CelCostRule.ContainsCidr:
                return Sum(Sum(AddressSize.Plus(AddressSize).Cost(Traversal), AddressSize.Cost(Traversal)), Sum(One, Text(overload, sizes[1])));
            default:
                return One;
        }
    }

    /// <summary>Size of the result, where the arguments say it.</summary>
    public static CelSize? Size(CelOverload overload, CelEstimate[] arguments)
    {
        var sizes = arguments.Select(a => a.SizeOrUnknown).ToArray();
        switch (overload.Function)
        {
            case "lowerAscii" or "upperAscii" or "trim" or "reverse":
                return sizes[0];
            case "substring":
                return sizes[0] with { Min = 0 };
            case "split" when arguments is [_, _, { Number: { } most }]:
                return new CelSize(0, most);
            case "slice":
                return Exactly(unchecked((arguments[2].Number ?? sizes[0].Max) - (arguments[1].Number ?? 0)));
            case "lists.range":
                return Exactly(arguments[0].Number ?? ulong.MaxValue);
            case "flatten":
                return sizes[0];
            case "distinct" or "sort" or ListTransforms.SortByKeys:
                // So does Kubernetes, although the list grows no longer.
                return sizes[^1].Times(sizes[^1]);
            case "split" or "find" or "findAll":
                return sizes[0] with { Min = 0 };
            case "strings.quote":
                return new CelSize(Plus(sizes[0].Min, 2), Plus(Times(sizes[0].Max, 2UL), 2));
            case "bytes" when overload.Parameters[0].Kind == CelKind.String:
                return sizes[0] with { Max = Times(sizes[0].Max, 4UL) };
            case "string" when overload.Parameters[0].Kind == CelKind.Bytes:
                return sizes[0] with { Min = sizes[0].Min / 4 };
            case "replace":
                return Replaced(sizes[0], sizes[1], sizes[2]);
            case "join":
                var joined = sizes[0].Times(arguments[0].ItemSize);
                var gaps = new CelSize(sizes[0].Min > 0 ? sizes[0].Min - 1 : 0, sizes[0].Max > 0 ? sizes[0].Max - 1 : 0);
                return arguments.Length > 1 ? joined.Plus(sizes[1].Times(gaps)) : joined;
            case CelOperators.Add when overload.CostRule is CelCostRule.AddText or CelCostRule.AddList:
                return sizes[0].Plus(sizes[1]);
            default:
                return null;
        }
    }

    /// <summary>The longest result replaces the shortest parts by the longest texts, as often as they fit.</summary>
    private static CelSize Replaced(CelSize text, CelSize old, CelSize replacement)
    {
        CelSize count = default, kept = default;
        if (old.Min == 0) (count, kept) = (count with { Max = Plus(text.Max, 1) }, kept with { Max = text.Max });
        else if (replacement.Max <= old.Min) kept = kept with { Max = text.Max };
        else count = count with { Max = Times(text.Max, 1.0 / old.Min) };
        if (old.Max == 0) (count, kept) = (count with { Min = Plus(text.Min, 1) }, kept with { Min = text.Min });
        else if (old.Max <= replacement.Min) kept = kept with { Min = text.Min };
        else count = count with { Min = Times(text.Min, 1.0 / old.Max) };
        return count.Times(replacement).Plus(kept);
    }

    private static CelSize Exactly(ulong size) => new(size, size);

    /// <summary>The cost of making a list, and of what is done for it.</summary>
    private static CelCost Made(CelCost cost) => Sum(cost, new CelCost(List + 1, List + 1));

    private static CelCost Text(CelOverload overload, CelSize size) => overload.Parameters[1].Kind == CelKind.String ? size.Cost(Traversal) : default;

    private static CelCost Sum(CelCost a, CelCost b) => new(Plus(a.Min, b.Min), Plus(a.Max, b.Max));

    private static CelCost Product(CelCost a, CelCost b) => new(Times(a.Min, b.Min), Times(a.Max, b.Max));
}
