using Slipway.Api.Cel;

namespace Slipway.Api.Schemas;

/// <summary>
/// The compiled rules of a schema, as a tree that has only the nodes with rules and the ways to them. Immutable; made once
/// for a schema.
/// </summary>
internal sealed class RuleTree
{
    private RuleTree(Schema node, bool isRoot, CompiledRule[] rules)
    {
        Node = node;
        IsRoot = isRoot;
        Rules = rules;
    }

    /// <summary>The schema of the values that the rules are for.</summary>
    public Schema Node { get; }

    /// <summary>Whether they are objects with type and metadata.</summary>
    public bool IsRoot { get; }

    public IReadOnlyList<CompiledRule> Rules { get; }

    public RuleTree? Items { get; private init; }

    public RuleTree? AdditionalProperties { get; private init; }

    public IReadOnlyDictionary<string, RuleTree> Properties { get; private init; } = NoProperties;

    private static readonly IReadOnlyDictionary<string, RuleTree> NoProperties = new Dictionary<string, RuleTree>();

    /// <summary>The rules of a resource's schema; null if it has none.</summary>
    public static RuleTree? Of(Schema root) => HasRules(root) ? Build(root, true, CelSchemaTypes.Of(root, true, "self")?.Type) : null;

    /// <summary>The rules of a value within a resource; null if it has none.</summary>
    public static RuleTree? OfValue(Schema schema) => HasRules(schema) ? Build(schema, schema.EmbeddedResource, CelSchemaTypes.Of(schema, schema.EmbeddedResource, "self")?.Type) : null;

    /// <summary>Whether a schema or one below it has rules.</summary>
    public static bool HasRules(Schema schema) =>
        schema.Validations.Count > 0
        || (schema.Items is { } items && HasRules(items))
        || (schema.AdditionalProperties is { } values && HasRules(values))
        || schema.Properties.Values.Any(HasRules);

    /// <summary>The type of a property's values, from the type of the object if expressions can read it.</summary>
    public static CelType? TypeOf(CelType? holder, string name, Schema property) =>
        CelPropertyNames.Escape(name) is { } escaped ? holder?.Fields.GetValueOrDefault(escaped) : CelSchemaTypes.Of(property, property.EmbeddedResource, name)?.Type;

    private static RuleTree? Build(Schema schema, bool isRoot, CelType? type)
    {
        if (!HasRules(schema)) return null;
        var properties = new Dictionary<string, RuleTree>(StringComparer.Ordinal);
        foreach (var (name, property) in schema.Properties)
        {
            if (TypeOf(type, name, property) is { } propertyType && Build(property, property.EmbeddedResource, propertyType) is { } tree) properties[name] = tree;
        }

        var last = type?.Parameters is [.., var part] ? part : null;
        return new RuleTree(schema, isRoot, CompiledRule.Compile(schema.Validations, schema, type))
        {
            Items = schema.Items is { } items ? Build(items, items.EmbeddedResource, last) : null,
            AdditionalProperties = schema.AdditionalProperties is { } values ? Build(values, values.EmbeddedResource, last) : null,
            Properties = properties,
        };
    }
}
