using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Schemas;

/// <summary>
/// Reads the schemas of custom resource definitions, which must be structural
/// (<see href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema"/>).
/// </summary>
public static class StructuralSchema
{
    /// <summary>Reads the <c>openAPIV3Schema</c> of a version. Descriptions stay in the definition's document.</summary>
    /// <param name="openApiV3Schema">The JSON schema.</param>
    /// <param name="path">Its path within the definition, for messages.</param>
    /// <exception cref="ApiException">422 with causes: the schema is not structural.</exception>
    public static Schema Parse(JsonObject openApiV3Schema, string path)
    {
        var causes = Check(openApiV3Schema, path);
        return causes.Count == 0
            ? Read(openApiV3Schema)
            : throw ApiException.Invalid("apiextensions.k8s.io", "CustomResourceDefinition", "", causes);
    }

    /// <summary>What keeps a schema from being structural.</summary>
    public static IReadOnlyList<StatusCause> Check(JsonObject openApiV3Schema, string path)
    {
        var check = new StructuralCheck();
        check.Root(openApiV3Schema, path);
        if (check.Causes.Count == 0) new DefaultsCheck(check.Causes).Visit(openApiV3Schema, path);
        return check.Causes;
    }

    /// <summary>What is wrong with the rules (<c>x-kubernetes-validations</c>) of a structural schema.</summary>
    public static IReadOnlyList<StatusCause> CheckRules(JsonObject openApiV3Schema, string path)
    {
        var causes = new List<StatusCause>();
        new RuleCheck(causes).Run(Read(openApiV3Schema), path);
        return causes;
    }

    /// <summary>The schema of a custom resource: with what every object has whether or not its definition says so, and its rules compiled when they are first needed.</summary>
    /// <param name="schema">The schema as the definition has it.</param>
    /// <param name="metadata">Schema of the metadata of every object.</param>
    public static Schema OfResource(Schema schema, Schema metadata)
    {
        var text = new Schema { Type = "string" };
        var properties = new Dictionary<string, Schema>(schema.Properties) { ["apiVersion"] = text, ["kind"] = text, ["metadata"] = metadata };
        return new Schema
        {
            Type = "object",
            Description = schema.Description,
            Properties = properties,
            AdditionalProperties = schema.AdditionalProperties,
            Required = schema.Required,
            PreserveUnknownFields = schema.PreserveUnknownFields,
            MapType = schema.MapType,
            Rules = schema.Rules,
            CompiledRules = RuleTree.HasRules(schema) ? new Lazy<RuleTree?>(() => RuleTree.Of(schema)) : null,
        };
    }

    /// <summary>Reads a schema that is known to be structural.</summary>
    internal static Schema Read(JsonObject json) => new()
    {
        Type = json.Text("type"),
        Format = json.Text("format"),
        Properties = json.Object("properties") is { } properties ? properties.ToDictionary(p => p.Key, p => Read((JsonObject)p.Value!), StringComparer.Ordinal) : new Schema().Properties,
        AdditionalProperties = json["additionalProperties"] switch
        {
            JsonObject schema => Read(schema),
            { } value when value.AsBoolean() == true => Anything,
            { } value when value.AsBoolean() == false => Nothing,
            _ => null,
        },
        Items = json.Object("items") is { } items ? Read(items) : null,
        Required = Texts(json, "required"),
        Enum = json.Array("enum") is { } values ? [.. values.Select(v => v?.DeepClone())] : null,
        Default = json["default"]?.DeepClone(),
        Nullable = json.Boolean("nullable") == true,
        IntOrString = json.Boolean("x-kubernetes-int-or-string") == true,
        PreserveUnknownFields = json.Boolean("x-kubernetes-preserve-unknown-fields") == true,
        EmbeddedResource = json.Boolean("x-kubernetes-embedded-resource") == true,
        ListType = json.Text("x-kubernetes-list-type"),
        ListMapKeys = Texts(json, "x-kubernetes-list-map-keys"),
        MapType = json.Text("x-kubernetes-map-type"),
        Validations = ValidationRule.Read(json),
        Rules = ReadRules(json),
    };

    // Any value will do, but the fields of objects in it are declared nowhere, and so are pruned.
    private static Schema Anything { get; } = new();

    private static Schema Nothing { get; } = new() { RefusesAll = true };

    private static ValueRules? ReadRules(JsonObject json)
    {
        var rules = new ValueRules
        {
            Minimum = Number(json, "minimum"),
            ExclusiveMinimum = json.Boolean("exclusiveMinimum") == true,
            Maximum = Number(json, "maximum"),
            ExclusiveMaximum = json.Boolean("exclusiveMaximum") == true,
            MultipleOf = Number(json, "multipleOf"),
            MinLength = Count(json, "minLength"),
            MaxLength = Count(json, "maxLength"),
            Pattern = json.Text("pattern"),
            MinItems = Count(json, "minItems"),
            MaxItems = Count(json, "maxItems"),
            MinProperties = Count(json, "minProperties"),
            MaxProperties = Count(json, "maxProperties"),
            AllOf = Schemas(json, "allOf"),
            AnyOf = Schemas(json, "anyOf"),
            OneOf = Schemas(json, "oneOf"),
            Not = json.Object("not") is { } not ? Read(not) : null,
        };
        return rules == Empty ? null : rules;
    }

    private static readonly ValueRules Empty = new();

    private static IReadOnlyList<Schema> Schemas(JsonObject json, string name) => json.Array(name) is { Count: > 0 } list ? [.. list.OfType<JsonObject>().Select(Read)] : Empty.AllOf;

    private static string[] Texts(JsonObject json, string name) => [.. json.Array(name)?.Select(v => v.AsText() ?? "") ?? []];

    private static int? Count(JsonObject json, string name) => json.Integer(name) is { } value ? (int)Math.Clamp(value, 0, int.MaxValue) : null;

    private static decimal? Number(JsonObject json, string name) =>
        json[name] is { } value && value.GetValueKind() == JsonValueKind.Number && decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
