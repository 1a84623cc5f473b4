using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Controllers;

/// <summary>Pod templates compared and named by their content.</summary>
internal static class PodTemplate
{
    /// <summary>Label by which the pods of a Deployment's sets are told apart.</summary>
    public const string HashLabel = "pod-template-hash";

    // Without vowels, so that no word comes of it.
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    /// <summary>A short name of a content. It differs with <paramref name="collisions"/>, should another content have the same.</summary>
    public static string HashOf(JsonNode? content, int collisions)
    {
        var text = new StringBuilder();
        Write(content, text);
        if (collisions > 0)
            text.Append('#').Append(collisions);
        var hash = 2166136261u; // FNV-1a
        foreach (var b in Encoding.UTF8.GetBytes(text.ToString()))
            hash = (hash ^ b) * 16777619;
        return string.Concat(hash.ToString(System.Globalization.CultureInfo.InvariantCulture).Select(digit => Alphabet[digit % Alphabet.Length]));
    }

    /// <summary>A text that is equal for equal contents, whatever the order of their fields; fields that are null count as absent.</summary>
    public static string TextOf(JsonNode? content)
    {
        var text = new StringBuilder();
        Write(content, text);
        return text.ToString();
    }

    /// <summary>The template without the label that tells sets of the same Deployment apart.</summary>
    public static JsonObject WithoutHash(JsonObject? template)
    {
        var copy = (JsonObject?)template?.DeepClone() ?? [];
        (copy["metadata"]?["labels"] as JsonObject)?.Remove(HashLabel);
        return copy;
    }

    private static void Write(JsonNode? node, StringBuilder text)
    {
        switch (node)
        {
            case JsonObject fields:
                text.Append('{');
                foreach (var (name, value) in fields.OrderBy(field => field.Key, StringComparer.Ordinal))
                {
                    if (value is null)
                        continue;
                    text.Append(JsonValue.Create(name).ToJsonString()).Append(':');
                    Write(value, text);
                    text.Append(',');
                }
                text.Append('}');
                break;
            case JsonArray items:
                text.Append('[');
                foreach (var item in items)
                {
                    Write(item, text);
                    text.Append(',');
                }
                text.Append(']');
                break;
            default:
                text.Append(node?.ToJsonString() ?? "null");
                break;
        }
    }
}
