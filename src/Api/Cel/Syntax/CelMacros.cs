namespace Slipway.Api.Cel;

/// <summary>
/// Turns calls that are macros into what they stand for
/// (<see href="https://github.com/google/cel-spec/blob/master/doc/langdef.md#macros"/>).
/// </summary>
internal static class CelMacros
{
    /// <summary>The names of all macros.</summary>
    public static readonly IReadOnlyList<string> Names =
        ["has", "all", "exists", "exists_one", "existsOne", "filter", "map", "transformList", "transformMap", "transformMapEntry", "optMap", "optFlatMap", "sortBy", "bind"];

    // No variable of an expression can have this name.
    private const string SortedList = "@sorted";

    public static CelNode Expand(int position, CelNode? target, string name, List<CelNode> arguments, bool hasBindings)
    {
        switch (target, name, arguments)
        {
            case (null, "has", [CelSelect { TestOnly: false, IsOptional: false } field]):
                return field with { TestOnly = true };
            case (null, "has", [_]):
                throw new CelSyntaxException(arguments[0].Position, "invalid argument to has() macro");
            case (null, "has", _):
                return new CelCall(position, name, null, arguments);
            case (CelIdentifier { Name: "cel" }, "bind", [var variable, var value, var body]) when hasBindings:
                return new CelBinding(position, Variable(name, variable), value, body);
            case ({ }, "optMap" or "optFlatMap", [var variable, var body]):
                return new CelOptionalMap(position, target, Variable(name, variable), body, name == "optFlatMap");
            case ({ }, "sortBy", [var variable, var key]):
                return SortBy(position, target, Variable(name, variable), key);
        }

        CelMacro? macro = (name, arguments.Count) switch
        {
            ("all", 2 or 3) => CelMacro.All,
            ("exists", 2 or 3) => CelMacro.Exists,
            ("exists_one" or "existsOne", 2 or 3) => CelMacro.ExistsOne,
            ("filter", 2) => CelMacro.Filter,
            ("map", 2 or 3) => CelMacro.Map,
            ("transformList", 3 or 4) => CelMacro.Map,
            ("transformMap", 3 or 4) => CelMacro.TransformMap,
            ("transformMapEntry", 3 or 4) => CelMacro.TransformMapEntry,
            _ => null,
        };
        if (target is null || macro is null)
            return new CelCall(position, name, target, arguments);
        var first = Variable(name, arguments[0]);
        var hasTwo = name.StartsWith("transform", StringComparison.Ordinal) || (arguments.Count == 3 && name != "map");
        var second = hasTwo ? Variable(name, arguments[1]) : null;
        if (second == first)
            throw new CelSyntaxException(arguments[1].Position, "the variables of a macro must have different names");
        var filter = arguments.Count == (hasTwo ? 4 : 3) ? arguments[^2] : null;
        return new CelComprehension(position, macro.Value, target, first, second, filter, arguments[^1]);
    }

    /// <summary>Binds the list to a variable, and sorts it by a list of the keys of its items.</summary>
    private static CelBinding SortBy(int position, CelNode target, string variable, CelNode key)
    {
        if (target is not (CelListLiteral or CelSelect or CelIdentifier or CelComprehension or CelBinding or CelOptionalMap or CelCall))
            throw new CelSyntaxException(target.Position, "sortBy can only be applied to a list, identifier, comprehension, call or select expression");
        var list = new CelIdentifier(position, SortedList);
        var keys = CelParser.Measured(new CelComprehension(position, CelMacro.Map, list with { }, variable, null, null, key));
        return new CelBinding(position, SortedList, target, CelParser.Measured(new CelCall(position, ListTransforms.SortByKeys, list, [keys])));
    }

    private static string Variable(string macro, CelNode node) => node is CelIdentifier { Name: var name } && !name.StartsWith('.')
        ? name
        : throw new CelSyntaxException(node.Position, $"argument must be a simple name in {macro}()");
}
