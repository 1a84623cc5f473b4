namespace Slipway.Api.Cel;

/// <summary>
/// A macro over a list or map. Costs are those of the loop that the macro stands for upstream
/// (<see href="https://github.com/google/cel-spec/blob/master/doc/langdef.md#macros"/>): reading its accumulator, its
/// condition, and the list of one item that it adds in each round.
/// </summary>
internal sealed class ComprehensionStep(CelMacro macro, CelStep range, int place, int? secondPlace, CelStep? filter, CelStep body) : CelStep
{
    public override CelValue Run(CelFrame frame)
    {
        var over = range.Run(frame);
        if (over is CelError) return over;
        if (over is not (CelList or CelMap)) return CelError.NoOverloadFor($"{over.TypeName} has no items");
        frame.Charge(CelCosts.Macro(macro).Setup);
        return macro switch
        {
            CelMacro.All => Decide(frame, over, decisive: false),
            CelMacro.Exists => Decide(frame, over, decisive: true),
            CelMacro.ExistsOne => ExistsOne(frame, over),
            CelMacro.Filter => Filter(frame, over),
            CelMacro.Map => Map(frame, over),
            _ => TransformMap(frame, over),
        };
    }

    /// <summary>All and exists: an item whose condition is decisive decides, whatever errors other items give.</summary>
    private CelValue Decide(CelFrame frame, CelValue over, bool decisive)
    {
        CelError? error = null;
        foreach (var _ in Rounds(frame, over))
        {
            switch (body.Run(frame))
            {
                case CelBool { Value: var holds } when holds == decisive:
                    return CelBool.Of(decisive);
                case CelBool:
                    break;
                case CelError found:
                    error ??= found;
                    break;
                case var other:
                    error ??= NoCondition(other);
                    break;
            }
        }

        return (CelValue?)error ?? CelBool.Of(!decisive);
    }

    private CelValue ExistsOne(CelFrame frame, CelValue over)
    {
        var count = 0;
        foreach (var _ in Rounds(frame, over))
        {
            switch (body.Run(frame))
            {
                case CelBool { Value: var holds }:
                    if (holds) count++;
                    frame.Charge(holds ? 2UL : 1UL);
                    break;
                case CelError found:
                    return found;
                case var other:
                    return NoCondition(other);
            }
        }

        return CelBool.Of(count == 1);
    }

    private CelValue Filter(CelFrame frame, CelValue over)
    {
        var kept = new List<CelValue>();
        foreach (var item in Rounds(frame, over))
        {
            var value = body.Run(frame);
            if (value is not CelBool { Value: var holds }) return value is CelError ? value : NoCondition(value);
            frame.Charge(holds ? CelCosts.Append + 1 : 1);
            if (holds) kept.Add(item);
        }

        return new CelList(kept);
    }

    private CelValue Map(CelFrame frame, CelValue over)
    {
        var made = new List<CelValue>();
        foreach (var _ in Rounds(frame, over))
        {
            if (Skips(frame) is { } skipped)
            {
                if (skipped is CelError) return skipped;
                continue;
            }

            var value = body.Run(frame);
            if (value is CelError) return value;
            frame.Charge(CelCosts.Append);
            made.Add(value);
        }

        return new CelList(made);
    }

    private CelValue TransformMap(CelFrame frame, CelValue over)
    {
        var made = new Dictionary<CelValue, CelValue>(CelEquality.Instance);
        foreach (var item in Rounds(frame, over))
        {
            if (Skips(frame) is { } skipped)
            {
                if (skipped is CelError) return skipped;
                continue;
            }

            var value = body.Run(frame);
            if (value is CelError) return value;
            frame.Charge(3);
            if (macro == CelMacro.TransformMap)
            {
                made[frame.Locals[place]] = value;
                continue;
            }

            if (value is not CelMap entries) return CelError.NoOverloadFor($"an entry must be a map, not {value.TypeName}");
            foreach (var key in entries.Keys)
            {
                frame.Work(1);
                if (!made.TryAdd(key, entries.Get(key)!)) return new CelError($"insert failed: key {key} already exists");
            }
        }

        return new CelMap(made);
    }

    /// <summary>Why the filter leaves an item out: an error, or null where it takes it and false where not.</summary>
    private CelValue? Skips(CelFrame frame)
    {
        switch (filter?.Run(frame))
        {
            case null or CelBool { Value: true }:
                return null;
            case CelBool no:
                frame.Charge(1);
                return no;
            case CelError error:
                return error;
            case var other:
                return NoCondition(other);
        }
    }

    private static CelError NoCondition(CelValue value) => CelError.NoOverloadFor($"a condition must be bool, not {value.TypeName}");

    /// <summary>Sets the variables for each item in turn. A key or an item is what is given.</summary>
    private IEnumerable<CelValue> Rounds(CelFrame frame, CelValue over)
    {
        var cost = CelCosts.Macro(macro).Round;
        if (over is CelList list)
        {
            for (var i = 0; i < list.Items.Count; i++)
            {
                Begin(frame, cost);
                var item = list.Items[i];
                frame.Locals[place] = secondPlace is null ? item : new CelInt(i);
                if (secondPlace is { } second) frame.Locals[second] = item;
                yield return item;
            }
        }
        else
        {
            var map = (CelMap)over;
            foreach (var key in map.Keys)
            {
                Begin(frame, cost);
                frame.Locals[place] = key;
                if (secondPlace is { } second) frame.Locals[second] = map.Get(key)!;
                yield return key;
            }
        }
    }

    private static void Begin(CelFrame frame, ulong cost)
    {
        frame.Tick();
        frame.Charge(cost);
    }
}
