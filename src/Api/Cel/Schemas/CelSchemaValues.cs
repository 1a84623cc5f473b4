using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.Api.Cel;

/// <summary>
/// Documents as the values that their schema declares: times, durations and bytes are read from their texts, lists compare and
/// add up by their list type, and only declared fields are there. Everything is made when an expression reads it.
/// </summary>
internal static class CelSchemaValues
{
    /// <summary>The value of a document's node.</summary>
    /// <param name="node">The node, which must not change while the value is used.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="isRoot">Whether it is an object with type and metadata.</param>
    public static CelValue Of(JsonNode? node, Schema schema, bool isRoot)
    {
        switch (node)
        {
            case null:
                return CelNull.Instance;
            case JsonArray list when schema is { Type: "array", Items: { } items }:
                var values = new ItemsReadOnce(list.Count, i => Of(list[i], items, false));
                return schema.ListType switch
                {
                    "set" => new SetList(values),
                    "map" => new KeyedList(values, [.. schema.ListMapKeys.Select(k => CelPropertyNames.Escape(k) ?? k)]),
                    _ => new CelList(values),
                };
            case JsonObject map when schema is { Type: "object", AdditionalProperties: { } valueSchema }:
                return new Entries(map, valueSchema);
            case JsonObject document when schema.Type == "object":
                return new Object(document, schema, isRoot || schema.EmbeddedResource);
            case JsonValue when schema.IntOrString:
                return CelJson.UnstructuredToCel(node);
            case JsonValue:
                return Scalar(node, schema);
            default:
                return CelJson.UnstructuredToCel(node);
        }
    }

    private static CelValue Scalar(JsonNode node, Schema schema)
    {
        if (node.AsText() is { } text)
        {
            return schema.Format switch
            {
                "byte" => Bytes(text),
                "duration" => (CelValue?)CelDuration.Parse(text) ?? new CelError($"invalid duration {text}"),
                "date-time" => (CelValue?)CelTimestamp.Parse(text.ToUpperInvariant()) ?? new CelError($"invalid date-time {text}"),
                "date" => (CelValue?)CelTimestamp.Parse(text + "T00:00:00Z") ?? new CelError($"invalid date {text}"),
                _ => new CelString(text),
            };
        }

        if (schema.Type == "number" && node.GetValueKind() == JsonValueKind.Number)
            return new CelDouble(double.Parse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture));
        // 3.0 is an integer to JSON Schema.
        var value = CelJson.UnstructuredToCel(node);
        return schema.Type == "integer" && value is CelDouble ? CelConversions.ToInt(value) : value;
    }

    private static CelValue Bytes(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var count) ? new CelBytes(bytes.AsMemory(0, count)) : new CelError("invalid base64 text");
    }

    /// <summary>An object with declared fields, by their escaped names.</summary>
    private sealed class Object(JsonObject json, Schema schema, bool isRoot) : CelMap
    {
        private readonly FieldsReadOnce fields = new();

        public override IEnumerable<CelValue> Keys => Names.Select(n => new CelString(n));

        public override int Count => Names.Count();

        public override CelValue? Get(CelValue key) => key is CelString { Value: var name } ? GetField(name) : null;

        internal override CelValue? GetField(string name)
        {
            var property = CelPropertyNames.Unescape(name);
            return json.TryGetPropertyValue(property, out var value) && CelSchemaTypes.Property(schema, property, isRoot) is { } declared
                ? fields.Get(name, (value, declared), field => Of(field.value, field.declared, false))
                : null;
        }

        private IEnumerable<string> Names => json.Where(p => CelSchemaTypes.Property(schema, p.Key, isRoot) is not null).Select(p => CelPropertyNames.Escape(p.Key)).OfType<string>();
    }

    /// <summary>A map with any keys.</summary>
    private sealed class Entries(JsonObject json, Schema values) : CelMap
    {
        private readonly FieldsReadOnce fields = new();

        public override IEnumerable<CelValue> Keys => json.Select(p => new CelString(p.Key));

        public override int Count => json.Count;

        public override CelValue? Get(CelValue key) => key is CelString { Value: var name } ? GetField(name) : null;

        internal override CelValue? GetField(string name) => json.TryGetPropertyValue(name, out var value) ? fields.Get(name, (value, values), field => Of(field.value, field.values, false)) : null;
    }

    /// <summary>A list of type set: the order says nothing, and each item is there once.</summary>
    private sealed class SetList(IReadOnlyList<CelValue> items) : CelList(items)
    {
        internal override CelList Concat(CelList other, CelFrame frame)
        {
            var all = new List<CelValue>(Items);
            all.AddRange(other.Items.Where(o => !Has(Items, o, frame)));
            return new SetList(all);
        }

        internal override bool HasSameItems(CelList other, CelFrame? frame) => Items.Count == other.Items.Count && Items.All(i => Has(other.Items, i, frame));

        private static bool Has(IReadOnlyList<CelValue> items, CelValue value, CelFrame? frame) => items.Any(i => CelEquality.AreEqual(i, value, frame));
    }

    /// <summary>A list of type map: the order says nothing, and items are known by their keys.</summary>
    private sealed class KeyedList(IReadOnlyList<CelValue> items, string[] keys) : CelList(items)
    {
        /// <summary>Items of the other list take the place of those with the same keys; new ones come after.</summary>
        internal override CelList Concat(CelList other, CelFrame frame)
        {
            var all = new List<CelValue>(Items);
            var places = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var i = 0; i < all.Count; i++) places[KeyOf(all[i])] = i;
            foreach (var item in other.Items)
            {
                if (places.TryGetValue(KeyOf(item), out var place)) all[place] = item;
                else all.Add(item);
            }

            return new KeyedList(all, keys);
        }

        internal override bool HasSameItems(CelList other, CelFrame? frame)
        {
            if (Items.Count != other.Items.Count) return false;
            var others = new Dictionary<string, CelValue>(StringComparer.Ordinal);
            foreach (var item in other.Items) others[KeyOf(item)] = item;
            return Items.All(i => others.TryGetValue(KeyOf(i), out var same) && CelEquality.AreEqual(i, same, frame));
        }

        private string KeyOf(CelValue item) => string.Join('\0', keys.Select(k => (item as CelMap)?.GetField(k)?.ToString()));
    }
}
