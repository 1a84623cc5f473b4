using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Cel;

/// <summary>JSON documents as values, and back.</summary>
public static class CelJson
{
    /// <summary>
    /// The value of a document: whole numbers in range are int, those beyond it and below 2^64 uint, others double. Objects and lists are read when
    /// an expression asks for what is in them, so the document must not change while the value is used.
    /// </summary>
    public static CelValue ToCel(JsonNode? node) => ToCel(node, hasUnsigned: true);

    /// <summary>
    /// The value of a document as expressions of Kubernetes see what no schema describes: whole numbers that are no int are double, as its decoder makes
    /// them. In all else the same.
    /// </summary>
    public static CelValue UnstructuredToCel(JsonNode? node) => ToCel(node, hasUnsigned: false);

    private static CelValue ToCel(JsonNode? node, bool hasUnsigned) => node switch
    {
        null => CelNull.Instance,
        JsonObject map => new JsonMap(map, hasUnsigned ? ToCel : UnstructuredToCel),
        JsonArray list => new CelList(new ItemsReadOnce(list.Count, i => ToCel(list[i], hasUnsigned))),
        _ => Scalar(node, hasUnsigned),
    };

    private static CelValue Scalar(JsonNode node, bool hasUnsigned)
    {
        switch (node.GetValueKind())
        {
            case JsonValueKind.True:
                return CelBool.True;
            case JsonValueKind.False:
                return CelBool.False;
            case JsonValueKind.String:
                return new CelString(node.GetValue<string>());
            case JsonValueKind.Number:
                if (node.AsInteger() is { } whole)
                    return new CelInt(whole);
                var written = node.ToJsonString();
                return hasUnsigned && ulong.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture, out var unsigned)
                    ? new CelUint(unsigned)
                    : new CelDouble(double.Parse(written, NumberStyles.Float, CultureInfo.InvariantCulture), written);
            default:
                return CelNull.Instance;
        }
    }

    /// <summary>The document of a value; a number that comes from a document is written as it is there.</summary>
    /// <exception cref="FormatException">The value has no JSON form: an error, NaN, an infinity.</exception>
    public static JsonNode? ToJson(CelValue value) => value switch
    {
        CelNull => null,
        CelBool b => JsonValue.Create(b.Value),
        CelInt i => JsonValue.Create(i.Value),
        CelUint u => JsonValue.Create(u.Value),
        CelDouble { Written: { } written } => JsonNode.Parse(written),
        CelDouble d when double.IsFinite(d.Value) => JsonValue.Create(d.Value),
        CelString s => JsonValue.Create(s.Value),
        CelBytes b => JsonValue.Create(Convert.ToBase64String(b.Value.Span)),
        CelTimestamp t => JsonValue.Create(t.ToText()),
        CelDuration d => JsonValue.Create(d.ToText()),
        CelOptional o => o.Value is null ? null : ToJson(o.Value),
        CelList l => new JsonArray([.. l.Items.Select(ToJson)]),
        CelMap m => new JsonObject(m.Keys.Select(k => KeyValuePair.Create(KeyText(k), ToJson(m.Get(k)!)))),
        CelUnknown u => u.Parts is { } parts ? ToJson(parts) : JsonValue.Create(u.Shown),
        _ => throw new FormatException($"{value} has no JSON form"),
    };

    /// <summary>The value as part of a text: a text, time or duration as it is written, anything else as JSON.</summary>
    /// <exception cref="FormatException">The value has no JSON form.</exception>
    public static string ToText(CelValue value) => value switch
    {
        CelString s => s.Value,
        CelTimestamp t => t.ToText(),
        CelDuration d => d.ToText(),
        CelUnknown u => u.Shown,
        _ => ToCompactJson(ToJson(value)),
    };

    /// <summary>JSON in one line that keeps characters as they are.</summary>
    public static string ToCompactJson(JsonNode? node)
    {
        if (node is null)
            return "null";
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            node.WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static string KeyText(CelValue key) => key is CelString s ? s.Value : key is CelUint u ? u.Value.ToString(CultureInfo.InvariantCulture) : key.ToString();

    /// <summary>A JSON object as a map.</summary>
    private sealed class JsonMap(JsonObject json, Func<JsonNode?, CelValue> read) : CelMap
    {
        private readonly FieldsReadOnce fields = new();

        public override IEnumerable<CelValue> Keys => json.Select(p => new CelString(p.Key));

        public override int Count => json.Count;

        public override CelValue? Get(CelValue key) => key is CelString { Value: var name } ? GetField(name) : null;

        internal override CelValue? GetField(string name) => json.TryGetPropertyValue(name, out var value) ? fields.Get(name, value, read) : null;
    }
}
