using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Apply;

/// <summary>JSON in which equal values have equal texts: keys in order, whole numbers without fraction or exponent.</summary>
internal static class CanonicalJson
{
    /// <summary>The text of a value.</summary>
    public static string Of(JsonNode? value)
    {
        var text = new StringBuilder();
        Write(text, value);
        return text.ToString();
    }

    /// <summary>Appends the text of a value.</summary>
    public static void Write(StringBuilder text, JsonNode? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject map:
                text.Append('{');
                var separator = "";
                foreach (var (name, inner) in map.OrderBy(p => p.Key, StringComparer.Ordinal))
                {
                    text.Append(separator);
                    WriteText(text, name);
                    text.Append(':');
                    Write(text, inner);
                    separator = ",";
                }
                text.Append('}');
                break;
            case JsonArray list:
                text.Append('[');
                for (var i = 0; i < list.Count; i++)
                {
                    if (i > 0) text.Append(',');
                    Write(text, list[i]);
                }
                text.Append(']');
                break;
            default:
                WriteScalar(text, value);
                break;
        }
    }

    /// <summary>Appends a text in quotes.</summary>
    public static void WriteText(StringBuilder output, string text)
    {
        if (IsPlain(text)) output.Append('"').Append(text).Append('"');
        else output.Append(JsonValue.Create(text).Shown());
    }

    private static void WriteScalar(StringBuilder text, JsonNode value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String: WriteText(text, value.GetValue<string>()); break;
            case JsonValueKind.True: text.Append("true"); break;
            case JsonValueKind.False: text.Append("false"); break;
            case JsonValueKind.Number when value.AsInteger() is { } whole: text.Append(whole); break;
            case JsonValueKind.Number:
                var written = value.ToJsonString();
                text.Append(decimal.TryParse(written, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && decimal.Truncate(number) == number
                    ? decimal.Truncate(number).ToString(CultureInfo.InvariantCulture)
                    : written);
                break;
            default: text.Append("null"); break;
        }
    }

    /// <summary>Whether a text is the same in quotes as without.</summary>
    public static bool IsPlain(string text)
    {
        foreach (var c in text)
            if (c is < ' ' or > '~' or '"' or '\\') return false;
        return true;
    }
}
