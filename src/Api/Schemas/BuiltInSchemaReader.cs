using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Api.Schemas;

/// <summary>Turns generated OpenAPI definitions into <see cref="Schema"/> objects.</summary>
internal static class BuiltInSchemaReader
{
    private const string ReferencePrefix = "#/components/schemas/";

    /// <summary>A definition; its properties are filled into <paramref name="properties"/> later.</summary>
    public static Schema Definition(string name, JsonElement element, Dictionary<string, Schema> properties, Func<string?> description)
    {
        // These say in OpenAPI only that they are strings or numbers, or nothing at all.
        if (name.EndsWith(".resource.Quantity", StringComparison.Ordinal)) return new() { Name = name, Format = "quantity", Description = description };
        if (name.EndsWith(".intstr.IntOrString", StringComparison.Ordinal)) return new() { Name = name, IntOrString = true, Description = description };
        var type = Text(element, "type");
        var isFree = type is null or "object" && !element.TryGetProperty("properties", out _);
        return new()
        {
            Name = name,
            Type = type,
            Format = Format(name, element),
            Description = description,
            Properties = properties,
            Required = Texts(element, "required"),
            MapType = Text(element, "x-kubernetes-map-type"),
            PreserveUnknownFields = isFree,
        };
    }

    /// <summary>The schema of a field. <paramref name="find"/> gives the definitions it refers to.</summary>
    public static Schema Field(JsonElement element, Func<string, Schema> find, Func<string?>? description)
    {
        if (Reference(element) is { } reference) return Referring(element, find(reference), description);
        return new()
        {
            Type = Text(element, "type"),
            Format = Text(element, "format"),
            Description = description,
            Enum = element.TryGetProperty("enum", out var values) ? [.. values.EnumerateArray().Select(v => (JsonNode?)JsonValue.Create(v.GetString()))] : null,
            Default = Default(element),
            Items = element.TryGetProperty("items", out var items) ? Field(items, find, null) : null,
            AdditionalProperties = element.TryGetProperty("additionalProperties", out var additional) ? Field(additional, find, null) : null,
            ListType = Text(element, "x-kubernetes-list-type"),
            ListMapKeys = Texts(element, "x-kubernetes-list-map-keys"),
            MapType = Text(element, "x-kubernetes-map-type"),
            PatchStrategy = Text(element, "x-kubernetes-patch-strategy"),
            PatchMergeKey = Text(element, "x-kubernetes-patch-merge-key"),
            Protobuf = Protobuf(element),
        };
    }

    // A field that refers to a definition shares its property table, and adds what is said of the field alone.
    private static Schema Referring(JsonElement element, Schema target, Func<string?>? description) => description is null ? target : new()
    {
        Name = target.Name,
        Type = target.Type,
        Format = target.Format,
        Description = description,
        Properties = target.Properties,
        AdditionalProperties = target.AdditionalProperties,
        Required = target.Required,
        IntOrString = target.IntOrString,
        PreserveUnknownFields = target.PreserveUnknownFields,
        Default = Default(element),
        MapType = Text(element, "x-kubernetes-map-type") ?? target.MapType,
        PatchStrategy = Text(element, "x-kubernetes-patch-strategy"),
        PatchMergeKey = Text(element, "x-kubernetes-patch-merge-key"),
        Protobuf = Protobuf(element),
    };

    // Seconds and microseconds are written differently, though OpenAPI calls both date-time.
    private static string? Format(string name, JsonElement element) =>
        name.EndsWith(".MicroTime", StringComparison.Ordinal) ? "micro-time" : Text(element, "format");

    private static string? Reference(JsonElement element) =>
        element.TryGetProperty("allOf", out var all) && all[0].TryGetProperty("$ref", out var reference) ? reference.GetString()![ReferencePrefix.Length..] : null;

    private static JsonNode? Default(JsonElement element) =>
        element.TryGetProperty("default", out var value) ? JsonNode.Parse(value.GetRawText()) : null;

    // "2.3 bytes pointer": numbers, wire kind, and whether the field is a pointer.
    private static ProtobufPlace? Protobuf(JsonElement element)
    {
        if (Text(element, "x-slipway-protobuf")?.Split(' ') is not { } parts) return null;
        return new([.. parts[0].Split('.').Select(n => int.Parse(n, System.Globalization.CultureInfo.InvariantCulture))], parts.Contains("pointer"));
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static string[] Texts(JsonElement element, string name) =>
        element.TryGetProperty(name, out var values) ? [.. values.EnumerateArray().Select(v => v.GetString()!)] : [];
}
