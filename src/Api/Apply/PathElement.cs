using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Apply;

/// <summary>
/// One step of the path of a field, held in the spelling of <c>FieldsV1</c>: <c>f:spec</c> for a field, <c>k:{"name":"a"}</c> for
/// the item of a list with these keys, <c>v:"x"</c> for a value of a set, <c>i:0</c> for a position. The spelling is canonical,
/// so that elements are equal when their texts are.
/// </summary>
internal static class PathElement
{
    private const string Kinds = "fkvi";

    /// <summary>Reads an element; its canonical text, or null for a kind that is not known and is to be passed over.</summary>
    /// <exception cref="FormatException">The text is no path element.</exception>
    public static string? Parse(string text)
    {
        if (text.Length < 2 || text[1] != ':') throw new FormatException($"\"{text}\" is no path element");
        try
        {
            switch (text[0])
            {
                case 'f': return text;
                case 'i': return "i:" + int.Parse(text.AsSpan(2), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
                case 'v': return "v:" + CanonicalJson.Of(Value(text));
                case 'k' when Value(text) is JsonObject keys: return "k:" + CanonicalJson.Of(keys);
                case 'k': throw new FormatException($"\"{text}\" has no keys");
                default: return null;
            }
        }
        catch (Exception e) when (e is JsonException or OverflowException or ArgumentException)
        {
            throw new FormatException($"\"{text}\" is no path element", e);
        }
    }

    /// <summary>The element as messages show it: <c>.spec</c>, <c>[name="a"]</c>, <c>[="x"]</c>, <c>[0]</c>.</summary>
    public static string Shown(string element) => element[0] switch
    {
        'f' => "." + element[2..],
        'k' => $"[{string.Join(",", Value(element)!.AsObject().Select(p => $"{p.Key}={p.Value.Shown()}"))}]",
        'v' => $"[={element[2..]}]",
        _ => $"[{element[2..]}]",
    };

    private static JsonNode? Value(string element) => JsonNode.Parse(element[2..], documentOptions: Nesting.Document);

    /// <summary>The order in which elements are written: fields, then keys, values and positions; numbers by their value.</summary>
    public static int Compare(string one, string other)
    {
        if (one[0] != other[0]) return Kinds.IndexOf(one[0]) - Kinds.IndexOf(other[0]);
        if (one[0] == 'f') return string.CompareOrdinal(one, other);
        var inText = false;
        var numberStart = 2;
        var shared = Math.Min(one.Length, other.Length);
        for (var i = 2; i < shared; i++)
        {
            var c = one[i];
            if (c != other[i]) return inText || !TryNumber(one, numberStart, out var a) || !TryNumber(other, numberStart, out var b) ? c - other[i] : a.CompareTo(b);
            if (c == '\\' && inText) i++;
            else if (c == '"') inText = !inText;
            else if (!inText && c is ':' or ',') numberStart = i + 1;
        }
        return one.Length - other.Length;
    }

    private static bool TryNumber(string text, int start, out decimal number)
    {
        var end = start;
        while (end < text.Length && text[end] is (>= '0' and <= '9') or '-' or '+' or '.' or 'e' or 'E') end++;
        return decimal.TryParse(text.AsSpan(start, end - start), NumberStyles.Float, CultureInfo.InvariantCulture, out number);
    }
}
