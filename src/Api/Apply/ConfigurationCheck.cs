using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Schemas;

namespace Slipway.Api.Apply;

/// <summary>Whether an applied configuration has the types of its schema; ownership of what has not could not be said.</summary>
internal static class ConfigurationCheck
{
    private const int MaxErrors = 10;

    /// <summary>What is wrong, each with its path; empty when nothing is.</summary>
    public static IReadOnlyList<string> Errors(Schema schema, JsonObject configuration)
    {
        var errors = new List<string>();
        Visit(schema, configuration, "", true, errors);
        return errors;
    }

    private static void Visit(Schema? schema, JsonNode? value, string path, bool isRoot, List<string> errors)
    {
        if (schema is null || value is null || errors.Count >= MaxErrors) return;
        if (Expected(schema, value) is { } expected)
        {
            errors.Add($"{path}: expected {expected}, got {Kind(value)}");
            return;
        }
        if (value is JsonObject map)
        {
            foreach (var (name, inner) in map)
            {
                var field = schema.Find(name, isRoot);
                if (field is not null) Visit(field, inner, $"{path}.{name}", false, errors);
                else if (!schema.PreserveUnknownFields && schema.Type == "object" && !(schema.IsBuiltIn && schema.Properties.Count == 0)) errors.Add($"{path}.{name}: field not declared in schema{(NearestName.Of(name, schema.Properties.Keys) is { } near ? $", did you mean \"{near}\"?" : "")}");
            }
        }
        else if (value is JsonArray list)
        {
            VisitList(schema, list, path, errors);
        }
    }

    private static void VisitList(Schema schema, JsonArray list, string path, List<string> errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < list.Count && errors.Count < MaxErrors; i++)
        {
            var step = $"{path}[{i}]";
            string? element = null;
            switch (schema.ListType)
            {
                case "set" when list[i] is null: errors.Add($"{path}: element {i}: associative list without keys has an element that's an explicit null"); continue;
                case "set" when list[i] is JsonObject: errors.Add($"{path}: element {i}: associative list without keys has an element that's a map type"); continue;
                case "set" when list[i] is JsonArray: errors.Add($"{path}: element {i}: not supported: associative list with lists as elements"); continue;
                case "set": element = Shapes.ValueOf(list[i]); break;
                case "map" when list[i] is null: errors.Add($"{path}: element {i}: associative list with keys may not have a null element"); continue;
                case "map" when list[i] is not JsonObject: errors.Add($"{path}: element {i}: associative list with keys may not have non-map elements"); continue;
                case "map" when (element = Shapes.KeyOf(schema, (JsonObject)list[i]!)) is null:
                    errors.Add($"{path}: element {i}: associative list with keys has an element that omits all key fields [{string.Join(" ", schema.ListMapKeys.Select(k => $"\"{k}\""))}] (and doesn't have default values for any key fields)");
                    continue;
            }
            if (element is not null)
            {
                step = path + PathElement.Shown(element);
                if (!seen.Add(element)) errors.Add($"{path}: duplicate entries for key {PathElement.Shown(element)}");
            }
            Visit(schema.Items, list[i], step, false, errors);
        }
    }

    // What the schema wants instead of the value; null when it may stay.
    private static string? Expected(Schema schema, JsonNode value)
    {
        var kind = value.GetValueKind();
        if (schema.IntOrString || schema.Format == "quantity") return kind is JsonValueKind.Object or JsonValueKind.Array ? "scalar" : null;
        return schema.Type switch
        {
            "object" => kind == JsonValueKind.Object ? null : "map",
            "array" => kind == JsonValueKind.Array ? null : "list",
            "string" => kind == JsonValueKind.String ? null : "string",
            "boolean" => kind is JsonValueKind.True or JsonValueKind.False ? null : "boolean",
            "integer" or "number" => kind == JsonValueKind.Number ? null : "numeric (int or float)",
            _ => null,
        };
    }

    private static string Kind(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.Object => "map",
        JsonValueKind.Array => "list",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        _ => "boolean",
    };
}
