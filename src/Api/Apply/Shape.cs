using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.Api.Apply;

/// <summary>How a value is owned: as a whole, or by its parts.</summary>
internal enum Shape
{
    /// <summary>A scalar, null, or an atomic map or list.</summary>
    Leaf,

    /// <summary>A map whose fields are owned one by one.</summary>
    Map,

    /// <summary>A list of type <c>set</c>, whose values are owned one by one.</summary>
    Set,

    /// <summary>A list of type <c>map</c>, whose items are known by their keys.</summary>
    Keyed,
}

/// <summary>How a schema says that values are owned (<see href="https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy"/>).</summary>
internal static class Shapes
{
    /// <summary>
    /// The shape of a value. Values without a schema are owned by their fields, their lists as a whole; so is a list in which
    /// an item has no key.
    /// </summary>
    public static Shape Of(Schema? schema, JsonNode? value)
    {
        switch (value)
        {
            case JsonObject:
                return schema is not null && (schema.MapType == "atomic" || schema.Type is not (null or "object")) ? Shape.Leaf : Shape.Map;
            case JsonArray list when schema?.ListType == "set":
                foreach (var item in list)
                    if (item is null or JsonArray or JsonObject) return Shape.Leaf;
                return Shape.Set;
            case JsonArray list when schema?.ListType == "map":
                foreach (var item in list)
                    if (item is not JsonObject map || !HasKey(schema, map)) return Shape.Leaf;
                return Shape.Keyed;
            default:
                return Shape.Leaf;
        }
    }

    /// <summary>Whether a field is declared by name, and not a key of a map.</summary>
    public static bool Declares(this Schema? schema, string name, bool isRoot) =>
        schema is not null && (schema.Properties.ContainsKey(name) || ((isRoot || schema.EmbeddedResource) && name is "apiVersion" or "kind" or "metadata"));

    /// <summary>
    /// Whether Kubernetes' struct holds a field even when nothing was written: a struct that is no pointer, or a list or map that is
    /// never left out. Its presence is then nobody's doing.
    /// </summary>
    public static bool IsAlwaysThere(this Schema? parent, string name, Schema? field)
    {
        if (parent is not { IsBuiltIn: true } || field is null) return false;
        return field.Properties.Count > 0 && field.Type == "object"
            ? field.Protobuf is { IsPointer: false }
            : field.Type is "array" or "object" && parent.Required.Contains(name);
    }

    /// <summary>Whether a value is an empty map or list that Kubernetes' struct would not tell from an absent one.</summary>
    public static bool IsAbsent(this Schema? parent, Schema? field, JsonNode? value) =>
        parent is { IsBuiltIn: true }
        && (value is JsonArray { Count: 0 } || (value is JsonObject { Count: 0 } && field is { Properties.Count: 0, AdditionalProperties: not null }));

    /// <summary>The element of an item of a set.</summary>
    public static string ValueOf(JsonNode? item)
    {
        var text = new StringBuilder("v:");
        CanonicalJson.Write(text, item);
        return text.ToString();
    }

    /// <summary>The element of an item of a keyed list; null when it has none of the keys and they have no defaults.</summary>
    public static string? KeyOf(Schema list, JsonObject item)
    {
        var names = list.ListMapKeys;
        if (names is [var only] && item[only].AsText() is { } value && CanonicalJson.IsPlain(value)) return $"k:{{\"{only}\":\"{value}\"}}";
        if (names.Count > 1) names = [.. names.Order(StringComparer.Ordinal)];
        var text = new StringBuilder("k:{");
        var start = text.Length;
        foreach (var name in names)
        {
            if (!item.TryGetPropertyValue(name, out var part) && (part = list.Items?.Properties.GetValueOrDefault(name)?.Default) is null) continue;
            if (text.Length > start) text.Append(',');
            CanonicalJson.WriteText(text, name);
            text.Append(':');
            CanonicalJson.Write(text, part);
        }
        return text.Length == start ? null : text.Append('}').ToString();
    }

    private static bool HasKey(Schema list, JsonObject item)
    {
        foreach (var name in list.ListMapKeys)
            if (item.ContainsKey(name) || list.Items?.Properties.GetValueOrDefault(name)?.Default is not null) return true;
        return false;
    }

    /// <summary>The elements of a set's or keyed list's items, in their order.</summary>
    public static List<string> ElementsOf(Schema? schema, Shape shape, JsonArray? list)
    {
        var elements = new List<string>(list?.Count ?? 0);
        foreach (var item in list ?? []) elements.Add(shape == Shape.Set ? ValueOf(item) : KeyOf(schema!, (JsonObject)item!)!);
        return elements;
    }
}
