using System.Text.Json.Nodes;

namespace Slipway.ApiGen;

/// <summary>Writes joined types as OpenAPI v3 component schemas, in upstream's shape, without their descriptions.</summary>
internal sealed class Definitions(Facts facts, ModelJoin join)
{
    private const string Meta = "io.k8s.apimachinery.pkg.apis.meta.v1.";
    private const string Crd = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.";

    // Types that have a JSON form of their own rather than fields. The unions say nothing of their shape, as upstream.
    private static readonly Dictionary<string, (string Definition, string Schema, string Description)> WellKnown = new()
    {
        ["Time"] = (Meta + "Time", """{"type":"string","format":"date-time"}""", "A point in time to the second, as RFC 3339."),
        ["MicroTime"] = (Meta + "MicroTime", """{"type":"string","format":"date-time"}""", "A point in time to the microsecond, as RFC 3339."),
        ["Duration"] = (Meta + "Duration", """{"type":"string"}""", "A length of time such as 1h15m30.918s."),
        ["FieldsV1"] = (Meta + "FieldsV1", """{"type":"object"}""", "A set of fields as a trie: f:<name> for a field, k:<keys>, v:<value> or i:<index> for items."),
        ["Quantity"] = ("io.k8s.apimachinery.pkg.api.resource.Quantity", """{"oneOf":[{"type":"string"},{"type":"number"}]}""", "A fixed-point number with an optional suffix: n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei, or a decimal exponent."),
        ["IntOrString"] = ("io.k8s.apimachinery.pkg.util.intstr.IntOrString", """{"format":"int-or-string","oneOf":[{"type":"integer"},{"type":"string"}]}""", "An integer or a string."),
        ["RawExtension"] = ("io.k8s.apimachinery.pkg.runtime.RawExtension", """{"type":"object"}""", "An object of any kind."),
        ["JSON"] = (Crd + "JSON", "{}", "Any JSON value."),
        ["JSONSchemaPropsOrBool"] = (Crd + "JSONSchemaPropsOrBool", "{}", "A JSONSchemaProps or a boolean."),
        ["JSONSchemaPropsOrArray"] = (Crd + "JSONSchemaPropsOrArray", "{}", "A JSONSchemaProps or a list of them."),
        ["JSONSchemaPropsOrStringArray"] = (Crd + "JSONSchemaPropsOrStringArray", "{}", "A JSONSchemaProps or a list of strings."),
        ["JSONSchemaDependencies"] = (Crd + "JSONSchemaPropsOrStringArray", "{}", "A JSONSchemaProps or a list of strings."),
        ["CustomResourceSubresourceStatus"] = (Crd + "CustomResourceSubresourceStatus", """{"type":"object"}""", "Serves /status for custom resources."),
    };

    // Defaults that the tables give as the name of a constant.
    private static readonly Dictionary<string, string> Constants = new() { ["ref(AzureDataDiskCachingReadWrite)"] = "\"ReadWrite\"", ["ref(AzureSharedBlobDisk)"] = "\"Shared\"" };

    /// <summary>Definition name, schema, and descriptions by field ("" is the definition's own), of the well-known types.</summary>
    public static IEnumerable<(string Name, JsonObject Schema, JsonObject Descriptions)> WellKnownTypes =>
        WellKnown.Values.DistinctBy(w => w.Definition).Select(w => (w.Definition, (JsonObject)JsonNode.Parse(w.Schema)!, new JsonObject { [""] = w.Description }));

    /// <summary>The schema of one type and its descriptions.</summary>
    public (JsonObject Schema, JsonObject Descriptions) Build(JoinedType type)
    {
        var byName = facts.Flatten(type.Package, type.Type).GroupBy(f => f.Field).ToDictionary(g => g.Key, g => g.Last());
        var properties = new JsonObject();
        var descriptions = new JsonObject { [""] = type.Model.Description };
        var required = new JsonArray();
        foreach (var field in type.Model.Fields.Where(f => byName.ContainsKey(f.Json) && !facts.IsExcepted(type.Package, type.Type, f.Json)).OrderBy(f => f.Json, StringComparer.Ordinal))
        {
            var fact = byName[field.Json];
            properties[field.Json] = Property(type, field, fact);
            if (fact.Required) required.Add((JsonNode)field.Json);
            if (field.Description.Length > 0) descriptions[field.Json] = field.Description;
        }
        var schema = new JsonObject { ["type"] = "object" };
        if (required.Count > 0) schema["required"] = required;
        if (properties.Count > 0) schema["properties"] = properties;
        if (type.Model.Kind is { } kind)
            schema["x-kubernetes-group-version-kind"] = new JsonArray(new JsonObject { ["group"] = kind.Group, ["kind"] = kind.Kind, ["version"] = kind.ApiVersion });
        if (type.Type == "LabelSelector") schema["x-kubernetes-map-type"] = "atomic";
        return (schema, descriptions);
    }

    private JsonObject Property(JoinedType type, ModelField field, FieldFact fact)
    {
        var schema = Value(field.Type, type, fact, fact.GoType);
        if (fact.ListType.Length > 0) schema["x-kubernetes-list-type"] = fact.ListType;
        if (fact.ListMapKeys.Count > 0) schema["x-kubernetes-list-map-keys"] = new JsonArray([.. fact.ListMapKeys.Select(k => (JsonNode)k)]);
        if (fact.MapType.Length > 0) schema["x-kubernetes-map-type"] = fact.MapType;
        if (fact.PatchStrategy.Length > 0) schema["x-kubernetes-patch-strategy"] = fact.PatchStrategy;
        if (fact.PatchMergeKey.Length > 0) schema["x-kubernetes-patch-merge-key"] = fact.PatchMergeKey;
        if (fact.Numbers.Count > 0) schema["x-slipway-protobuf"] = $"{string.Join('.', fact.Numbers)} {fact.Wire}{(fact.GoType.StartsWith('*') ? " pointer" : "")}";
        if (DefaultOf(fact) is { } value) schema["default"] = value;
        return schema;
    }

    // A default that is the zero value of a field without a pointer is what absence means anyway.
    private static JsonNode? DefaultOf(FieldFact fact)
    {
        var text = Constants.GetValueOrDefault(fact.Default, fact.Default);
        if (text.Length == 0 || (!fact.GoType.StartsWith('*') && text is "\"\"" or "0" or "false")) return null;
        return JsonNode.Parse(text);
    }

    private JsonObject Value(Type type, JoinedType owner, FieldFact fact, string goType)
    {
        var name = Facts.Resolve(owner.Package, goType).Name;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IList<>))
            return new() { ["type"] = "array", ["items"] = Value(type.GetGenericArguments()[0], owner, fact, goType) };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IDictionary<,>))
            return new() { ["type"] = "object", ["additionalProperties"] = Value(type.GetGenericArguments()[1], owner, fact, goType) };
        if (type == typeof(byte[])) return new() { ["type"] = "string", ["format"] = "byte" };
        if (join[type] is { } target) return Reference(target.Definition);
        if (WellKnown.TryGetValue(name, out var known)) return Reference(known.Definition);
        if (type == typeof(string)) return String(owner, goType);
        if (type == typeof(bool)) return new() { ["type"] = "boolean" };
        if (type == typeof(int)) return new() { ["type"] = "integer", ["format"] = "int32" };
        if (type == typeof(long)) return new() { ["type"] = "integer", ["format"] = "int64" };
        if (type == typeof(double)) return new() { ["type"] = "number", ["format"] = "double" };
        if (type.Name == "ResourceQuantity") return Reference(WellKnown["Quantity"].Definition);
        throw new InvalidOperationException($"{owner.Package} {owner.Type}.{fact.Field}: there is no schema for {type} ({goType})");
    }

    private JsonObject String(JoinedType owner, string goType)
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (facts.EnumValues(owner.Package, goType) is { } values)
            schema["enum"] = new JsonArray([.. values.Select(v => (JsonNode)v)]);
        return schema;
    }

    private static JsonObject Reference(string definition) =>
        new() { ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = $"#/components/schemas/{definition}" }) };
}
