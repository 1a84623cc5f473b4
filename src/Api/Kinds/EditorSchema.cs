using System.Text.Json.Nodes;

namespace Slipway.Api.Kinds;

/// <summary>
/// A kind's schema as editors read it: JSON Schema 2020-12 (<see href="https://json-schema.org/draft/2020-12"/>), made from the kind's definition.
/// </summary>
public static class EditorSchema
{
    /// <summary>The kinds that have one, in lower case.</summary>
    public static IEnumerable<string> Kinds => OwnKinds.Definitions.Where(IsOwn).Select(d => (string)d["spec"]!["names"]!["singular"]!).Order(StringComparer.Ordinal);

    /// <summary>The schema of a kind; null if there is none of this name.</summary>
    /// <param name="kind">The kind, singular or plural, in any case.</param>
    public static JsonObject? Of(string kind)
    {
        var definition = OwnKinds.Definitions.FirstOrDefault(d => IsOwn(d)
            && (string.Equals((string?)d["spec"]!["names"]!["singular"], kind, StringComparison.OrdinalIgnoreCase)
                || string.Equals((string?)d["spec"]!["names"]!["plural"], kind, StringComparison.OrdinalIgnoreCase)));
        if (definition is null || definition["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"] is not JsonObject source)
            return null;
        var name = (string)definition["spec"]!["names"]!["kind"]!;
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = name,
        };
        foreach (var (key, value) in Convert(source))
            schema[key] = value?.DeepClone();
        var properties = schema["properties"]!.AsObject();
        properties["apiVersion"] = new JsonObject { ["const"] = $"{CustomKindAttribute.Group}/{CustomKindAttribute.Version}" };
        properties["kind"] = new JsonObject { ["const"] = name };
        properties["metadata"] = new JsonObject { ["type"] = "object" };
        schema["required"] = new JsonArray("apiVersion", "kind", "metadata", "spec");
        return schema;
    }

    private static bool IsOwn(JsonObject definition) => (string?)definition["spec"]?["group"] == CustomKindAttribute.Group;

    private static JsonObject Convert(JsonObject source)
    {
        var schema = new JsonObject();
        foreach (var (key, value) in source)
        {
            switch (key)
            {
                case "properties":
                    schema[key] = new JsonObject(value!.AsObject().Select(p => KeyValuePair.Create(p.Key, (JsonNode?)Convert(p.Value!.AsObject()))));
                    schema["additionalProperties"] = false;
                    break;
                case "items" or "additionalProperties" when value is JsonObject inner:
                    schema[key] = Convert(inner);
                    break;
                case "x-kubernetes-int-or-string":
                    schema["type"] = new JsonArray("integer", "string");
                    break;
                case var extension when extension.StartsWith("x-", StringComparison.Ordinal) || (extension == "format" && (string?)value is "int32" or "int64" or "double"):
                    break; // of Kubernetes alone
                default:
                    schema[key] = value?.DeepClone();
                    break;
            }
        }

        return schema;
    }
}
