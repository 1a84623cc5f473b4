using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.Api.Cel;

/// <summary>The type of the values of a schema.</summary>
/// <param name="Type">The type, with the greatest sizes that the schema allows or that fit into a request.</param>
/// <param name="MinBytes">Fewest bytes that such a value takes as JSON.</param>
internal sealed record CelSchemaType(CelType Type, long MinBytes)
{
    /// <summary>How many such values fit into a request.</summary>
    public ulong MaxCount => (ulong)(CelSchemaTypes.MaxRequestBytes / (MinBytes + 1));
}

/// <summary>
/// Types of structural schemas, as Kubernetes declares them
/// (<see href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules"/>).
/// What a schema says nothing about is not visible to expressions.
/// </summary>
internal static class CelSchemaTypes
{
    /// <summary>Bytes of the largest request that upstream accepts; bounds what has no bound of its own.</summary>
    public const long MaxRequestBytes = 3 * 1024 * 1024;

    private const long MaxTimeBytes = 32, DateBytes = 12, MinTimeBytes = 21, MinDurationBytes = 3, MinTextBytes = 2, BoolBytes = 4, NumberBytes = 1, BracketBytes = 2;

    private static readonly Schema Text = new() { Type = "string" };
    private static readonly Schema Names = new() { Type = "object", Properties = new Dictionary<string, Schema> { ["name"] = Text, ["generateName"] = Text } };

    /// <summary>The type of a schema's values; null for those that expressions do not see.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="isRoot">Whether it is that of an object with type and metadata.</param>
    /// <param name="name">Name of the type, for messages.</param>
    public static CelSchemaType? Of(Schema schema, bool isRoot, string name)
    {
        if (schema.IntOrString)
            return new(CelType.Dyn.AtMost(schema.Rules?.MaxLength * 4L ?? MaxRequestBytes - BracketBytes), NumberBytes);
        switch (schema.Type)
        {
            case "array":
                if (schema.Items is null || Of(schema.Items, schema.Items.EmbeddedResource, $"{name}.@items") is not { } item) return null;
                return new(CelType.List(item.Type).AtMost(schema.Rules?.MaxItems ?? (MaxRequestBytes - BracketBytes) / (item.MinBytes + 1)), BracketBytes);
            case "object" when schema.AdditionalProperties is { } values:
                if (Of(values, values.EmbeddedResource, $"{name}.@values") is not { } value) return null;
                var entryBytes = value.MinBytes + 6; // quotes, colon, comma
                return new(CelType.Map(CelType.String.AtMost(0), value.Type).AtMost(schema.Rules?.MaxProperties ?? (MaxRequestBytes - BracketBytes) / entryBytes), BracketBytes);
            case "object":
                return ObjectType(schema, isRoot, name);
            case "string":
                return TextType(schema);
            case "boolean":
                return new(CelType.Bool, BoolBytes);
            case "number":
                return new(CelType.Double, NumberBytes);
            case "integer":
                return new(CelType.Int, NumberBytes);
            default:
                return null;
        }
    }

    /// <summary>The schema of a property of an object, type and metadata of a root included.</summary>
    public static Schema? Property(Schema schema, string name, bool isRoot) => (isRoot, name) switch
    {
        (true, "apiVersion" or "kind") => Text,
        (true, "metadata") => Names,
        _ => schema.Properties.GetValueOrDefault(name),
    };

    private static CelSchemaType ObjectType(Schema schema, bool isRoot, string name)
    {
        var fields = new Dictionary<string, CelType>(StringComparer.Ordinal);
        var bytes = BracketBytes;
        IEnumerable<string> names = isRoot ? schema.Properties.Keys.Union(["apiVersion", "kind", "metadata"]) : schema.Properties.Keys;
        foreach (var property in names)
        {
            var inner = Property(schema, property, isRoot)!;
            if (Of(inner, inner.EmbeddedResource, $"{name}.{property}") is not { } type) continue;
            foreach (var read in CelPropertyNames.All(property)) fields[read] = type.Type;
            // What has a default need not be sent.
            if (schema.Required.Contains(property) && inner.Default is null) bytes += property.Length + type.MinBytes + 4;
        }

        return new(CelType.Object(name, fields), bytes);
    }

    private static CelSchemaType TextType(Schema schema)
    {
        var max = schema.Rules?.MaxLength;
        switch (schema.Format)
        {
            case "byte":
                return new(CelType.Bytes.AtMost(max ?? MaxRequestBytes - BracketBytes), MinTextBytes);
            case "duration":
                return new(CelType.Duration.AtMost(MaxTimeBytes), MinDurationBytes);
            case "date":
                return new(CelType.Timestamp.AtMost(DateBytes), DateBytes);
            case "date-time":
                return new(CelType.Timestamp.AtMost(MaxTimeBytes), MinTimeBytes);
        }

        // A character can take four bytes.
        var length = max * 4L
            ?? (schema.Enum is { Count: > 0 } values ? values.Max(v => v.AsText()?.Length ?? 0) : MaxRequestBytes - BracketBytes);
        return new(CelType.String.AtMost(length), MinTextBytes);
    }
}
