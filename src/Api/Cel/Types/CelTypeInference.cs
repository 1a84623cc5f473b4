namespace Slipway.Api.Cel;

/// <summary>
/// What the checker knows about type parameters: unification of types, where <c>dyn</c> agrees with everything
/// (<see href="https://github.com/google/cel-spec/blob/master/doc/langdef.md#gradual-type-checking"/>).
/// </summary>
internal sealed class CelTypeInference
{
    /// <summary>Types built from each other can be exponentially large; a check of such is given up after so many steps.</summary>
    private const int MaxSteps = 1_000_000;

    private readonly Dictionary<string, CelType> found = new(StringComparer.Ordinal);
    private readonly Stack<(string Name, CelType? Before)> trail = [];
    private int fresh;
    private int steps;

    /// <summary>A type parameter that nothing is known about yet.</summary>
    public CelType Fresh() => CelType.Parameter($"_{fresh++}");

    /// <summary>Whether a value of a type can stand where another is asked for; learns from it if so.</summary>
    public bool IsAssignable(CelType type, CelType target) => IsAssignable([type], [target]);

    /// <summary>As above, for lists of the same length.</summary>
    public bool IsAssignable(IReadOnlyList<CelType> types, IReadOnlyList<CelType> targets)
    {
        if (types.Count != targets.Count) return false;
        var mark = trail.Count;
        for (var i = 0; i < types.Count; i++)
        {
            if (Agree(types[i], targets[i])) continue;
            Forget(mark);
            return false;
        }

        trail.Clear();
        return true;
    }

    private void Learn(string parameter, CelType type)
    {
        trail.Push((parameter, found.GetValueOrDefault(parameter)));
        found[parameter] = type;
    }

    private void Forget(int mark)
    {
        while (trail.Count > mark)
        {
            var (name, before) = trail.Pop();
            if (before is null) found.Remove(name);
            else found[name] = before;
        }
    }

    private void Step()
    {
        if (++steps > MaxSteps) throw new CelSyntaxException(0, "the types of the expression are too complex");
    }

    /// <summary>A type with what is known put in for its parameters.</summary>
    /// <param name="type">The type.</param>
    /// <param name="isFinal">Whether parameters that nothing is known about become <c>dyn</c>.</param>
    public CelType Resolve(CelType type, bool isFinal)
    {
        Step();
        if (type.Kind == CelKind.Parameter)
            return found.TryGetValue(type.Name, out var known) ? Resolve(known, isFinal) : isFinal ? CelType.Dyn : type;
        if (type.Parameters.Count == 0) return type;
        var resolved = new CelType[type.Parameters.Count];
        var isSame = true;
        for (var i = 0; i < resolved.Length; i++)
        {
            resolved[i] = Resolve(type.Parameters[i], isFinal);
            isSame &= ReferenceEquals(resolved[i], type.Parameters[i]);
        }

        return isSame ? type : type.WithParameters(resolved);
    }

    /// <summary>A signature's types with fresh parameters in place of its own.</summary>
    public CelType Instantiate(CelType type, Dictionary<string, CelType> parameters)
    {
        if (type.Kind == CelKind.Parameter)
        {
            if (!parameters.TryGetValue(type.Name, out var own)) parameters[type.Name] = own = Fresh();
            return own;
        }

        return type.Parameters.Count == 0 ? type : type.WithParameters([.. type.Parameters.Select(p => Instantiate(p, parameters))]);
    }

    /// <summary>The one of two types that agree which says less.</summary>
    public static CelType MostGeneral(CelType a, CelType b) => SaysLessOrSame(a, b) ? a : b;

    private bool Agree(CelType a, CelType b)
    {
        Step();
        if (b.Kind == CelKind.Parameter)
        {
            var (isValid, isKnown) = Substitute(a, b);
            if (isValid) return true;
            if (isKnown) return false;
        }

        if (a.Kind == CelKind.Parameter) return Substitute(b, a).IsValid;
        if (a.IsDynOrError || b.IsDynOrError) return true;
        if (a.Kind == CelKind.Null) return TakesNull(b);
        if (b.Kind == CelKind.Null) return TakesNull(a);
        switch (a.Kind)
        {
            case CelKind.Type:
                return b.Kind == CelKind.Type;
            case CelKind.List or CelKind.Map or CelKind.Opaque:
                if (a.Kind != b.Kind || a.Name != b.Name || a.Parameters.Count != b.Parameters.Count) return false;
                for (var i = 0; i < a.Parameters.Count; i++)
                    if (!Agree(a.Parameters[i], b.Parameters[i])) return false;
                return true;
            default:
                return a.Kind == b.Kind && a.Name == b.Name;
        }
    }

    private (bool IsValid, bool IsKnown) Substitute(CelType type, CelType parameter)
    {
        if (type.IsExactly(parameter)) return (true, true);
        if (found.TryGetValue(parameter.Name, out var known))
        {
            if (type.IsExactly(known)) return (true, true);
            if (!Agree(type, known)) return (false, true);
            var general = MostGeneral(type, known);
            if (!Occurs(parameter, general)) Learn(parameter.Name, general);
            return (true, true);
        }

        if (Occurs(parameter, type)) return (false, false);
        Learn(parameter.Name, type);
        return (true, false);
    }

    private bool Occurs(CelType parameter, CelType type)
    {
        Step();
        if (type.Kind != CelKind.Parameter) return type.Parameters.Any(p => Occurs(parameter, p));
        return type.Name == parameter.Name || (found.TryGetValue(type.Name, out var known) && Occurs(parameter, known));
    }

    private static bool TakesNull(CelType type) => type.Kind is CelKind.Null or CelKind.Opaque or CelKind.Object or CelKind.Timestamp or CelKind.Duration;

    private static bool SaysLessOrSame(CelType a, CelType b)
    {
        if (a.Kind is CelKind.Dyn or CelKind.Parameter) return true;
        if (b.Kind is CelKind.Dyn or CelKind.Parameter || a.Kind != b.Kind) return false;
        switch (a.Kind)
        {
            case CelKind.Type:
                return true;
            case CelKind.List or CelKind.Map or CelKind.Opaque:
                if (a.Name != b.Name || a.Parameters.Count != b.Parameters.Count) return false;
                for (var i = 0; i < a.Parameters.Count; i++)
                    if (!SaysLessOrSame(a.Parameters[i], b.Parameters[i])) return false;
                return true;
            default:
                return a.IsExactly(b);
        }
    }
}
