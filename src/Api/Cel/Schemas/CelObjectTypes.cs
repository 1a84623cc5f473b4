using Slipway.Api.Schemas;

namespace Slipway.Api.Cel;

/// <summary>
/// Types of the objects that admission policies look at, so that a misspelt field or a comparison of things that cannot be compared
/// is found before a request meets it. What has no single type (texts that stand for times, numbers that may be texts, parts
/// without a schema, and what contains itself) is of any type: it is checked when it is read.
/// </summary>
public static class CelObjectTypes
{
    /// <summary>The type of an object of a kind.</summary>
    /// <param name="kind">Its schema.</param>
    /// <param name="metadata">The schema of <c>metadata</c>, which definitions of custom resources leave out.</param>
    /// <param name="name">Name of the type, for messages.</param>
    public static CelType Of(Schema kind, Schema metadata, string name)
    {
        var known = new Dictionary<object, CelType>(ReferenceEqualityComparer.Instance);
        if (kind.Properties.Count == 0) return CelType.Dyn;
        var fields = Fields(kind, name, known);
        fields.TryAdd("apiVersion", CelType.String);
        fields.TryAdd("kind", CelType.String);
        if (!kind.IsBuiltIn) fields["metadata"] = Of(metadata, $"{name}.metadata", known);
        return CelType.Object(name, fields);
    }

    private static CelType Of(Schema schema, string name, Dictionary<object, CelType> known)
    {
        if (schema.IntOrString || schema.EmbeddedResource || schema.PreserveUnknownFields) return CelType.Dyn;
        return schema.Type switch
        {
            "array" => CelType.List(schema.Items is { } items ? Of(items, $"{name}.@items", known) : CelType.Dyn),
            "object" when schema.AdditionalProperties is { } values => CelType.Map(CelType.String, Of(values, $"{name}.@values", known)),
            "object" when schema.Properties.Count > 0 => Object(schema, name, known),
            "string" when schema.Format is null or "" => CelType.String,
            "boolean" => CelType.Bool,
            "number" => CelType.Double,
            "integer" => CelType.Int,
            _ => CelType.Dyn,
        };
    }

    // A field that refers to a definition shares its table of properties.
    private static CelType Object(Schema schema, string name, Dictionary<object, CelType> known)
    {
        if (known.TryGetValue(schema.Properties, out var type)) return type;
        known[schema.Properties] = CelType.Dyn;   // while it is under way: it contains itself
        return known[schema.Properties] = CelType.Object(name, Fields(schema, name, known));
    }

    private static Dictionary<string, CelType> Fields(Schema schema, string name, Dictionary<object, CelType> known)
    {
        var fields = new Dictionary<string, CelType>(StringComparer.Ordinal);
        foreach (var (property, inner) in schema.Properties)
            foreach (var read in CelPropertyNames.All(property)) fields[read] = Of(inner, $"{name}.{property}", known);
        return fields;
    }
}
