using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Schemas;

/// <summary>One walk over a value and its schema.</summary>
/// <param name="causes">Where findings go.</param>
/// <param name="isBuiltIn">
/// Kubernetes decodes built-in kinds into structs: null reads as absent, and in their status nothing is required and any text is taken
/// where the rules of the kind do not say otherwise.
/// </param>
internal sealed class SchemaValidation(List<StatusCause> causes, bool isBuiltIn)
{
    /// <param name="schema">The schema.</param>
    /// <param name="value">The value.</param>
    /// <param name="path">Its path.</param>
    /// <param name="isRoot">Whether it is a whole document.</param>
    /// <param name="isStatus">Whether it is a status or part of one.</param>
    /// <param name="old">The value before, of which nothing is found again that has not changed; null where there is none.</param>
    public void Visit(Schema schema, JsonNode? value, string path, bool isRoot, bool isStatus, JsonNode? old = null)
    {
        if (old is not null && JsonNode.DeepEquals(old, value)) return;
        if (value is null)
        {
            if (!schema.Nullable && !isBuiltIn && schema.Type is not null) causes.Add(WrongType(schema, value, path));
            return;
        }
        if (!HasType(schema, value))
        {
            causes.Add(WrongType(schema, value, path));
            return;
        }
        if (schema.Enum is { } allowed && !allowed.Any(a => JsonNode.DeepEquals(a, value)) && !(isBuiltIn && (isStatus || value.AsText() == "")))
            causes.Add(StatusCause.NotSupported(path, value.Shown(), allowed.Select(a => a.AsText() ?? a.Shown())));
        if (schema.Format is { } format && FormatRules.Error(schema, value, isBuiltIn) is { } error) causes.Add(WrongForm(format, value, path, error));
        if (schema.Rules is { } rules) new ValueRuleCheck(causes, isBuiltIn).Visit(rules, value, path);
        switch (value)
        {
            case JsonObject document: VisitObject(schema, document, path, isRoot, isStatus, old as JsonObject); break;
            case JsonArray list: VisitList(schema, list, path, isStatus, schema.ListType == "map" ? old as JsonArray : null); break;
        }
    }

    private void VisitObject(Schema schema, JsonObject document, string path, bool isRoot, bool isStatus, JsonObject? old)
    {
        if (!isStatus)
        {
            foreach (var name in schema.Required)
                if (!document.TryGetPropertyValue(name, out var given) || (isBuiltIn && given is null)) causes.Add(StatusCause.Required(Join(path, name)));
        }
        if (schema.EmbeddedResource) EmbeddedResourceCheck.Visit(document, path, causes);
        foreach (var (name, value) in document)
        {
            var field = schema.Find(name, isRoot);
            if (field is null) continue;
            if (field.RefusesAll)
            {
                causes.Add(StatusCause.Invalid(path, JsonValue.Create(name).Shown(), $"{Join(path, name)} in body is a forbidden property"));
                continue;
            }
            // Metadata is decoded into Kubernetes' own struct in custom resources too.
            if (name == "metadata" && !isBuiltIn && (isRoot || schema.EmbeddedResource)) new SchemaValidation(causes, true).Visit(field, value, Join(path, name), false, false);
            else Visit(field, value, schema.Properties.ContainsKey(name) || schema.AdditionalProperties is null ? Join(path, name) : $"{path}[{name}]", false, isStatus || (isBuiltIn && name == "status" && schema.Properties.ContainsKey("kind")), old?[name]);
        }
    }

    private void VisitList(Schema schema, JsonArray list, string path, bool isStatus, JsonArray? old)
    {
        if (schema.Items is { } items)
            for (var i = 0; i < list.Count; i++) Visit(items, list[i], $"{path}[{i}]", false, isStatus, old is null ? null : ListKeys.Find(old, list[i], schema));
        // Built-in lists are only held to their keys by the rules of their kind.
        if (isBuiltIn) return;
        if (schema.ListType == "set") ListUniqueness.CheckSet(list, path, causes);
        if (schema.ListType == "map") ListUniqueness.CheckMap(schema, list, path, causes);
    }

    private static bool HasType(Schema schema, JsonNode value)
    {
        var kind = value.GetValueKind();
        if (schema.IntOrString) return kind == JsonValueKind.String || (kind == JsonValueKind.Number && IsInteger(value));
        if (schema.Format == "quantity" && schema.Type is null) return kind is JsonValueKind.String or JsonValueKind.Number;
        return schema.Type switch
        {
            "object" => kind == JsonValueKind.Object,
            "array" => kind == JsonValueKind.Array,
            "string" => kind == JsonValueKind.String,
            "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
            "integer" => kind == JsonValueKind.Number && IsInteger(value),
            "number" => kind == JsonValueKind.Number,
            _ => true,
        };
    }

    // 3.0 and 1e3 are integers to JSON Schema.
    internal static bool IsInteger(JsonNode value) =>
        value.AsInteger() is not null || (decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && decimal.Truncate(number) == number);

    // Kubernetes takes a format for a type, and so says "type"; what the format is, is ours to add.
    private StatusCause WrongForm(string format, JsonNode value, string path, string error) => isBuiltIn || value.AsText() is null
        ? StatusCause.Invalid(path, value.Shown(), error)
        : StatusCause.TypeInvalid(path, value.Shown(), $"{path} in body must be of type {format}: {value.Shown()}: {error}");

    private StatusCause WrongType(Schema schema, JsonNode? value, string path)
    {
        var given = value?.GetValueKind() switch
        {
            null => "null",
            JsonValueKind.Object => "object",
            JsonValueKind.Array => "array",
            JsonValueKind.String => "string",
            JsonValueKind.Number => IsInteger(value) ? "integer" : "number",
            _ => "boolean",
        };
        if (!isBuiltIn) return StatusCause.TypeInvalid(path, $"\"{given}\"", $"{path} in body must be of type {(schema.IntOrString ? "integer,string" : schema.Type)}: \"{given}\"");
        var wanted = schema.IntOrString ? "integer or string" : schema.Type ?? "string or number";
        return StatusCause.TypeInvalid(path, value is JsonObject or JsonArray or null ? $"\"{given}\"" : value.Shown(), $"must be of type {wanted}, not {given}");
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
