using System.Text.Json.Nodes;

namespace Slipway.Api.Schemas;

/// <summary>
/// The schema of a value: a structural schema as custom resource definitions declare it
/// (<see href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema"/>),
/// with the facts of the built-in kinds beside it. One type drives decoding, strict validation, pruning,
/// defaulting, the patches and OpenAPI. Immutable once built; built-in schemas refer to each other and may be recursive.
/// </summary>
public sealed class Schema
{
    /// <summary><c>object</c>, <c>array</c>, <c>string</c>, <c>integer</c>, <c>number</c>, <c>boolean</c>; null where any type is accepted.</summary>
    public string? Type { get; init; }

    /// <summary>Format of a string or number, such as <c>int32</c>, <c>date-time</c>, <c>byte</c>, <c>quantity</c>.</summary>
    public string? Format { get; init; }

    /// <summary>Name of the definition, such as <c>io.k8s.api.core.v1.PodSpec</c>; null for anonymous schemas.</summary>
    public string? Name { get; init; }

    /// <summary>Whether it is a definition of a built-in kind, which Kubernetes decodes into a struct.</summary>
    public bool IsBuiltIn => Name?.StartsWith("io.k8s.", StringComparison.Ordinal) == true;

    /// <summary>Text for <c>kubectl explain</c>, read on demand because it is most of a schema's size.</summary>
    public Func<string?>? Description { get; init; }

    /// <summary>Declared properties of an object.</summary>
    public IReadOnlyDictionary<string, Schema> Properties { get; set; } = EmptyProperties;

    /// <summary>Schema of the values of undeclared properties (a map); null if there may be none.</summary>
    public Schema? AdditionalProperties { get; set; }

    /// <summary>Whether no value will do, as for the values of a map with <c>additionalProperties: false</c>.</summary>
    public bool RefusesAll { get; init; }

    /// <summary>Schema of the items of an array.</summary>
    public Schema? Items { get; set; }

    /// <summary>Names of the properties that must be there.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>The values allowed; null if any.</summary>
    public IReadOnlyList<JsonNode?>? Enum { get; init; }

    /// <summary>Value put in when the property is absent.</summary>
    public JsonNode? Default { get; init; }

    public bool Nullable { get; init; }

    /// <summary><c>x-kubernetes-int-or-string</c>.</summary>
    public bool IntOrString { get; init; }

    /// <summary><c>x-kubernetes-preserve-unknown-fields</c>.</summary>
    public bool PreserveUnknownFields { get; init; }

    /// <summary><c>x-kubernetes-embedded-resource</c>.</summary>
    public bool EmbeddedResource { get; init; }

    /// <summary><c>x-kubernetes-list-type</c>: <c>atomic</c>, <c>set</c>, <c>map</c>; null means atomic.</summary>
    public string? ListType { get; init; }

    /// <summary><c>x-kubernetes-list-map-keys</c>.</summary>
    public IReadOnlyList<string> ListMapKeys { get; init; } = [];

    /// <summary><c>x-kubernetes-map-type</c>: <c>granular</c> or <c>atomic</c>; null means granular.</summary>
    public string? MapType { get; init; }

    /// <summary><c>x-kubernetes-patch-strategy</c> of a built-in field: <c>merge</c>, <c>replace</c>, <c>retainKeys</c>, comma-separated.</summary>
    public string? PatchStrategy { get; init; }

    /// <summary><c>x-kubernetes-patch-merge-key</c> of a built-in list.</summary>
    public string? PatchMergeKey { get; init; }

    /// <summary>Where the field is in the protobuf form of its object; null for fields that have none.</summary>
    public ProtobufPlace? Protobuf { get; init; }

    /// <summary>Rules that are expressions: <c>x-kubernetes-validations</c>.</summary>
    public IReadOnlyList<ValidationRule> Validations { get; init; } = [];

    /// <summary>The compiled rules of this schema and those below, if it is that of a custom resource with rules.</summary>
    internal Lazy<RuleTree?>? CompiledRules { get; init; }

    /// <summary>Value validations: bounds, lengths, patterns and logical junctions; null where there are none.</summary>
    public ValueRules? Rules { get; init; }

    private static readonly IReadOnlyDictionary<string, Schema> EmptyProperties = new Dictionary<string, Schema>();
}

/// <summary>Where a field of a built-in kind is in the protobuf form of its object.</summary>
/// <param name="Numbers">The field number; several for a field of a message that is flat in JSON, the outermost first.</param>
/// <param name="IsPointer">Whether the zero value differs from absence.</param>
public sealed record ProtobufPlace(IReadOnlyList<int> Numbers, bool IsPointer);

/// <summary>The value validations of a structural schema, as OpenAPI v3 defines them.</summary>
public sealed record ValueRules
{
    public decimal? Minimum { get; init; }
    public bool ExclusiveMinimum { get; init; }
    public decimal? Maximum { get; init; }
    public bool ExclusiveMaximum { get; init; }
    public decimal? MultipleOf { get; init; }
    public int? MinLength { get; init; }
    public int? MaxLength { get; init; }
    public string? Pattern { get; init; }
    public int? MinItems { get; init; }
    public int? MaxItems { get; init; }
    public bool UniqueItems { get; init; }
    public int? MinProperties { get; init; }
    public int? MaxProperties { get; init; }
    public IReadOnlyList<Schema> AllOf { get; init; } = [];
    public IReadOnlyList<Schema> AnyOf { get; init; } = [];
    public IReadOnlyList<Schema> OneOf { get; init; } = [];
    public Schema? Not { get; init; }
}
