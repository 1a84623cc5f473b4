namespace Slipway.Api.Cel;

/// <summary>Turns a syntax tree into steps that can be run: names and signatures are looked up once, here.</summary>
/// <param name="environment">What is declared.</param>
/// <param name="overloads">The signatures that the checker found for each call; null for an expression that was not checked.</param>
internal sealed class CelPlanner(CelEnvironment environment, IReadOnlyDictionary<CelNode, IReadOnlyList<CelOverload>>? overloads)
{
    private readonly List<(string Name, int Place)> locals = [];

    /// <summary>Count of the variables of macros.</summary>
    public int Places { get; private set; }

    public CelStep Plan(CelNode node) => node switch
    {
        CelLiteral literal => new ConstantStep(literal.Value),
        CelIdentifier identifier => Local(identifier.Name) is { } place ? new LocalStep(place) : Declared(identifier.Name) ?? new UnknownNameStep([.. environment.Candidates(identifier.Name)], environment.Container),
        CelSelect select => Select(select),
        CelCall call => Call(call),
        CelListLiteral list => new ListStep([.. list.Items.Select(i => (Plan(i.Value), i.IsOptional))]),
        CelMapLiteral map => new MapStep([.. map.Entries.Select(e => (Plan(e.Key), Plan(e.Value), e.IsOptional))]),
        CelStructLiteral made => environment.FindType(made.TypeName) is { Kind: CelKind.Object } type
            ? new StructStep(type, [.. made.Fields.Select(f => (f.Name, Plan(f.Value), f.IsOptional))])
            : new ConstantStep(new CelError($"unknown type: {made.TypeName}")),
        CelComprehension comprehension => Comprehension(comprehension),
        CelBinding binding => Binding(binding),
        CelOptionalMap optional => OptionalMap(optional),
        _ => throw new InvalidOperationException($"unknown node {node.GetType().Name}"),
    };

    private CelStep Select(CelSelect node)
    {
        if (!node.TestOnly && !node.IsOptional && CelEnvironment.QualifiedName(node) is { } name && Local(Root(name)) is null && Declared(name) is { } declared)
            return declared;
        return new SelectStep(Plan(node.Operand), node.Field, node.TestOnly, node.IsOptional);
    }

    private CelStep? Declared(string name)
    {
        if (environment.FindVariable(name) is var (variable, _)) return new VariableStep(variable);
        return environment.FindType(name) is { } type ? new ConstantStep(new CelTypeValue(type)) : null;
    }

    private CelStep Call(CelCall node)
    {
        switch (node.Function, node.Arguments)
        {
            case (CelOperators.And, [var left, var right]):
                return new LogicStep(Plan(left), Plan(right), decisive: false);
            case (CelOperators.Or, [var left, var right]):
                return new LogicStep(Plan(left), Plan(right), decisive: true);
            case (CelOperators.Conditional, [var condition, var then, var otherwise]):
                return new ConditionalStep(Plan(condition), Plan(then), Plan(otherwise));
            case (CelOperators.Index or CelOperators.OptionalIndex, [var operand, var index]):
                return new IndexStep(Plan(operand), Plan(index), node.Function == CelOperators.OptionalIndex);
            case ("or" or "orValue", [var other]) when node.Target is not null:
                return new OptionalOrStep(Plan(node.Target), Plan(other), node.Function == "or");
        }

        if (node.Target is not null && CelEnvironment.QualifiedName(node.Target) is { } space && Local(Root(space)) is null
            && environment.FindFunction($"{space}.{node.Function}") is { } inNamespace)
            return new CallStep($"{space}.{node.Function}", false, Signatures(node, inNamespace, isMember: false), [.. node.Arguments.Select(Plan)]);
        CelStep[] arguments = node.Target is null ? [.. node.Arguments.Select(Plan)] : [Plan(node.Target), .. node.Arguments.Select(Plan)];
        return new CallStep(node.Function, node.Target is not null, Signatures(node, environment.FindFunction(node.Function) ?? [], node.Target is not null), arguments);
    }

    private IReadOnlyList<CelOverload> Signatures(CelCall node, IReadOnlyList<CelOverload> all, bool isMember) =>
        overloads?.GetValueOrDefault(node) ?? [.. all.Where(o => o.IsMember == isMember)];

    private ComprehensionStep Comprehension(CelComprehension node)
    {
        var range = Plan(node.Range);
        var place = Push(node.Variable);
        int? second = node.SecondVariable is { } name ? Push(name) : null;
        var filter = node.Filter is null ? null : Plan(node.Filter);
        var body = Plan(node.Body);
        locals.RemoveRange(locals.Count - (second is null ? 1 : 2), second is null ? 1 : 2);
        return new ComprehensionStep(node.Macro, range, place, second, filter, body);
    }

    private BindingStep Binding(CelBinding node)
    {
        var value = Plan(node.Value);
        var place = Push(node.Variable);
        var body = Plan(node.Body);
        locals.RemoveAt(locals.Count - 1);
        return new BindingStep(place, value, body);
    }

    private OptionalMapStep OptionalMap(CelOptionalMap node)
    {
        var operand = Plan(node.Operand);
        var place = Push(node.Variable);
        var body = Plan(node.Body);
        locals.RemoveAt(locals.Count - 1);
        return new OptionalMapStep(operand, place, body, node.IsFlat);
    }

    private int Push(string name)
    {
        locals.Add((name, Places));
        return Places++;
    }

    private int? Local(string name)
    {
        for (var i = locals.Count - 1; i >= 0; i--)
            if (locals[i].Name == name) return locals[i].Place;
        return null;
    }

    private static string Root(string qualifiedName) => qualifiedName.IndexOf('.', 1) is > 0 and var end ? qualifiedName[..end] : qualifiedName;
}
