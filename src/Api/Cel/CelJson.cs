using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Api.Cel;

/// <summary>JSON documents as values, and back.</summary>
public static class CelJson
{
    /// <summary>The value of a document: whole numbers in range are int, others double.</summary>
    public static CelValue ToCel(JsonNode? node)
    {
        switch (node)
        {
            case null:
                return CelNull.Instance;
            case JsonObject map:
                return new CelMap(map.Select(p => KeyValuePair.Create(p.Key, ToCel(p.Value))));
            case JsonArray list:
                return new CelList([.. list.Select(ToCel)]);
        }

        switch (node.GetValueKind())
        {
            case JsonValueKind.True:
                return CelBool.True;
            case JsonValueKind.False:
                return CelBool.False;
            case JsonValueKind.String:
                return new CelString(node.GetValue<string>());
            case JsonValueKind.Number:
                var text = node.ToJsonString();
                if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
                    return new CelInt(whole);
                return new CelDouble(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture));
            default:
                return CelNull.Instance;
        }
    }

    /// <summary>The document of a value.</summary>
    /// <exception cref="FormatException">The value has no JSON form: an error, NaN, an infinity.</exception>
    public static JsonNode? ToJson(CelValue value) => value switch
    {
        CelNull => null,
        CelBool b => JsonValue.Create(b.Value),
        CelInt i => JsonValue.Create(i.Value),
        CelUint u => JsonValue.Create(u.Value),
        CelDouble d when double.IsFinite(d.Value) => JsonValue.Create(d.Value),
        CelString s => JsonValue.Create(s.Value),
        CelBytes b => JsonValue.Create(Convert.ToBase64String(b.Value.Span)),
        CelList l => new JsonArray([.. l.Items.Select(ToJson)]),
        CelMap m => new JsonObject(m.Keys.Select(k => KeyValuePair.Create(KeyText(k), ToJson(m.Get(k)!)))),
        _ => throw new FormatException($"{value} has no JSON form"),
    };

    /// <summary>The value as part of a text: a text as it is, anything else as JSON.</summary>
    /// <exception cref="FormatException">The value has no JSON form.</exception>
    public static string ToText(CelValue value) => value is CelString s ? s.Value : ToCompactJson(ToJson(value));

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
}
