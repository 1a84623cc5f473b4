using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>Says of a value of another type than its field has what it is and what to write, where Kubernetes only names the two types.</summary>
internal static partial class TypeFault
{
    private const int Shown = 80;

    /// <summary>The cause in these words; as it is, if it is about something else.</summary>
    /// <param name="cause">What the schema says of a document.</param>
    /// <param name="document">The document.</param>
    public static StatusCause Reworded(StatusCause cause, JsonObject document)
    {
        if (cause.Reason != "FieldValueTypeInvalid" || Expected().Match(cause.Message) is not { Success: true } expected || !TryFind(document, cause.Field, out var value))
            return cause;
        var text = CelJson.ToCompactJson(value);
        return Advice(expected.Groups["type"].Value, value) is { } advice ? StatusCause.TypeInvalid(cause.Field, text.Length > Shown ? $"{text[..Shown]}…" : text, advice) : cause;
    }

    private static string? Advice(string type, JsonNode? value)
    {
        var inQuotes = value is JsonValue quoted && quoted.GetValueKind() == JsonValueKind.String ? quoted.GetValue<string>() : null;
        return type switch
        {
            "array" => "must be a list: write [a, b], or a line that begins with - for each entry",
            "object" => "must be a map: write { name: value }, or a line for each name",
            "string" when value is JsonValue => $"must be a text: write it in quotes, \"{value.ToJsonString()}\"",
            "string" => "must be a text",
            "integer" when long.TryParse(inQuotes, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => $"must be a whole number: write it without quotes, {inQuotes}",
            "integer" => "must be a whole number",
            "number" => "must be a number",
            "boolean" when inQuotes is "true" or "false" => $"must be true or false: write it without quotes, {inQuotes}",
            "boolean" => "must be true or false",
            _ => null,
        };
    }

    private static bool TryFind(JsonNode? node, string path, out JsonNode? found)
    {
        foreach (Match step in Step().Matches(path))
        {
            if (step.Groups["index"] is { Success: true } index && node is JsonArray list && int.Parse(index.Value, CultureInfo.InvariantCulture) is var at && at < list.Count)
                node = list[at];
            else if (step.Groups["name"] is { Success: true } name && node is JsonObject map && map.TryGetPropertyValue(name.Value, out var entry))
                node = entry;
            else
                return (found = null) is not null;
        }

        found = node;
        return true;
    }

    [GeneratedRegex(@"must be of type (?<type>[a-z]+):")]
    private static partial Regex Expected();

    [GeneratedRegex(@"\[(?<index>\d+)\]|(?<name>[^.\[\]]+)")]
    private static partial Regex Step();
}
