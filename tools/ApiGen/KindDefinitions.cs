using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Slipway.Api.Kinds;
using Slipway.Api.Schemas;

namespace Slipway.ApiGen;

/// <summary>Writes the custom resource definitions of Slipway's own kinds from their classes.</summary>
internal sealed class KindDefinitions(IReadOnlyDictionary<string, string> texts)
{
    private readonly Stack<Type> path = new();

    /// <summary>The definitions by the name of their file.</summary>
    public IEnumerable<(string File, JsonObject Definition)> All() =>
        typeof(CustomKindAttribute).Assembly.GetExportedTypes()
            .Select(type => (Type: type, Kind: type.GetCustomAttribute<CustomKindAttribute>()))
            .Where(k => k.Kind is not null)
            .Select(k => ($"{k.Kind!.Plural}.json", Definition(k.Type, k.Kind)));

    private JsonObject Definition(Type type, CustomKindAttribute kind)
    {
        var name = kind.Kind ?? type.Name;
        var names = new JsonObject { ["plural"] = kind.Plural, ["singular"] = name.ToLowerInvariant(), ["kind"] = name, ["listKind"] = $"{name}List" };
        if (kind.ShortNames.Length > 0) names["shortNames"] = List(kind.ShortNames);
        if (kind.Categories.Length > 0) names["categories"] = List(kind.Categories);
        var version = new JsonObject
        {
            ["name"] = CustomKindAttribute.Version,
            ["served"] = true,
            ["storage"] = true,
            ["schema"] = new JsonObject { ["openAPIV3Schema"] = Root(type) },
        };
        if (type.GetProperty("Status") is not null) version["subresources"] = new JsonObject { ["status"] = new JsonObject() };
        var columns = type.GetCustomAttributes<PrinterColumnAttribute>().Select(Column).ToArray();
        if (columns.Length > 0) version["additionalPrinterColumns"] = new JsonArray(columns);
        return new()
        {
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["kind"] = "CustomResourceDefinition",
            ["metadata"] = new JsonObject { ["name"] = $"{kind.Plural}.{CustomKindAttribute.Group}" },
            ["spec"] = new JsonObject { ["group"] = CustomKindAttribute.Group, ["names"] = names, ["scope"] = "Namespaced", ["versions"] = new JsonArray(version) },
        };
    }

    private static JsonNode Column(PrinterColumnAttribute column)
    {
        var json = new JsonObject { ["name"] = column.Name, ["type"] = column.Type, ["jsonPath"] = column.JsonPath };
        if (column.Priority > 0) json["priority"] = column.Priority;
        return json;
    }

    private JsonObject Root(Type type)
    {
        var schema = Object(type);
        var properties = schema["properties"]!.AsObject();
        foreach (var (name, value) in new[] { ("metadata", "object"), ("kind", "string"), ("apiVersion", "string") })
        {
            properties.Remove(name);
            properties.Insert(0, name, new JsonObject { ["type"] = value });
        }
        return schema;
    }

    private JsonObject Object(Type type)
    {
        if (path.Contains(type)) throw new InvalidOperationException($"{type.Name} refers to itself: a structural schema cannot be recursive");
        path.Push(type);
        var properties = new JsonObject();
        var required = new List<string>();
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name is not { } name || property.GetCustomAttribute<JsonIgnoreAttribute>() is not null) continue;
            properties[name] = Described(Property(property), texts.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}"));
            if (property.GetCustomAttribute<FieldAttribute>()?.Required == true) required.Add(name);
        }
        path.Pop();
        var schema = new JsonObject { ["type"] = "object" };
        if (required.Count > 0) schema["required"] = List(required);
        schema["properties"] = properties;
        return Described(schema, texts.GetValueOrDefault($"T:{type.FullName}"));
    }

    private JsonObject Property(PropertyInfo property)
    {
        var facts = property.GetCustomAttribute<FieldAttribute>() ?? new FieldAttribute();
        if (facts.IntOrString) return new() { ["x-kubernetes-int-or-string"] = true };
        if (facts.IsCopy) return new() { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true };
        var schema = Value(property.PropertyType);
        var kind = schema["type"]?.GetValue<string>();
        if (facts.Enum.Length > 0) schema["enum"] = List(facts.Enum);
        if (facts.Pattern is not null) schema["pattern"] = facts.Pattern;
        if (facts.Format is not null) schema["format"] = facts.Format;
        if (!double.IsNaN(facts.Minimum)) schema["minimum"] = Number(facts.Minimum);
        if (!double.IsNaN(facts.Maximum)) schema["maximum"] = Number(facts.Maximum);
        var unit = kind switch { "array" => "Items", "object" => "Properties", _ => "Length" };
        if (facts.MinLength >= 0) schema[$"min{unit}"] = facts.MinLength;
        if (facts.MaxLength >= 0) schema[$"max{unit}"] = facts.MaxLength;
        if (facts.ListMapKey is not null)
        {
            schema["x-kubernetes-list-type"] = "map";
            schema["x-kubernetes-list-map-keys"] = List([facts.ListMapKey]);
        }
        return schema;
    }

    private JsonObject Value(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (typeof(JsonNode).IsAssignableFrom(type)) return new() { ["x-kubernetes-preserve-unknown-fields"] = true };
        if (type.IsGenericType && type.GetGenericArguments() is [_, var value]) return new() { ["type"] = "object", ["additionalProperties"] = Value(value) };
        if (type.IsGenericType && type.GetGenericArguments() is [var item]) return new() { ["type"] = "array", ["items"] = Value(item) };
        if (type == typeof(string)) return new() { ["type"] = "string" };
        if (type == typeof(bool)) return new() { ["type"] = "boolean" };
        if (type == typeof(int)) return new() { ["type"] = "integer", ["format"] = "int32" };
        if (type == typeof(long)) return new() { ["type"] = "integer", ["format"] = "int64" };
        if (type == typeof(double)) return new() { ["type"] = "number", ["format"] = "double" };
        if (type == typeof(DateTime)) return new() { ["type"] = "string", ["format"] = "date-time" };
        if (type.Namespace == typeof(CustomKindAttribute).Namespace) return Object(type);
        if (type.Namespace == "k8s.Models" && type.Name.StartsWith("V1", StringComparison.Ordinal)) return BuiltInType.Inline(BuiltInKinds.SchemaOf($"io.k8s.apimachinery.pkg.apis.meta.v1.{type.Name[2..]}"));
        throw new InvalidOperationException($"there is no schema for {type}");
    }

    private static JsonObject Described(JsonObject schema, string? text)
    {
        if (text is { Length: > 0 })
        {
            schema.Remove("description");
            schema.Insert(0, "description", text);
        }
        return schema;
    }

    private static JsonValue Number(double value) => value == Math.Floor(value) ? JsonValue.Create((long)value) : JsonValue.Create(value);

    private static JsonArray List(IEnumerable<string> values) => [.. values.Select(v => (JsonNode)v)];
}

/// <summary>Writes the schema of a built-in type out in full, as custom resource definitions cannot refer to it.</summary>
internal static class BuiltInType
{
    public static JsonObject Inline(Schema schema)
    {
        var json = new JsonObject();
        if (schema.Description?.Invoke() is { Length: > 0 } text) json["description"] = text;
        json["type"] = schema.Type;
        if (schema.Format is not null) json["format"] = schema.Format;
        if (schema.Required.Count > 0) json["required"] = new JsonArray([.. schema.Required.Select(r => (JsonNode)r)]);
        if (schema.Items is { } items) json["items"] = Inline(items);
        if (schema.AdditionalProperties is { } additional) json["additionalProperties"] = Inline(additional);
        else if (schema.Properties.Count > 0) json["properties"] = new JsonObject(schema.Properties.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)Inline(p.Value))));
        return json;
    }
}
