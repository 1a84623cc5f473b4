namespace Slipway.Api.Cel;

/// <summary>
/// Walks a syntax tree. Errors are values: they pass through every operation except <c>||</c> and <c>&amp;&amp;</c>, whose
/// result an error on one side does not change when the other side decides, and the macros built on them.
/// </summary>
internal sealed class CelEvaluator(IReadOnlyDictionary<string, CelValue> variables)
{
    /// <summary>Steps after which an evaluation is given up; a nested macro over a large list gets there.</summary>
    private const int MaxSteps = 1_000_000;

    private readonly Stack<(string Name, CelValue Value)> scopes = new();
    private int steps;

    public CelValue Evaluate(CelNode node)
    {
        if (++steps > MaxSteps)
            return new CelError("the expression takes too many steps");
        return node switch
        {
            CelLiteral literal => literal.Value,
            CelIdentifier identifier => Variable(identifier.Name),
            CelSelect select => Select(select),
            CelIndex index => Index(Evaluate(index.Operand), Evaluate(index.Index)),
            CelCall call => Call(call),
            CelUnary unary => CelOperators.Apply(unary.Operator, Evaluate(unary.Operand)),
            CelBinary { Operator: CelOperator.Or } or => Either(or, true),
            CelBinary { Operator: CelOperator.And } and => Either(and, false),
            CelBinary binary => CelOperators.Apply(binary.Operator, Evaluate(binary.Left), Evaluate(binary.Right)),
            CelConditional conditional => Conditional(conditional),
            CelListLiteral list => List(list),
            CelMapLiteral map => Map(map),
            CelComprehension comprehension => Comprehend(comprehension),
            _ => new CelError($"unknown node {node.GetType().Name}"),
        };
    }

    private CelValue Variable(string name)
    {
        foreach (var scope in scopes)
        {
            if (scope.Name == name)
                return scope.Value;
        }

        return variables.TryGetValue(name, out var value) ? value : new CelError($"undeclared name {name}");
    }

    private CelValue Select(CelSelect select)
    {
        var operand = Evaluate(select.Operand);
        if (operand is CelError)
            return operand;
        if (operand is not CelMap map)
            return new CelError($"{operand.TypeName} has no field {select.Field}");
        var value = map.Get(new CelString(select.Field));
        return select.TestOnly ? CelBool.Of(value is not null) : value ?? new CelError($"no such key: {select.Field}");
    }

    private static CelValue Index(CelValue operand, CelValue index)
    {
        switch (operand, index)
        {
            case (CelError, _):
                return operand;
            case (_, CelError):
                return index;
            case (CelMap map, _):
                return map.Get(index) ?? new CelError($"no such key: {index}");
            case (CelList list, CelInt or CelUint or CelDouble):
                if (CelConversions.ToInt(index) is not CelInt { Value: var position } || CelEquality.Compare(index, new CelInt(position)) != 0)
                    return new CelError($"{index} is no index of a list");
                return position >= 0 && position < list.Items.Count
                    ? list.Items[(int)position]
                    : new CelError($"index {position} is out of range: the list has {list.Items.Count} items");
            default:
                return new CelError($"{operand.TypeName} has no index of type {index.TypeName}");
        }
    }

    private CelValue Call(CelCall call)
    {
        var target = call.Target is null ? null : Evaluate(call.Target);
        if (target is CelError)
            return target;
        var arguments = new CelValue[call.Arguments.Count];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i] = Evaluate(call.Arguments[i]);
            if (arguments[i] is CelError)
                return arguments[i];
        }

        return CelFunctions.Call(call.Function, target, arguments);
    }

    /// <summary>Or and and: <paramref name="decisive"/> on either side decides, whatever the other side is.</summary>
    private CelValue Either(CelBinary node, bool decisive)
    {
        var left = Truth(Evaluate(node.Left), node.Operator);
        if (left is CelBool { Value: var first } && first == decisive)
            return left;
        var right = Truth(Evaluate(node.Right), node.Operator);
        if (right is CelBool { Value: var second } && second == decisive)
            return right;
        return left is CelError ? left : right;
    }

    private static CelValue Truth(CelValue value, CelOperator used) =>
        value is CelBool or CelError ? value : new CelError($"{CelOperators.Symbol(used)} takes bool, not {value.TypeName}");

    private CelValue Conditional(CelConditional node) => Evaluate(node.Condition) switch
    {
        CelBool { Value: true } => Evaluate(node.Then),
        CelBool => Evaluate(node.Otherwise),
        CelError error => error,
        var other => new CelError($"the condition before ? must be bool, not {other.TypeName}"),
    };

    private CelValue List(CelListLiteral node)
    {
        var items = new List<CelValue>(node.Items.Count);
        foreach (var item in node.Items)
        {
            var value = Evaluate(item);
            if (value is CelError)
                return value;
            items.Add(value);
        }

        return new CelList(items);
    }

    private CelValue Map(CelMapLiteral node)
    {
        var entries = new Dictionary<CelValue, CelValue>(CelEquality.Instance);
        foreach (var (keyNode, valueNode) in node.Entries)
        {
            var (key, value) = (Evaluate(keyNode), Evaluate(valueNode));
            if (key is CelError)
                return key;
            if (value is CelError)
                return value;
            if (key is not (CelString or CelInt or CelUint or CelBool))
                return new CelError($"{key.TypeName} cannot be a key");
            if (!entries.TryAdd(key, value))
                return new CelError($"key {key} is there twice");
        }

        return new CelMap(entries);
    }

    private CelValue Comprehend(CelComprehension node)
    {
        var range = Evaluate(node.Range);
        IEnumerable<CelValue> items;
        switch (range)
        {
            case CelError:
                return range;
            case CelList list:
                items = list.Items;
                break;
            case CelMap map:
                items = map.Keys;
                break;
            default:
                return new CelError($"{range.TypeName} has no items");
        }

        var results = new List<CelValue>();
        var (trueCount, error) = (0, (CelValue?)null);
        foreach (var item in items)
        {
            scopes.Push((node.Variable, item));
            var value = node.Filter is null ? CelBool.True : Evaluate(node.Filter);
            var isKept = value is CelBool { Value: true };
            if (isKept || value is not CelBool)
                value = isKept ? Evaluate(node.Body) : value;
            scopes.Pop();

            if (node.Macro == CelMacro.Map)
            {
                if (value is CelError)
                    return value;
                if (isKept)
                    results.Add(value);
                continue;
            }

            if (value is not CelBool { Value: var holds })
            {
                error ??= value is CelError ? value : new CelError($"a condition must be bool, not {value.TypeName}");
                if (node.Macro is CelMacro.Filter or CelMacro.ExistsOne)
                    return error;
                continue;
            }

            if ((node.Macro == CelMacro.All && !holds) || (node.Macro == CelMacro.Exists && holds))
                return value; // decides, whatever errors other items gave
            if (holds)
            {
                trueCount++;
                results.Add(item);
            }
        }

        return node.Macro switch
        {
            CelMacro.Map or CelMacro.Filter => new CelList(results),
            CelMacro.ExistsOne => CelBool.Of(trueCount == 1),
            CelMacro.All => error ?? CelBool.True,
            _ => error ?? CelBool.False,
        };
    }
}
