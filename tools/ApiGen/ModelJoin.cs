namespace Slipway.ApiGen;

/// <summary>A model class and the Go type that it stands for.</summary>
internal sealed record JoinedType(string Package, string Type, Model Model)
{
    /// <summary>Name of the definition in upstream's OpenAPI documents.</summary>
    public string Definition => $"{Package switch
    {
        "meta/v1" => "io.k8s.apimachinery.pkg.apis.meta.v1",
        "apiextensions/v1" => "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1",
        "apiregistration/v1" => "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1",
        _ => $"io.k8s.api.{Package.Replace('/', '.')}",
    }}.{Type}";
}

/// <summary>Finds for each model class its Go type, and says what is left over on either side.</summary>
internal sealed class ModelJoin
{
    private readonly Dictionary<Type, JoinedType> byClass = [];

    /// <summary>What one side has and the other lacks, as sentences; empty when all is covered.</summary>
    public List<string> Gaps { get; } = [];

    public IEnumerable<JoinedType> Types => byClass.Values;

    public JoinedType? this[Type type] => byClass.GetValueOrDefault(type);

    public static ModelJoin Of(Facts facts, IReadOnlyDictionary<string, Model> models)
    {
        var join = new ModelJoin();
        foreach (var (package, type) in facts.Types)
        {
            var (group, version) = (package.Split('/')[0], package.Split('/')[1]);
            var model = models.GetValueOrDefault($"{char.ToUpperInvariant(group[0])}{group[1..]}{version}{type}") ?? models.GetValueOrDefault($"V{version[1..]}{type}");
            if (model is null)
            {
                // Structs that are only ever embedded have no class: their fields are their owners'.
                if (!facts.IsExcepted(package, type, "*") && !IsEmbeddedOnly(facts, package, type)) join.Gaps.Add($"{package} {type}: the package has no class for it");
            }
            else if (join.byClass.TryGetValue(model.Class, out var other))
            {
                if (!facts.IsExcepted(package, type, "*")) join.Gaps.Add($"{package} {type} and {other.Package} {other.Type} both match the class {model.Class.Name}");
            }
            else if (!facts.IsExcepted(package, type, "*"))
            {
                join.byClass[model.Class] = new(package, type, model);
            }
        }
        foreach (var model in models.Values.Where(m => !join.byClass.ContainsKey(m.Class)))
            if (!facts.IsExcepted("(package)", model.Class.Name, "*")) join.Gaps.Add($"class {model.Class.Name}: no fact covers it");
        foreach (var type in join.byClass.Values) join.CompareFields(facts, type);
        foreach (var unused in facts.Exceptions.Where(e => !facts.UsedExceptions.Contains(e)))
            join.Gaps.Add($"exceptions.tsv: {unused.Package} {unused.Type} {unused.Field} is no longer needed");
        join.Gaps.Sort(StringComparer.Ordinal);
        return join;
    }

    private void CompareFields(Facts facts, JoinedType type)
    {
        var known = facts.Flatten(type.Package, type.Type).Select(f => f.Field).ToHashSet();
        var present = type.Model.Fields.Select(f => f.Json).ToHashSet();
        foreach (var field in present.Union(known).Where(f => !facts.IsExcepted(type.Package, type.Type, f)))
        {
            if (!known.Contains(field)) Gaps.Add($"{type.Package} {type.Type}.{field}: no fact covers this field of {type.Model.Class.Name}");
            if (!present.Contains(field)) Gaps.Add($"{type.Package} {type.Type}.{field}: {type.Model.Class.Name} has no such field");
        }
    }

    private static bool IsEmbeddedOnly(Facts facts, string package, string type) =>
        facts.Types.SelectMany(t => facts.Raw(t.Package, t.Type)).Any(f => f.IsInline && Facts.Resolve(f.Package, f.GoType) == (package, type));
}
