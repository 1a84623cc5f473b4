namespace Slipway.Api.Cel;

/// <summary>Turns calls that are macros into what they stand for.</summary>
internal static class CelMacros
{
    public static CelNode Expand(int position, CelNode? target, string name, List<CelNode> arguments)
    {
        if (target is null && name == "has")
        {
            return arguments is [CelSelect field]
                ? field with { TestOnly = true }
                : throw new CelSyntaxException(position, "has() takes a field, such as has(params.since)");
        }

        CelMacro? macro = (name, arguments.Count) switch
        {
            ("all", 2) => CelMacro.All,
            ("exists", 2) => CelMacro.Exists,
            ("exists_one", 2) => CelMacro.ExistsOne,
            ("filter", 2) => CelMacro.Filter,
            ("map", 2 or 3) => CelMacro.Map,
            _ => null,
        };
        if (target is null || macro is null)
            return new CelCall(position, name, target, arguments);
        if (arguments[0] is not CelIdentifier { Name: var variable })
            throw new CelSyntaxException(arguments[0].Position, $"the first argument of {name}() must be a name");
        return new CelComprehension(position, macro.Value, target, variable, arguments.Count == 3 ? arguments[1] : null, arguments[^1]);
    }
}
