using static Slipway.Api.Cel.CelCosts;

namespace Slipway.Api.Cel;

/// <summary>
/// Bounds the cost of an expression before it is ever evaluated, as Kubernetes does, so that definitions accept here the
/// rules that they accept there. Macros cost what the loops cost that they stand for upstream.
/// </summary>
internal sealed class CelCostEstimator(CelChecked found)
{
    private readonly List<(string Name, CelEstimate Estimate)> locals = [];

    // Upstream takes an item of a list that was computed to be as large as the whole value can be.
    private CelSize? Whole => field ??= found.Types.Where(t => t.Key is CelIdentifier { Name: "self" }).Select(t => (CelSize?)new CelEstimate(default, null, t.Value, null, t.Value).SizeOrUnknown).FirstOrDefault();

    public static CelCost Estimate(CelNode root, CelChecked found) => new CelCostEstimator(found).Visit(root).Cost;

    private CelEstimate Visit(CelNode node) => node switch
    {
        CelLiteral literal => new CelEstimate(default, LiteralSize(literal.Value), null, null, Type(node)) { Number = (literal.Value as CelInt)?.Value is { } number ? (ulong)Math.Max(number, 0) : null },
        CelIdentifier identifier => Identifier(identifier),
        CelSelect select => Select(select),
        CelCall call => Call(call),
        CelListLiteral list => Literal(node, list.Items.Count, [.. list.Items.Select(i => Visit(i.Value))], List, [.. Enumerable.Range(0, list.Items.Count)]),
        CelMapLiteral map => Literal(node, map.Entries.Count, [.. node.Children.Select(Visit)], Map, [.. Enumerable.Range(0, map.Entries.Count).Select(i => i * 2 + 1)]),
        CelStructLiteral => Literal(node, 0, [.. node.Children.Select(Visit)], Struct, []),
        CelComprehension comprehension => Comprehension(comprehension),
        CelBinding binding => Binding(binding),
        CelOptionalMap optional => OptionalMap(optional),
        _ => throw new InvalidOperationException($"unknown node {node.GetType().Name}"),
    };

    private CelType Type(CelNode node) => found.Types.GetValueOrDefault(node, CelType.Dyn);

    private static CelSize LiteralSize(CelValue value) => CelSize.Of(value switch
    {
        CelString s => s.Length,
        CelBytes b => b.Value.Length,
        _ => 1,
    });

    private CelEstimate Identifier(CelIdentifier node)
    {
        for (var i = locals.Count - 1; i >= 0; i--)
            if (locals[i].Name == node.Name) return locals[i].Estimate with { Cost = new CelCost(1, 1), Number = null };
        var type = Type(node);
        return new CelEstimate(new CelCost(1, 1), null, type.Kind == CelKind.Type ? null : type, null, type);
    }

    private CelEstimate Select(CelSelect node)
    {
        if (!found.Types.ContainsKey(node.Operand)) return new CelEstimate(new CelCost(1, 1), null, Type(node), null, Type(node)); // a variable with dots
        var operand = Visit(node.Operand);
        if (node.TestOnly) return new CelEstimate(operand.Cost, CelSize.Of(1), null, null, CelType.Bool);
        var type = Type(node);
        var declared = operand.Declared switch
        {
            { Kind: CelKind.Object } holder => holder.Fields.GetValueOrDefault(node.Field),
            { Kind: CelKind.Map } map => map.Parameters[1],
            _ => null,
        };
        if (node.IsOptional) declared = null;
        var readsField = operand.Type.Kind is CelKind.Map or CelKind.Object or CelKind.Parameter or CelKind.Opaque;
        return new CelEstimate(Add(operand.Cost, readsField ? new CelCost(1, 1) : default), null, declared, null, type);
    }

    private static CelEstimate Literal(CelNode node, int count, CelEstimate[] parts, ulong cost, int[] items)
    {
        var total = new CelCost(cost, cost);
        foreach (var part in parts) total = Add(total, part.Cost);
        CelSize? item = items.Length == 0 ? CelSize.Of(0) : null;
        foreach (var i in items) item = item?.Or(parts[i].SizeOrUnknown) ?? parts[i].SizeOrUnknown;
        return new CelEstimate(total, CelSize.Of(count), null, item, node is CelListLiteral ? CelType.AnyList : CelType.AnyMap);
    }

    private CelEstimate Comprehension(CelComprehension node)
    {
        var range = Visit(node.Range);
        var isList = range.Type.Kind == CelKind.List;
        var key = Part(range, range.Declared is { Kind: CelKind.Map } map ? map.Parameters[0] : null, isList ? CelSize.Of(1) : null, isList ? CelType.Int : First(range.Type));
        var value = Part(range, range.Declared?.Parameters is [.., var item] ? item : null, range.Item, range.Type.Parameters is [.., var last] ? last : CelType.Dyn);
        if (node.SecondVariable is { } second)
        {
            locals.Add((node.Variable, key));
            locals.Add((second, value));
        }
        else
        {
            locals.Add((node.Variable, isList ? value : key));
        }

        var filter = node.Filter is null ? null : Visit(node.Filter);
        var body = Visit(node.Body);
        locals.RemoveRange(locals.Count - (node.SecondVariable is null ? 1 : 2), node.SecondVariable is null ? 1 : 2);

        var round = node.Macro switch
        {
            CelMacro.All => new CelCost(3, Plus(3, body.Cost.Max)),
            CelMacro.Exists => new CelCost(4, Plus(4, body.Cost.Max)),
            CelMacro.ExistsOne => Add(body.Cost, new CelCost(1, 2)),
            CelMacro.Filter => Add(body.Cost, new CelCost(1, Append + 1)),
            CelMacro.Map => Add(body.Cost, new CelCost(Append, Append)),
            _ => Add(body.Cost, new CelCost(3, 3)),
        };
        if (filter is not null) round = Add(filter.Cost, new CelCost(1, round.Max));
        var count = range.SizeOrUnknown;
        var setup = Macro(node.Macro).Setup;
        var cost = Add(Add(range.Cost, new CelCost(setup, setup)), new CelCost(Times(count.Min, round.Min), Times(count.Max, round.Max)));
        return node.Macro switch
        {
            CelMacro.All or CelMacro.Exists or CelMacro.ExistsOne => new CelEstimate(cost, CelSize.Of(1), null, null, CelType.Bool),
            CelMacro.Filter => new CelEstimate(cost, new CelSize(0, count.Max), range.Declared is { Kind: CelKind.List } list ? list : null, isList ? range.ItemSize : key.SizeOrUnknown, Type(node)),
            _ => new CelEstimate(cost, new CelSize(filter is null ? count.Min : 0, count.Max), null, body.SizeOrUnknown, Type(node)),
        };
    }

    private static CelType First(CelType type) => type.Parameters is [var first, ..] ? first : CelType.Dyn;

    private CelEstimate Part(CelEstimate range, CelType? declared, CelSize? size, CelType type) =>
        new(default, size ?? Computed(range), range.Declared is null ? null : declared, null, type);

    private CelSize? Computed(CelEstimate range) => range is { Declared: null, Type.Kind: CelKind.List or CelKind.Map } ? Whole : null;

    private CelEstimate Binding(CelBinding node)
    {
        var value = Visit(node.Value);
        locals.Add((node.Variable, value));
        var body = Visit(node.Body);
        locals.RemoveAt(locals.Count - 1);
        return body with { Cost = Add(Add(value.Cost, body.Cost), new CelCost(List, List)) };
    }

    private CelEstimate OptionalMap(CelOptionalMap node)
    {
        var operand = Visit(node.Operand);
        locals.Add((node.Variable, new CelEstimate(default, operand.Size, null, operand.Item, CelType.Dyn)));
        var body = Visit(node.Body);
        locals.RemoveAt(locals.Count - 1);
        // Upstream the operand is there twice, to be tested and to be read.
        var most = Plus(Plus(Times(operand.Cost.Max, 2UL), body.Cost.Max), List + 3);
        return new CelEstimate(new CelCost(Plus(operand.Cost.Min, 2), most), body.Size, null, body.Item, Type(node));
    }

    private CelEstimate Call(CelCall node)
    {
        var isMember = node.Target is not null && found.Types.ContainsKey(node.Target);
        CelEstimate[] arguments = isMember ? [Visit(node.Target!), .. node.Arguments.Select(Visit)] : [.. node.Arguments.Select(Visit)];
        var sum = arguments.Aggregate(default(CelCost), (total, a) => Add(total, a.Cost));
        switch (node.Function, arguments)
        {
            case (CelOperators.And or CelOperators.Or, [var left, _]):
                return Scalar(new CelCost(left.Cost.Min, sum.Max));
            case (CelOperators.Conditional, [var condition, var then, var otherwise]):
                var either = new CelCost(Math.Min(then.Cost.Min, otherwise.Cost.Min), Math.Max(then.Cost.Max, otherwise.Cost.Max));
                return new CelEstimate(Add(condition.Cost, either), then.SizeOrUnknown.Or(otherwise.SizeOrUnknown), null,
                    Type(node).Parameters.Count > 0 ? then.ItemSize.Or(otherwise.ItemSize) : null, Type(node));
            case (CelOperators.Index or CelOperators.OptionalIndex, [var holder, _]):
                var declared = node.Function == CelOperators.Index && holder.Declared?.Parameters is [.., var item] ? item : null;
                return new CelEstimate(Add(sum, new CelCost(1, 1)), declared is null ? holder.Item ?? Computed(holder) : null, declared, null, Type(node));
            case ("dyn", [var inner]):
                return inner with { Cost = Add(inner.Cost, new CelCost(1, 1)), Type = CelType.Dyn, Number = null };
        }

        CelCost? cost = null;
        CelSize? size = null;
        foreach (var overload in found.Overloads.GetValueOrDefault(node) ?? [])
        {
            var own = CelCallEstimates.Cost(overload, arguments);
            cost = cost is { } known ? new CelCost(Math.Min(known.Min, own.Min), Math.Max(known.Max, own.Max)) : own;
            if (CelCallEstimates.Size(overload, arguments) is { } ownSize) size = size?.Or(ownSize) ?? ownSize;
        }

        CelSize? items = node.Function == CelOperators.Add && Type(node).Kind == CelKind.List ? arguments[0].ItemSize.Or(arguments[1].ItemSize) : null;
        return new CelEstimate(Add(sum, cost ?? new CelCost(1, 1)), size, null, items, Type(node));
    }

    private static CelEstimate Scalar(CelCost cost) => new(cost, CelSize.Of(1), null, null, CelType.Bool);

    private static CelCost Add(CelCost a, CelCost b) => new(Plus(a.Min, b.Min), Plus(a.Max, b.Max));
}
