using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Slipway.Api.Documents;

/// <summary>
/// Writes documents as YAML in the style of kubectl: keys in document order, lists at the column of their key,
/// block literals for text of several lines.
/// </summary>
public static partial class DocumentWriter
{
    /// <summary>The YAML of a node, ending in a line feed.</summary>
    public static string ToYaml(JsonNode? node)
    {
        var text = new StringBuilder();
        switch (node)
        {
            case JsonObject { Count: > 0 } map: WriteMap(text, map, 0, false); break;
            case JsonArray { Count: > 0 } list: WriteList(text, list, 0, false); break;
            default: text.Append(Inline(node, 0)).Append('\n'); break;
        }
        return text.ToString();
    }

    private static void WriteMap(StringBuilder text, JsonObject map, int indent, bool continued)
    {
        foreach (var (key, value) in map)
        {
            if (!continued) text.Append(' ', indent);
            continued = false;
            text.Append(Scalar(key)).Append(':');
            switch (value)
            {
                case JsonObject { Count: > 0 } inner:
                    text.Append('\n');
                    WriteMap(text, inner, indent + 2, false);
                    break;
                case JsonArray { Count: > 0 } list:
                    text.Append('\n');
                    WriteList(text, list, indent, false);
                    break;
                default:
                    text.Append(' ').Append(Inline(value, indent + 2)).Append('\n');
                    break;
            }
        }
    }

    private static void WriteList(StringBuilder text, JsonArray list, int indent, bool continued)
    {
        foreach (var item in list)
        {
            if (!continued) text.Append(' ', indent);
            continued = false;
            text.Append("- ");
            switch (item)
            {
                case JsonObject { Count: > 0 } map: WriteMap(text, map, indent + 2, true); break;
                case JsonArray { Count: > 0 } inner: WriteList(text, inner, indent + 2, true); break;
                default: text.Append(Inline(item, indent + 2)).Append('\n'); break;
            }
        }
    }

    private static string Inline(JsonNode? node, int indent) => node switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        _ when node.GetValueKind() == JsonValueKind.String => Multiline(node.GetValue<string>(), indent),
        _ => node.ToJsonString(),
    };

    private static string Multiline(string value, int indent)
    {
        if (!value.Contains('\n') || !BlockSafe().IsMatch(value)) return Scalar(value);
        // The chomping mark keeps exactly the line feeds that the text ends in.
        var chomp = !value.EndsWith('\n') ? "-" : value.EndsWith("\n\n", StringComparison.Ordinal) || value == "\n" ? "+" : "";
        var lines = value.EndsWith('\n') ? value[..^1].Split('\n') : value.Split('\n');
        var hint = value[0] is ' ' or '\n' ? "2" : "";
        var pad = new string(' ', Math.Max(indent, 2));
        return $"|{hint}{chomp}\n{string.Join('\n', lines.Select(line => line.Length == 0 ? "" : pad + line))}";
    }

    private static string Scalar(string value)
    {
        if (PlainSafe().IsMatch(value) && !value.Contains(": ", StringComparison.Ordinal) && !value.Contains(" #", StringComparison.Ordinal) && !value.EndsWith(':') && !YamlScalar.NeedsQuotes(value))
            return value;
        if (QuoteSafe().IsMatch(value)) return value.Contains('\'') && !value.Contains('"') && !value.Contains('\\') ? $"\"{value}\"" : Quoted(value);
        return JsonValue.Create(value).ToJsonString();
    }

    private static string Quoted(string value) =>
        YamlScalar.NeedsQuotes(value) ? $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"" : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"^[^\s\-?:,\[\]{}#&*!|>'""%@`\p{C}][^\p{C}\u0085\u2028\u2029]*(?<!\s)\z|^-[^\s\-\p{C}][^\p{C}\u0085\u2028\u2029]*(?<!\s)\z")]
    private static partial Regex PlainSafe();

    [GeneratedRegex(@"^[^\p{C}\u0085\u2028\u2029]*\z")]
    private static partial Regex QuoteSafe();

    // No control characters, no line that ends in a blank (kubectl's writer quotes those too).
    [GeneratedRegex(@"^(?!.*[ \t]\n)[^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\t]*(?<![ \t])\z", RegexOptions.Singleline)]
    private static partial Regex BlockSafe();
}
