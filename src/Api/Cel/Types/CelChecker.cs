using Slipway.Api.Schemas;

namespace Slipway.Api.Cel;

/// <summary>
/// Finds the type of an expression, and the signatures that its calls can have
/// (<see href="https://github.com/google/cel-spec/blob/master/doc/langdef.md#type-checking"/>). An issue does not end the check: what
/// has no type agrees with everything.
/// </summary>
internal sealed class CelChecker(CelEnvironment environment)
{
    private const int MaxIssues = 20;

    /// <summary>Most characters of a message: types built from each other can have very long names.</summary>
    private const int MaxMessage = 1000;

    private readonly CelTypeInference inference = new();
    private readonly List<CelIssue> issues = [];
    private readonly Dictionary<CelNode, CelType> types = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<CelNode, IReadOnlyList<CelOverload>> overloads = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<string> variables = new(StringComparer.Ordinal);
    private readonly List<(string Name, CelType Type)> locals = [];

    public static CelChecked Check(CelEnvironment environment, CelNode root)
    {
        var checker = new CelChecker(environment);
        try
        {
            checker.Visit(root);
            return checker.Finish(root);
        }
        catch (CelSyntaxException e)
        {
            return new CelChecked(CelType.Error, checker.types, checker.overloads, checker.variables, [new CelIssue(e.Position, e.Problem)]);
        }
    }

    private CelChecked Finish(CelNode root)
    {
        var final = types.ToDictionary(t => t.Key, t => inference.Resolve(t.Value, isFinal: true), (IEqualityComparer<CelNode>)ReferenceEqualityComparer.Instance);
        return new CelChecked(final[root], final, overloads, variables, issues);
    }

    private CelType Visit(CelNode node)
    {
        var type = node switch
        {
            CelLiteral literal => literal.Value.Type,
            CelIdentifier identifier => Identifier(identifier),
            CelSelect select => Select(select),
            CelCall call => Call(call),
            CelListLiteral list => CelType.List(Join(list.Items.Select(i => (i.Value, i.IsOptional)))),
            CelMapLiteral map => CelType.Map(Join(map.Entries.Select(e => (e.Key, false))), Join(map.Entries.Select(e => (e.Value, e.IsOptional)))),
            CelStructLiteral made => Struct(made),
            CelComprehension comprehension => Comprehension(comprehension),
            CelBinding binding => With(binding.Variable, Visit(binding.Value), binding.Body),
            CelOptionalMap optional => OptionalMap(optional),
            _ => throw new InvalidOperationException($"unknown node {node.GetType().Name}"),
        };
        types[node] = type;
        return type;
    }

    private CelType Identifier(CelIdentifier node)
    {
        if (Local(node.Name) is { } local) return local;
        return Declared(node.Name) ?? Issue(node.Position, $"undeclared reference to '{node.Name.TrimStart('.')}' (in container '{environment.Container}')");
    }

    private CelType? Declared(string name)
    {
        if (environment.FindVariable(name) is var (variable, type))
        {
            variables.Add(variable);
            return type;
        }

        return environment.FindType(name) is { } named ? CelType.TypeOf(named) : null;
    }

    private CelType Select(CelSelect node)
    {
        // A chain of names may be the name of one variable or type.
        if (!node.TestOnly && !node.IsOptional && CelEnvironment.QualifiedName(node) is { } name && Local(Root(name)) is null && Declared(name) is { } declared)
            return declared;
        var operand = inference.Resolve(Visit(node.Operand), isFinal: false);
        var isOptional = operand.IsOptional;
        if (isOptional) operand = inference.Resolve(operand.Parameters[0], isFinal: false);
        var field = Field(node, operand);
        if (node.TestOnly) return CelType.Bool;
        return isOptional || node.IsOptional ? CelType.Optional(field) : field;
    }

    private CelType Field(CelSelect node, CelType operand)
    {
        switch (operand.Kind)
        {
            case CelKind.Map:
                return operand.Parameters[1];
            case CelKind.Object:
                return operand.FieldType(node.Field) ?? Issue(node.Position, $"undefined field '{node.Field}'");
            case CelKind.Parameter:
                // Whatever it turns out to be, nothing may be concluded from the field.
                inference.IsAssignable(CelType.Dyn, operand);
                return CelType.Dyn;
            case CelKind.Dyn or CelKind.Error:
                return CelType.Dyn;
            default:
                return Issue(node.Position, $"type '{inference.Resolve(operand, isFinal: true)}' does not support field selection");
        }
    }

    private CelType Call(CelCall node)
    {
        if (node.Target is not null && CelEnvironment.QualifiedName(node.Target) is { } space && Local(Root(space)) is null
            && environment.FindFunction($"{space}.{node.Function}") is { } inNamespace)
            return Resolve(node, $"{space}.{node.Function}", inNamespace, [.. node.Arguments.Select(Visit)], isMember: false);
        var found = environment.FindFunction(node.Function);
        CelType[] arguments = node.Target is null ? [.. node.Arguments.Select(Visit)] : [Visit(node.Target), .. node.Arguments.Select(Visit)];
        if (found is null) return Issue(node.Position, $"undeclared reference to '{node.Function}' (in container '{environment.Container}')");
        return Resolve(node, node.Function, found, arguments, node.Target is not null);
    }

    private CelType Resolve(CelCall node, string name, IReadOnlyList<CelOverload> candidates, CelType[] arguments, bool isMember)
    {
        CelType? result = null;
        var matching = new List<CelOverload>();
        foreach (var candidate in candidates)
        {
            if (candidate.IsMember != isMember || candidate.Parameters.Count != arguments.Length) continue;
            var parameters = new Dictionary<string, CelType>(StringComparer.Ordinal);
            var wanted = candidate.Parameters.Select(p => inference.Instantiate(p, parameters)).ToArray();
            if (!inference.IsAssignable(arguments, wanted)) continue;
            matching.Add(candidate);
            var own = inference.Resolve(inference.Instantiate(candidate.Result, parameters), isFinal: false);
            if (result is null) result = own;
            else if (result.Kind != CelKind.Dyn && !own.IsExactly(result)) result = CelType.Dyn;
        }

        overloads[node] = matching;
        CheckLiteral(node, name);
        if (result is not null) return name == "type" && arguments.Length == 1 ? CelType.TypeOf(arguments[0]) : result;
        var shown = arguments.Select(a => inference.Resolve(a, isFinal: true).ToString()).ToArray();
        var signature = isMember ? $"{shown[0]}.({string.Join(", ", shown[1..])})" : $"({string.Join(", ", shown)})";
        return Issue(node.Position, $"found no matching overload for '{name}' applied to '{signature}'");
    }

    /// <summary>As Kubernetes does, tells at once of a duration, timestamp or pattern that stands in the text and is none.</summary>
    private void CheckLiteral(CelCall node, string name)
    {
        if (!environment.IsStrict || node.Arguments is not [CelLiteral { Value: var value }, ..]) return;
        var isWrong = (name, value) switch
        {
            ("duration", CelString text) => CelDuration.Parse(text.Value) is null,
            ("timestamp", CelString text) => CelTimestamp.Parse(text.Value) is null,
            ("matches", CelString pattern) => Patterns.Error(pattern.Value) is not null,
            _ => false,
        };
        if (isWrong) Issue(node.Arguments[0].Position, $"invalid {name} argument");
    }

    /// <summary>The type that all items of a literal agree on.</summary>
    private CelType Join(IEnumerable<(CelNode Node, bool IsOptional)> items)
    {
        CelType? joined = null;
        foreach (var (node, isOptional) in items)
        {
            var type = inference.Resolve(Visit(node), isFinal: false);
            if (isOptional)
            {
                if (type.IsOptional) type = type.Parameters[0];
                else if (!type.IsDynOrError) type = Issue(node.Position, $"expected type '{CelType.Optional(type)}' but found '{type}'");
            }

            if (joined is null) joined = type;
            else if (inference.IsAssignable(joined, type))
                joined = joined.Kind == CelKind.Null ? type : type.Kind == CelKind.Null ? joined : CelTypeInference.MostGeneral(joined, type);
            else if (environment.IsStrict) joined = Issue(node.Position, $"expected type '{inference.Resolve(joined, isFinal: true)}' but found '{inference.Resolve(type, isFinal: true)}'");
            else joined = CelType.Dyn;
        }

        return joined ?? inference.Fresh();
    }

    private CelType Struct(CelStructLiteral node)
    {
        var type = environment.FindType(node.TypeName);
        foreach (var field in node.Fields)
        {
            var given = inference.Resolve(Visit(field.Value), isFinal: false);
            if (type is null) continue;
            if (type.FieldType(field.Name) is not { } declared) Issue(node.Position, $"undefined field '{field.Name}'");
            else if (!inference.IsAssignable(given, field.IsOptional ? CelType.Optional(declared) : declared))
                Issue(field.Value.Position, $"expected type of field '{field.Name}' is '{declared}' but provided type is '{inference.Resolve(given, isFinal: true)}'");
        }

        if (type is null) return Issue(node.Position, $"undeclared reference to '{node.TypeName}' (in container '{environment.Container}')");
        return type.Kind == CelKind.Object ? type : Issue(node.Position, $"'{type}' is not a message type");
    }

    private CelType Comprehension(CelComprehension node)
    {
        var range = inference.Resolve(Visit(node.Range), isFinal: false);
        var (first, second) = range.Kind switch
        {
            CelKind.List when node.SecondVariable is null => (range.Parameters[0], CelType.Int),
            CelKind.List => (CelType.Int, range.Parameters[0]),
            CelKind.Map => (range.Parameters[0], range.Parameters[1]),
            CelKind.Dyn or CelKind.Error or CelKind.Parameter => (CelType.Dyn, CelType.Dyn),
            _ => (Issue(node.Range.Position, $"expression of type '{range}' cannot be range of a comprehension (must be list, map, or dynamic)"), CelType.Error),
        };
        if (range.Kind == CelKind.Parameter) inference.IsAssignable(CelType.Dyn, range);
        locals.Add((node.Variable, first));
        if (node.SecondVariable is { } name) locals.Add((name, second));
        if (node.Filter is not null) Condition(node.Filter, Visit(node.Filter));
        var body = Visit(node.Body);
        locals.RemoveRange(locals.Count - (node.SecondVariable is null ? 1 : 2), node.SecondVariable is null ? 1 : 2);
        switch (node.Macro)
        {
            case CelMacro.All or CelMacro.Exists or CelMacro.ExistsOne:
                Condition(node.Body, body);
                return CelType.Bool;
            case CelMacro.Filter:
                Condition(node.Body, body);
                return CelType.List(first);
            case CelMacro.Map:
                return CelType.List(body);
            case CelMacro.TransformMap:
                return CelType.Map(first, body);
            default:
                var entries = CelType.Map(inference.Fresh(), inference.Fresh());
                return inference.IsAssignable(body, entries) ? entries : Issue(node.Body.Position, $"expected type 'map' but found '{inference.Resolve(body, isFinal: true)}'");
        }
    }

    private void Condition(CelNode node, CelType type)
    {
        if (!inference.IsAssignable(type, CelType.Bool)) Issue(node.Position, $"expected type 'bool' but found '{inference.Resolve(type, isFinal: true)}'");
    }

    private CelType OptionalMap(CelOptionalMap node)
    {
        var operand = inference.Resolve(Visit(node.Operand), isFinal: false);
        var wanted = CelType.Optional(inference.Fresh());
        if (!inference.IsAssignable(operand, wanted))
            operand = Issue(node.Position, $"found no matching overload for '{(node.IsFlat ? "optFlatMap" : "optMap")}' applied to '{inference.Resolve(operand, isFinal: true)}'");
        var body = With(node.Variable, operand.IsDynOrError ? CelType.Dyn : wanted.Parameters[0], node.Body);
        if (!node.IsFlat) return CelType.Optional(body);
        var result = CelType.Optional(inference.Fresh());
        return inference.IsAssignable(body, result) ? result : Issue(node.Body.Position, $"expected type 'optional_type' but found '{inference.Resolve(body, isFinal: true)}'");
    }

    private CelType With(string variable, CelType type, CelNode body)
    {
        locals.Add((variable, type));
        var result = Visit(body);
        locals.RemoveAt(locals.Count - 1);
        return result;
    }

    private CelType? Local(string name)
    {
        for (var i = locals.Count - 1; i >= 0; i--)
            if (locals[i].Name == name) return locals[i].Type;
        return null;
    }

    private static string Root(string qualifiedName) => qualifiedName.IndexOf('.', 1) is > 0 and var end ? qualifiedName[..end] : qualifiedName;

    private CelType Issue(int position, string message)
    {
        if (message.Length > MaxMessage) message = message[..MaxMessage] + "...";
        if (issues.Count < MaxIssues) issues.Add(new CelIssue(position, message));
        return CelType.Error;
    }
}
