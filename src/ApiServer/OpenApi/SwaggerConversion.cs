using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.OpenApi;

/// <summary>
/// Makes an OpenAPI 3.0 document of what a server says in Swagger 2.0, for those that say nothing else, as upstream's aggregator does
/// (<see href="https://spec.openapis.org/oas/v3.0.3"/>, <see href="https://swagger.io/specification/v2/"/>).
/// </summary>
internal static class SwaggerConversion
{
    private const string ToDefinition = "#/definitions/", ToSchema = "#/components/schemas/", AnyType = "*/*";
    private static readonly JsonDocumentOptions OfPart = new() { MaxDepth = SwaggerPart.Deepest };

    // What a parameter says of itself; the rest of it is its schema.
    private static readonly HashSet<string> OfParameter = ["name", "in", "description", "required", "allowEmptyValue"];

    /// <summary>The document of a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="title">What it is of.</param>
    /// <param name="version">Version of that.</param>
    public static CompressedBody ToV3(SwaggerPart part, string title, string version)
    {
        var document = (JsonObject)JsonNode.Parse(part.Document.Inflate(), documentOptions: OfPart)!;
        var paths = new JsonObject();
        foreach (var (path, item) in document.Object("paths") ?? []) paths[path] = item is JsonObject known ? PathItem(known) : item?.DeepClone();
        return CompressedBody.Of(JsonBytes.Of(new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = title, ["version"] = version },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = Schema(document.Object("definitions") ?? []) },
        }));
    }

    private static JsonObject PathItem(JsonObject item)
    {
        var converted = new JsonObject();
        foreach (var (name, value) in item)
        {
            converted[name] = (name, value) switch
            {
                ("parameters", JsonArray parameters) => Parameters(parameters),
                ("get" or "put" or "post" or "delete" or "options" or "head" or "patch", JsonObject operation) => Operation(operation),
                _ => Schema(value),
            };
        }
        return converted;
    }

    private static JsonObject Operation(JsonObject operation)
    {
        var converted = new JsonObject();
        foreach (var (name, value) in operation)
        {
            switch (name, value)
            {
                case ("consumes" or "produces" or "schemes", _):
                    break;
                case ("parameters", JsonArray parameters):
                    converted[name] = Parameters(parameters);
                    if (Body(parameters, MediaTypes(operation, "consumes")) is { } body) converted["requestBody"] = body;
                    break;
                case ("responses", JsonObject responses):
                    converted[name] = Responses(responses, MediaTypes(operation, "produces"));
                    break;
                default:
                    converted[name] = value?.DeepClone();
                    break;
            }
        }
        return converted;
    }

    private static JsonArray Parameters(JsonArray parameters) =>
        new([.. parameters.OfType<JsonObject>().Where(p => p.Text("in") is not ("body" or "formData")).Select(p => (JsonNode)Parameter(p))]);

    private static JsonObject Parameter(JsonObject parameter)
    {
        var (converted, schema) = (new JsonObject(), new JsonObject());
        foreach (var (name, value) in parameter)
        {
            if (name == "collectionFormat") continue;
            var goal = OfParameter.Contains(name) || name.StartsWith("x-", StringComparison.Ordinal) ? converted : schema;
            goal[name] = Schema(value);
        }
        if (schema.Count > 0) converted["schema"] = schema;
        return converted;
    }

    private static JsonObject? Body(JsonArray parameters, string[] types)
    {
        if (parameters.OfType<JsonObject>().FirstOrDefault(p => p.Text("in") == "body") is not { } body) return null;
        var converted = new JsonObject();
        if (body["description"] is { } description) converted["description"] = description.DeepClone();
        converted["content"] = Content(body["schema"], types);
        if (body["required"] is { } required) converted["required"] = required.DeepClone();
        return converted;
    }

    private static JsonObject Responses(JsonObject responses, string[] types)
    {
        var converted = new JsonObject();
        foreach (var (code, response) in responses)
        {
            if (response is not JsonObject known)
            {
                converted[code] = response?.DeepClone();
                continue;
            }
            var now = new JsonObject();
            foreach (var (name, value) in known)
            {
                if (name == "schema") now["content"] = Content(value, types);
                else now[name] = name == "headers" && value is JsonObject headers ? new JsonObject(headers.Select(h => KeyValuePair.Create(h.Key, (JsonNode?)(h.Value is JsonObject header ? Parameter(header) : null)))) : value?.DeepClone();
            }
            converted[code] = now;
        }
        return converted;
    }

    private static JsonObject Content(JsonNode? schema, string[] types) =>
        new(types.Select(type => KeyValuePair.Create(type, (JsonNode?)new JsonObject { ["schema"] = Schema(schema) })));

    private static string[] MediaTypes(JsonObject operation, string name)
    {
        string[] named = [.. (operation.Array(name) ?? []).Select(type => type.AsText()).OfType<string>().Distinct()];
        return named.Length > 0 ? named : [AnyType];
    }

    // Schemas differ in where they refer to.
    private static JsonNode? Schema(JsonNode? node) => node switch
    {
        JsonObject schema => new JsonObject(schema.Select(p => KeyValuePair.Create(p.Key,
            p.Key == "$ref" && p.Value.AsText() is { } to && to.StartsWith(ToDefinition, StringComparison.Ordinal) ? ToSchema + to[ToDefinition.Length..] : Schema(p.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Schema)]),
        _ => node?.DeepClone(),
    };
}
