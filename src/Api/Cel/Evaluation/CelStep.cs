namespace Slipway.Api.Cel;

/// <summary>
/// A part of a planned expression. What goes wrong in it is a <see cref="CelError"/>. Costs are counted as Kubernetes
/// does: one for each variable and field that is read, nothing for constants, and for functions what they say.
/// </summary>
internal abstract class CelStep
{
    public abstract CelValue Run(CelFrame frame);
}

internal sealed class ConstantStep(CelValue value) : CelStep
{
    public override CelValue Run(CelFrame frame) => value;
}

/// <summary>A declared variable.</summary>
internal sealed class VariableStep(string name) : CelStep
{
    public override CelValue Run(CelFrame frame)
    {
        frame.Charge(1);
        return frame.Variables.TryGetValue(name, out var value) ? value : new CelError($"no such attribute: {name}");
    }
}

/// <summary>A name that nothing was declared for, in an expression that was not checked: the first candidate that has a value.</summary>
internal sealed class UnknownNameStep(IReadOnlyList<string> candidates, string container) : CelStep
{
    public override CelValue Run(CelFrame frame)
    {
        frame.Charge(1);
        foreach (var candidate in candidates)
            if (frame.Variables.TryGetValue(candidate, out var value)) return value;
        return new CelError($"undeclared reference to '{candidates[^1]}' (in container '{container}')");
    }
}

/// <summary>A variable of a macro.</summary>
internal sealed class LocalStep(int place) : CelStep
{
    public override CelValue Run(CelFrame frame)
    {
        frame.Charge(1);
        return frame.Locals[place];
    }
}

/// <summary>A field, or whether it is there.</summary>
internal sealed class SelectStep(CelStep operand, string field, bool testOnly, bool isOptional) : CelStep
{
    public override CelValue Run(CelFrame frame)
    {
        var value = operand.Run(frame);
        if (value is CelError) return value;
        if (!testOnly) frame.Charge(1);
        if (value is CelOptional { Value: var inner })
        {
            if (inner is null) return testOnly ? CelBool.False : CelOptional.None;
            return testOnly ? Test(inner) : OptionalField(inner);
        }

        if (testOnly) return Test(value);
        if (isOptional) return OptionalField(value);
        return value is CelMap map ? map.GetField(field) ?? new CelError($"no such key: {field}") : NoFields(value);
    }

    private CelValue Test(CelValue value) => value is CelMap map ? CelBool.Of(map.GetField(field) is not null) : NoFields(value);

    private CelError NoFields(CelValue value) => CelError.NoOverloadFor($"{value.TypeName} has no field {field}");

    private CelValue OptionalField(CelValue value)
    {
        if (value is not CelMap map) return NoFields(value);
        return map.GetField(field) switch
        {
            null => CelOptional.None,
            CelError error => error,
            var found => CelOptional.Of(found),
        };
    }
}

/// <summary><c>operand[index]</c> or <c>operand[?index]</c>.</summary>
internal sealed class IndexStep(CelStep operand, CelStep index, bool isOptional) : CelStep
{
    public override CelValue Run(CelFrame frame)
    {
        var value = operand.Run(frame);
        if (value is CelError) return value;
        var key = index.Run(frame);
        if (key is CelError) return key;
        frame.Charge(1);
        var isSoft = isOptional;
        if (value is CelOptional { Value: var inner })
        {
            if (inner is null) return CelOptional.None;
            (value, isSoft) = (inner, true);
        }

        var (found, problem) = Find(value, key);
        if (!isSoft) return found ?? problem!;
        return found switch
        {
            null => problem!.Message.StartsWith("no such overload", StringComparison.Ordinal) ? problem : CelOptional.None,
            CelError => found,
            _ => CelOptional.Of(found),
        };
    }

    private static (CelValue? Found, CelError? Problem) Find(CelValue value, CelValue key)
    {
        switch (value)
        {
            case CelMap map when key is CelString or CelBool or CelInt or CelUint or CelDouble:
                return map.Get(key) is { } found ? (found, null) : (null, new CelError($"no such key: {(key is CelString text ? text.Value : key.ToString())}"));
            case CelMap:
                return (null, new CelError($"unsupported key type: {key.TypeName}"));
            case CelList list when key is CelInt or CelUint or CelDouble:
                if (CelConversions.ToInt(key) is not CelInt { Value: var position } || CelEquality.Compare(key, new CelInt(position)) != 0)
                    return (null, new CelError($"unsupported index value: {key}"));
                return position >= 0 && position < list.Items.Count
                    ? (list.Items[(int)position], null)
                    : (null, new CelError($"index out of bounds: {position}"));
            default:
                return (null, CelError.NoOverloadFor($"{value.TypeName} has no index of type {key.TypeName}"));
        }
    }
}

/// <summary>A function. The first of its signatures that takes the arguments is called.</summary>
internal sealed class CallStep(string function, bool isMember, IReadOnlyList<CelOverload> overloads, CelStep[] arguments) : CelStep
{
    public override CelValue Run(CelFrame frame)
    {
        var values = new CelValue[arguments.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = arguments[i].Run(frame);
            if (values[i] is CelError) return values[i];
        }

        foreach (var overload in overloads)
        {
            if (!overload.Accepts(values)) continue;
            frame.Charge(CelFunctionCosts.Before(overload, values));
            var result = overload.Body(frame, values);
            frame.Charge(CelFunctionCosts.After(overload, result));
            return ReferenceEquals(result, CelError.NoOverload) ? NoOverload(values) : result;
        }

        frame.Charge(1);
        return overloads.Count == 0 ? new CelError($"unbound function: {function}") : NoOverload(values);
    }

    private CelError NoOverload(CelValue[] values)
    {
        var types = values.Select(v => v.TypeName).ToArray();
        return CelError.NoOverloadFor((function, types) switch
        {
            (CelOperators.In, [var item, var list]) => $"{item} in {list}",
            (['_', .. var symbol, '_'], [var left, var right]) => $"{left} {symbol} {right}",
            ([.. var symbol, '_'], [var operand]) when !char.IsAsciiLetter(function[0]) => symbol + operand,
            _ when isMember => $"{types[0]}.{function}({string.Join(", ", types[1..])})",
            _ => $"{function}({string.Join(", ", types)})",
        });
    }
}

/// <summary>Or and and: <paramref name="decisive"/> on either side decides, whatever the other side is.</summary>
internal sealed class LogicStep(CelStep left, CelStep right, bool decisive) : CelStep
{
    public override CelValue Run(CelFrame frame)
    {
        var first = Truth(left.Run(frame));
        if (first is CelBool { Value: var a } && a == decisive) return first;
        var second = Truth(right.Run(frame));
        if (second is CelBool { Value: var b } && b == decisive) return second;
        return first is CelError ? first : second;
    }

    private CelValue Truth(CelValue value) =>
        value is CelBool or CelError ? value : CelError.NoOverloadFor($"{(decisive ? "||" : "&&")} takes bool, not {value.TypeName}");
}

/// <summary><c>condition ? then : otherwise</c>.</summary>
internal sealed class ConditionalStep(CelStep condition, CelStep then, CelStep otherwise) : CelStep
{
    public override CelValue Run(CelFrame frame) => condition.Run(frame) switch
    {
        CelBool { Value: true } => then.Run(frame),
        CelBool => otherwise.Run(frame),
        CelError error => error,
        var other => CelError.NoOverloadFor($"the condition before ? must be bool, not {other.TypeName}"),
    };
}

/// <summary>A list literal.</summary>
internal sealed class ListStep(IReadOnlyList<(CelStep Value, bool IsOptional)> items) : CelStep
{
    public override CelValue Run(CelFrame frame)
    {
        var values = new List<CelValue>(items.Count);
        foreach (var (item, isOptional) in items)
        {
            var value = item.Run(frame);
            if (value is CelError) return value;
            if (!isOptional) values.Add(value);
            else if (value is not CelOptional optional) return new CelError($"cannot initialize optional list element from non-optional value {value}");
            else if (optional.Value is not null) values.Add(optional.Value);
        }

        frame.Charge(CelCosts.List);
        return new CelList(values);
    }
}

/// <summary>A map literal.</summary>
internal sealed class MapStep(IReadOnlyList<(CelStep Key, CelStep Value, bool IsOptional)> entries) : CelStep
{
    public override CelValue Run(CelFrame frame)
    {
        var made = new Dictionary<CelValue, CelValue>(entries.Count, CelEquality.Instance);
        foreach (var (keyStep, valueStep, isOptional) in entries)
        {
            var key = keyStep.Run(frame);
            if (key is CelError) return key;
            var value = valueStep.Run(frame);
            if (value is CelError) return value;
            if (isOptional)
            {
                if (value is not CelOptional optional) return new CelError($"cannot initialize optional entry '{key}' from non-optional value {value}");
                if (optional.Value is null) continue;
                value = optional.Value;
            }

            if (Add(made, key, value) is { } error) return error;
        }

        frame.Charge(CelCosts.Map);
        return new CelMap(made);
    }

    /// <summary>Adds an entry, or says why it cannot be one.</summary>
    internal static CelError? Add(Dictionary<CelValue, CelValue> entries, CelValue key, CelValue value)
    {
        if (key is not (CelString or CelInt or CelUint or CelBool)) return new CelError($"unsupported key type: {key.TypeName}");
        return entries.TryAdd(key, value) ? null : new CelError($"Failed with repeated key: {key}");
    }
}

/// <summary>An object literal.</summary>
internal sealed class StructStep(CelType type, IReadOnlyList<(string Name, CelStep Value, bool IsOptional)> fields) : CelStep
{
    public override CelValue Run(CelFrame frame)
    {
        var made = new Dictionary<CelValue, CelValue>(fields.Count, CelEquality.Instance);
        foreach (var (name, step, isOptional) in fields)
        {
            var value = step.Run(frame);
            if (value is CelError) return value;
            if (isOptional)
            {
                if (value is not CelOptional optional) return new CelError($"cannot initialize optional entry '{name}' from non-optional value {value}");
                if (optional.Value is null) continue;
                value = optional.Value;
            }

            if (MapStep.Add(made, new CelString(name), value) is { } error) return error;
        }

        frame.Charge(CelCosts.Struct);
        return new CelStruct(type, made);
    }
}

/// <summary>An object that an expression made.</summary>
internal sealed class CelStruct(CelType type, Dictionary<CelValue, CelValue> fields) : CelMap(fields)
{
    public override CelType Type => type;
}

/// <summary><c>cel.bind(name, value, body)</c>. The value is made once.</summary>
internal sealed class BindingStep(int place, CelStep value, CelStep body) : CelStep
{
    public override CelValue Run(CelFrame frame)
    {
        frame.Charge(CelCosts.List); // as the empty list that the macro loops over upstream
        frame.Locals[place] = value.Run(frame);
        return body.Run(frame);
    }
}

/// <summary><c>optional.or(optional)</c> and <c>optional.orValue(value)</c>: what stands in is evaluated only where it is needed.</summary>
internal sealed class OptionalOrStep(CelStep operand, CelStep other, bool isOptional) : CelStep
{
    public override CelValue Run(CelFrame frame)
    {
        var value = operand.Run(frame);
        if (value is CelError) return value;
        frame.Charge(1);
        if (value is not CelOptional optional) return CelError.NoOverload;
        if (optional.Value is not null) return isOptional ? optional : optional.Value;
        var substitute = other.Run(frame);
        return isOptional && substitute is not (CelOptional or CelError) ? CelError.NoOverload : substitute;
    }
}

/// <summary><c>optional.optMap(name, body)</c> and <c>optFlatMap</c>.</summary>
internal sealed class OptionalMapStep(CelStep operand, int place, CelStep body, bool isFlat) : CelStep
{
    public override CelValue Run(CelFrame frame)
    {
        var value = operand.Run(frame);
        if (value is CelError) return value;
        if (value is not CelOptional optional) return CelError.NoOverload;
        if (optional.Value is null) return CelOptional.None;
        frame.Charge(CelCosts.List);
        frame.Locals[place] = optional.Value;
        var result = body.Run(frame);
        return (result, isFlat) switch
        {
            (CelError, _) => result,
            (CelOptional, true) => result,
            (_, true) => CelError.NoOverload,
            _ => CelOptional.Of(result),
        };
    }
}
