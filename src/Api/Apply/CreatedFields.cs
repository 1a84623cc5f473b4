using System.Buffers;
using System.Text.Json.Nodes;
using Slipway.Api.Schemas;

namespace Slipway.Api.Apply;

/// <summary>
/// What the creator of an object owns, written straight as <c>FieldsV1</c>: the same as the fields added to an empty document,
/// in one pass and without building a set, since every create goes this way.
/// </summary>
internal static class CreatedFields
{
    /// <summary>Appends the fields; returns whether there are any.</summary>
    public static bool Write(FieldsWriter writer, Schema schema, JsonObject document, FieldScope scope)
    {
        writer.Raw("{"u8);
        var start = writer.Mark;
        Fields(writer, schema, document, schema.IsBuiltIn, name => scope.Covers(name), isRoot: true, scope);
        var any = writer.Mark > start;
        writer.Raw("}"u8);
        return any;
    }

    // A map that is there in an empty document as well is nobody's; what is in it is.
    private static void Fields(FieldsWriter writer, Schema? schema, JsonObject map, bool isThere, Func<string, bool>? covers, bool isRoot, FieldScope scope)
    {
        var fields = ArrayPool<KeyValuePair<string, JsonNode?>>.Shared.Rent(map.Count);
        var count = 0;
        var ordered = true;
        foreach (var field in map)
        {
            if (covers is not null && !covers(field.Key)) continue;
            ordered = ordered && (count == 0 || string.CompareOrdinal(fields[count - 1].Key, field.Key) < 0);
            fields[count++] = field;
        }
        if (!ordered) fields.AsSpan(0, count).Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        for (var i = 0; i < count; i++)
        {
            var (name, value) = fields[i];
            var field = schema?.Find(name, isRoot);
            if (schema.IsAbsent(field, value)) continue;
            var isMetadata = isRoot && name == "metadata";
            Node(writer, "f:"u8, name, field, value, isMetadata || (isThere && schema.IsAlwaysThere(name, field)), isMetadata ? inner => scope.CoversMetadata(inner) : null);
        }
        fields.AsSpan(0, count).Clear();
        ArrayPool<KeyValuePair<string, JsonNode?>>.Shared.Return(fields);
    }

    private static void Node(FieldsWriter writer, ReadOnlySpan<byte> prefix, string name, Schema? schema, JsonNode? value, bool isThere, Func<string, bool>? covers)
    {
        var start = writer.Mark;
        writer.Name(prefix, name);
        writer.Raw("{"u8);
        var content = writer.Mark;
        var shape = Shapes.Of(schema, value);
        var isLeaf = shape == Shape.Leaf || value is JsonObject { Count: 0 } or JsonArray { Count: 0 };
        if (!isLeaf)
        {
            if (!isThere) writer.Raw("\".\":{}"u8);
            if (value is JsonObject map) Fields(writer, schema, map, isThere, covers, isRoot: false, default);
            else Items(writer, schema!, shape, (JsonArray)value!);
        }
        // What is there anyway and holds nothing is not mentioned.
        var says = isLeaf ? !(isThere && value is null or JsonObject { Count: 0 }) : writer.Mark > content;
        if (says) writer.Raw("}"u8);
        else writer.TakeBack(start);
    }

    private static void Items(FieldsWriter writer, Schema schema, Shape shape, JsonArray list)
    {
        var elements = Shapes.ElementsOf(schema, shape, list);
        var places = new int[elements.Count];
        for (var i = 0; i < places.Length; i++) places[i] = i;
        if (places.Length > 1) Array.Sort(places, (a, b) => PathElement.Compare(elements[a], elements[b]));
        for (var i = 0; i < places.Length; i++)
        {
            var element = elements[places[i]];
            var isRepeated = (i > 0 && elements[places[i - 1]] == element) || (i + 1 < places.Length && elements[places[i + 1]] == element);
            if (isRepeated && i > 0 && elements[places[i - 1]] == element) continue;
            Node(writer, default, element, isRepeated ? null : schema.Items, isRepeated ? null : list[places[i]], false, null);
        }
    }
}
