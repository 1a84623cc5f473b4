namespace Slipway.ApiGen;

/// <summary>A row of <c>facts/fields.tsv</c>: what the package does not say of one field of a Go type.</summary>
/// <remarks>
/// Package is the Go package as group and version, such as <c>core/v1</c>. Numbers is the protobuf field number;
/// several where an embedded struct is a message of its own on the wire but flat in JSON. Wire is <c>bytes</c> or
/// <c>varint</c>. The rest are the columns of the table.
/// </remarks>
internal sealed record FieldFact(
    string Package, string Type, string Field, string GoType, bool Required, IReadOnlyList<int> Numbers, string Wire,
    string ListType, IReadOnlyList<string> ListMapKeys, string MapType, string PatchStrategy, string PatchMergeKey, string Default)
{
    public bool IsInline => Field == "(inline)";
}

/// <summary>The tables under <c>facts/</c>.</summary>
internal sealed class Facts
{
    private readonly Dictionary<(string Package, string Type), List<FieldFact>> types = [];
    private readonly Dictionary<(string Package, string Type), string[]> enums = [];
    private readonly Dictionary<(string Package, string Type, string Field), string> exceptions = [];

    /// <summary>
    /// Reads the tables of a directory: <c>fields.tsv</c>, <c>enums.tsv</c>, <c>additions.tsv</c> (fields that only the package
    /// has, so without protobuf numbers) and <c>exceptions.tsv</c> (what is knowingly left out, and why).
    /// </summary>
    public static Facts Read(string directory)
    {
        var facts = new Facts();
        foreach (var row in Rows(directory, "fields.tsv").Concat(Rows(directory, "additions.tsv")))
        {
            var fact = new FieldFact(row[0], row[1], row[2], row[3], row[4] == "required", row[5].Length == 0 ? [] : [int.Parse(row[5])], row[6],
                row[7], row[8].Length == 0 ? [] : row[8].Split(','), row[9], row[10], row[11], row[12]);
            if (!facts.types.TryGetValue((fact.Package, fact.Type), out var fields)) facts.types[(fact.Package, fact.Type)] = fields = [];
            fields.Add(fact);
        }
        foreach (var row in Rows(directory, "enums.tsv"))
            facts.enums[(row[0], row[1])] = row[2].Split(',');
        foreach (var row in Rows(directory, "exceptions.tsv"))
            facts.exceptions[(row[0], row[1], row[2])] = row[3];
        return facts;
    }

    /// <summary>All types that the tables describe.</summary>
    public IEnumerable<(string Package, string Type)> Types => types.Keys;

    /// <summary>Rows of a type as the table has them.</summary>
    public IReadOnlyList<FieldFact> Raw(string package, string type) => types[(package, type)];

    public bool Knows(string package, string type) => types.ContainsKey((package, type));

    /// <summary>The exceptions that apply to nothing any more are an error of the table, so they are counted.</summary>
    public HashSet<(string Package, string Type, string Field)> UsedExceptions { get; } = [];

    public IEnumerable<(string Package, string Type, string Field)> Exceptions => exceptions.Keys;

    public bool IsExcepted(string package, string type, string field)
    {
        foreach (var key in new[] { (package, type, field), (package, type, "*"), (package, "*", "*"), ("*", "*", field) })
        {
            if (!exceptions.ContainsKey(key)) continue;
            UsedExceptions.Add(key);
            return true;
        }
        return false;
    }

    /// <summary>The declared values of an enumeration, or null if the type is not one.</summary>
    public string[]? EnumValues(string package, string goType)
    {
        var (owner, name) = Resolve(package, goType);
        return enums.TryGetValue((owner, name), out var values) && values.Any(v => v.Length > 0) ? values : null;
    }

    /// <summary>Fields of a type as JSON shows them: those of embedded structs are lifted, with the path of their numbers.</summary>
    public IReadOnlyList<FieldFact> Flatten(string package, string type)
    {
        var result = new List<FieldFact>();
        foreach (var fact in types[(package, type)])
        {
            if (!fact.IsInline)
            {
                result.Add(fact);
                continue;
            }
            var (owner, name) = Resolve(package, fact.GoType);
            if (name == "TypeMeta") result.AddRange(TypeMeta(package, type));
            else result.AddRange(Flatten(owner, name).Select(inner => inner with { Numbers = [.. fact.Numbers, .. inner.Numbers] }));
        }
        return result;
    }

    /// <summary>Package and name of a Go type as it is written in a package, without pointers and collections.</summary>
    public static (string Package, string Name) Resolve(string package, string goType)
    {
        var name = goType.TrimStart('*');
        while (name.StartsWith("[]", StringComparison.Ordinal) || name.StartsWith("map[string]", StringComparison.Ordinal))
            name = name[(name.IndexOf(']') + 1)..].TrimStart('*');
        var dot = name.IndexOf('.');
        if (dot < 0) return (package, name);
        return (name[..dot] switch
        {
            "metav1" => "meta/v1",
            "v1" or "corev1" or "core" => "core/v1",
            "authenticationv1" => "authentication/v1",
            var other => other,
        }, name[(dot + 1)..]);
    }

    // kind and apiVersion travel in the envelope of a protobuf object, not in its fields.
    private static IEnumerable<FieldFact> TypeMeta(string package, string type) =>
        new[] { "apiVersion", "kind" }.Select(field => new FieldFact(package, type, field, "string", false, [], "", "", [], "", "", "", ""));

    private static IEnumerable<string[]> Rows(string directory, string file) =>
        File.ReadLines(Path.Combine(directory, file)).Skip(1).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t'));
}
