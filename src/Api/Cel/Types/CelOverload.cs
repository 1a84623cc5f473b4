namespace Slipway.Api.Cel;

/// <summary>What a function does. Its arguments, a target first, have the types of the overload and are no errors.</summary>
internal delegate CelValue CelBody(CelFrame frame, ReadOnlySpan<CelValue> arguments);

/// <summary>One signature of a function.</summary>
/// <param name="Function">Name of the function; those in a namespace have dots.</param>
/// <param name="Id">Name of the signature, as the specification and Kubernetes name it.</param>
/// <param name="IsMember">Whether it is called on its first argument: <c>target.function(...)</c>.</param>
/// <param name="Parameters">Types of the arguments, the target first.</param>
/// <param name="Result">Type of the result.</param>
/// <param name="Body">What it does.</param>
internal sealed record CelOverload(string Function, string Id, bool IsMember, IReadOnlyList<CelType> Parameters, CelType Result, CelBody Body)
{
    public static CelOverload Global(string function, string id, IReadOnlyList<CelType> parameters, CelType result, CelBody body) => new(function, id, false, parameters, result, body);

    public static CelOverload Member(string function, string id, IReadOnlyList<CelType> parameters, CelType result, CelBody body) => new(function, id, true, parameters, result, body);

    /// <summary>How its cost depends on its arguments.</summary>
    public CelCostRule CostRule => costRule ??= CelCostRules.Of(this);

    private CelCostRule? costRule;

    /// <summary>Whether values have the types of the parameters, as far as values show them.</summary>
    public bool Accepts(ReadOnlySpan<CelValue> arguments)
    {
        if (arguments.Length != Parameters.Count) return false;
        for (var i = 0; i < arguments.Length; i++)
        {
            var (wanted, given) = (Parameters[i], arguments[i].Type);
            if (wanted.Kind is CelKind.Dyn or CelKind.Parameter) continue;
            if (wanted.Kind != given.Kind || (wanted.Kind == CelKind.Opaque && wanted.Name != given.Name)) return false;
        }

        return true;
    }
}
