using System.Collections.Frozen;

namespace Slipway.Api.Cel;

/// <summary>A variable that expressions may read.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type; <see cref="CelType.Dyn"/> for a value of any shape, which is checked when it is read.</param>
public readonly record struct CelVariable(string Name, CelType Type);

/// <summary>
/// What expressions know: functions, types and variables. Immutable; expressions are compiled against it once and then
/// evaluated any number of times.
/// </summary>
/// <remarks>
/// <code>
/// var environment = CelEnvironment.Kubernetes.With([new("object", CelType.Dyn), new("oldObject", CelType.Dyn)]);
/// var program = environment.Compile("object.metadata.name.startsWith('a')", CelType.Bool);
/// var result = program.Evaluate(new Dictionary&lt;string, CelValue&gt; { ["object"] = CelJson.ToCel(document), ["oldObject"] = CelNull.Instance });
/// </code>
/// </remarks>
public sealed class CelEnvironment
{
    private CelEnvironment(CelEnvironment other)
        : this(other.Overloads, other.Types, other.Variables)
    {
        Container = other.Container;
        IsStrict = other.IsStrict;
        HasBindings = other.HasBindings;
        OpenType = other.OpenType;
    }

    private CelEnvironment(FrozenDictionary<string, IReadOnlyList<CelOverload>> functions, FrozenDictionary<string, CelType> types, FrozenDictionary<string, CelType> variables)
    {
        Overloads = functions;
        Types = types;
        Variables = variables;
    }

    /// <summary>
    /// What every expression of the Kubernetes API knows: the standard functions and Kubernetes' libraries
    /// (<see href="https://kubernetes.io/docs/reference/using-api/cel/#cel-community-libraries"/>). The items of a list or map
    /// literal must have one type, and durations, timestamps and patterns that stand in the text must be right.
    /// </summary>
    public static CelEnvironment Kubernetes { get; } = Of(CelLibraries.Kubernetes, isStrict: true);

    /// <summary>All functions that there are, with mathematics and encodings, <c>cel.bind</c>, and literals of mixed types: for flows.</summary>
    public static CelEnvironment Everything { get; } = Of(CelLibraries.Everything, isStrict: false).WithBindings();

    /// <summary>The namespace in which names are looked up first; empty for none.</summary>
    internal string Container { get; private init; } = "";

    /// <summary>Whether all items of a list or map literal must have one type, and arguments that stand in the text are checked with it.</summary>
    internal bool IsStrict { get; private init; }

    /// <summary>Whether <c>cel.bind</c> is a macro.</summary>
    internal bool HasBindings { get; private init; }

    private FrozenDictionary<string, IReadOnlyList<CelOverload>> Overloads { get; init; }

    private FrozenDictionary<string, CelType> Types { get; init; }

    private FrozenDictionary<string, CelType> Variables { get; init; }

    /// <summary>Name of the type that objects of any fields have; those of its fields add their names to it. Null for none.</summary>
    private string? OpenType { get; init; }

    /// <summary>The names of all functions, for hints.</summary>
    internal IEnumerable<string> FunctionNames => Overloads.Keys.Where(n => char.IsAsciiLetter(n[0]));

    /// <summary>This environment with more variables. A variable of the same name is replaced.</summary>
    public CelEnvironment With(params IEnumerable<CelVariable> more)
    {
        var all = new Dictionary<string, CelType>(Variables, StringComparer.Ordinal);
        foreach (var (name, type) in more) all[name] = type;
        return new CelEnvironment(this) { Variables = all.ToFrozenDictionary(StringComparer.Ordinal) };
    }

    /// <summary>This environment with types that expressions may name and make objects of.</summary>
    internal CelEnvironment WithTypes(IEnumerable<CelType> more)
    {
        var all = new Dictionary<string, CelType>(Types, StringComparer.Ordinal);
        foreach (var type in more) all[type.Name] = type;
        return new CelEnvironment(this) { Types = all.ToFrozenDictionary(StringComparer.Ordinal) };
    }

    internal CelEnvironment WithFunctions(IEnumerable<CelOverload> more) =>
        new(this) { Overloads = Table([.. Overloads.Values.SelectMany(f => f), .. more]) };

    internal CelEnvironment In(string container) => new(this) { Container = container };

    /// <summary>
    /// This environment with what expressions change objects with
    /// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/"/>): <c>Object{...}</c>, for its
    /// fields <c>Object.spec{...}</c> and so on, <c>JSONPatch{...}</c> and <c>jsonpatch.escapeKey</c>.
    /// </summary>
    public CelEnvironment WithPatches() =>
        new(WithTypes([CelPatches.Operation]).WithFunctions(CelPatches.Functions)) { OpenType = CelPatches.ObjectName };

    /// <summary>This environment with the macro <c>cel.bind</c>, which Kubernetes has in some places only.</summary>
    public CelEnvironment WithBindings() => new(this) { HasBindings = true };

    /// <summary>Parses, checks and plans an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="result">The type that its result must have; null for any.</param>
    /// <exception cref="CelCompileException">Its syntax or its types are wrong.</exception>
    public CelProgram Compile(string text, CelType? result = null)
    {
        CelNode root;
        try
        {
            root = CelParser.Parse(text, HasBindings);
        }
        catch (CelSyntaxException e)
        {
            throw new CelCompileException(text, [new CelIssue(e.Position, $"Syntax error: {e.Problem}")]);
        }

        var found = CelChecker.Check(this, root);
        if (found.Issues.Count > 0) throw new CelCompileException(text, found.Issues);
        if (result is not null && !found.Type.IsDynOrError && !found.Type.IsExactly(result))
            throw new CelCompileException(text, [new CelIssue(0, $"must evaluate to {result}")]);
        var planner = new CelPlanner(this, found.Overloads);
        var step = planner.Plan(root);
        return new CelProgram(text, root, found, step, planner.Places);
    }

    /// <summary>The variable that a name means, and its type.</summary>
    internal (string Name, CelType Type)? FindVariable(string name)
    {
        foreach (var candidate in Candidates(name))
            if (Variables.TryGetValue(candidate, out var type)) return (candidate, type);
        return null;
    }

    /// <summary>The type that a name means.</summary>
    internal CelType? FindType(string name)
    {
        foreach (var candidate in Candidates(name))
        {
            if (Types.TryGetValue(candidate, out var type)) return type;
            if (OpenType is { } open && candidate.StartsWith(open, StringComparison.Ordinal) && (candidate.Length == open.Length || candidate[open.Length] == '.'))
                return CelType.OpenObject(candidate);
        }
        return null;
    }

    /// <summary>The signatures of a function.</summary>
    internal IReadOnlyList<CelOverload>? FindFunction(string name)
    {
        foreach (var candidate in Candidates(name))
            if (Overloads.TryGetValue(candidate, out var found)) return found;
        return null;
    }

    /// <summary>What a name can stand for: within the container, within those around it, and by itself.</summary>
    internal IEnumerable<string> Candidates(string name)
    {
        if (name.StartsWith('.'))
        {
            yield return name[1..];
            yield break;
        }

        for (var outer = Container; outer.Length > 0; outer = outer.LastIndexOf('.') is > 0 and var end ? outer[..end] : "") yield return $"{outer}.{name}";
        yield return name;
    }

    /// <summary>The name that a chain of names writes, such as <c>a.b.c</c>; null for anything else.</summary>
    internal static string? QualifiedName(CelNode node) => node switch
    {
        CelIdentifier identifier => identifier.Name,
        CelSelect { TestOnly: false, IsOptional: false } select when QualifiedName(select.Operand) is { } outer => $"{outer}.{select.Field}",
        _ => null,
    };

    private static CelEnvironment Of(IEnumerable<CelOverload> overloads, bool isStrict) =>
        new(Table(overloads), CelLibraries.Types.ToFrozenDictionary(t => t.Name, StringComparer.Ordinal), FrozenDictionary<string, CelType>.Empty) { IsStrict = isStrict };

    private static FrozenDictionary<string, IReadOnlyList<CelOverload>> Table(IEnumerable<CelOverload> overloads) =>
        overloads.GroupBy(o => o.Function, StringComparer.Ordinal).ToFrozenDictionary(g => g.Key, g => (IReadOnlyList<CelOverload>)[.. g], StringComparer.Ordinal);
}
