using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.OpenApi;

/// <summary>The OpenAPI description of one version of a group.</summary>
internal sealed class OpenApiDocument(VersionEntry entry)
{
    private const string SchemasV3 = "#/components/schemas/";
    private const string SchemasV2 = "#/definitions/";

    /// <summary>As an OpenAPI 3.0 document.</summary>
    public JsonObject V3(string version) => new()
    {
        ["openapi"] = "3.0.0",
        ["info"] = Info(version),
        ["paths"] = Paths(new OpenApiOperations(isV3: true)),
        ["components"] = new JsonObject { ["schemas"] = Schemas() },
    };

    /// <summary>Writes several versions as one Swagger 2.0 document, of which no more than one version is in memory at a time.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="entries">What this server serves.</param>
    /// <param name="others">What other servers serve.</param>
    /// <param name="version">Version of the whole.</param>
    public static void WriteV2(Stream output, IReadOnlyList<VersionEntry> entries, IReadOnlyList<SwaggerPart> others, string version)
    {
        var own = SwaggerPart.HashesOf(DefinitionsV2(entries), others);
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("swagger", "2.0");
        json.WritePropertyName("info");
        Info(version).WriteTo(json);
        json.WriteStartObject("paths");
        foreach (var entry in entries)
        {
            foreach (var (path, item) in new OpenApiDocument(entry).Paths(new OpenApiOperations(isV3: false)))
            {
                SimplifyForV2(item);
                json.WritePropertyName(path);
                item!.WriteTo(json);
            }
            json.Flush();
        }
        foreach (var part in SwaggerPart.Together(others, own))
        {
            foreach (var path in part.GetProperty("paths").EnumerateObject()) path.WriteTo(json);
            json.Flush();
        }
        json.WriteEndObject();
        json.WriteStartObject("definitions");
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, schema) in DefinitionsV2(entries))
        {
            known.Add(name);
            json.WritePropertyName(name);
            schema.WriteTo(json);
            json.Flush();
        }
        foreach (var part in SwaggerPart.Together(others, own))
        {
            foreach (var definition in part.GetProperty("definitions").EnumerateObject().Where(d => known.Add(d.Name))) definition.WriteTo(json);
            json.Flush();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The definitions of several versions, each once, as Swagger 2.0 has them.</summary>
    public static IEnumerable<(string Name, JsonObject Schema)> DefinitionsV2(IEnumerable<VersionEntry> entries)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            foreach (var (name, schema) in new OpenApiDocument(entry).Schemas())
            {
                if (!known.Add(name)) continue;
                SimplifyForV2(schema);
                yield return (name, (JsonObject)schema!);
            }
        }
    }

    private static JsonObject Info(string version) => new() { ["title"] = "Kubernetes", ["version"] = version };

    private JsonObject Paths(OpenApiOperations operations)
    {
        var paths = new JsonObject();
        foreach (var resource in entry.Resources) operations.AddPaths(paths, resource, DefinitionName(resource));
        return paths;
    }

    private JsonObject Schemas()
    {
        var type = entry.Resources[0].Type;
        var hasBuiltIn = entry.Resources.Any(r => r.Custom is null);
        // Custom resources refer to what all objects share, which any built-in version brings with it.
        var schemas = BuiltInKinds.Definitions(hasBuiltIn ? type.ApiVersion : "coordination.k8s.io/v1");
        if (!hasBuiltIn)
        {
            foreach (var name in schemas.Select(s => s.Key).Where(n => n.StartsWith("io.k8s.api.", StringComparison.Ordinal)).ToArray()) schemas.Remove(name);
        }
        foreach (var resource in entry.Resources.Where(r => r.Custom is not null)) AddCustom(schemas, resource);
        return schemas;
    }

    private static string DefinitionName(ServedResource resource)
    {
        var type = resource.Type;
        if (resource.Custom is null) return BuiltInKinds.DefinitionName(type.Group, type.Version, type.Kind);
        return $"{string.Join('.', type.Group.Split('.').Reverse())}.{type.Version}.{type.Kind}";
    }

    private static void AddCustom(JsonObject schemas, ServedResource resource)
    {
        var type = resource.Type;
        var name = DefinitionName(resource);
        var schema = (JsonObject)resource.Custom!.Schema.DeepClone();
        schema["type"] ??= "object";
        var properties = schema.ObjectOrNew("properties");
        properties["apiVersion"] = Text("APIVersion names the group and version of the schema that the object follows. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources");
        properties["kind"] = Text("Kind names what the object is. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds");
        properties["metadata"] = Reference("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata");
        schema["x-kubernetes-group-version-kind"] = new JsonArray(OpenApiOperations.Kind(type.Group, type.Version, type.Kind));
        schemas[name] = schema;
        schemas[$"{name}List"] = new JsonObject
        {
            ["description"] = $"{resource.ListKind} is a list of {type.Kind}",
            ["type"] = "object",
            ["required"] = new JsonArray("items"),
            ["properties"] = new JsonObject
            {
                ["apiVersion"] = Text("APIVersion names the group and version of the schema that the list follows."),
                ["kind"] = Text("Kind names what the list is."),
                ["metadata"] = Reference("io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta", "Standard list metadata."),
                ["items"] = new JsonObject { ["description"] = $"List of {type.Plural}.", ["type"] = "array", ["items"] = new JsonObject { ["$ref"] = SchemasV3 + name } },
            },
            ["x-kubernetes-group-version-kind"] = new JsonArray(OpenApiOperations.Kind(type.Group, type.Version, resource.ListKind)),
        };
    }

    private static JsonObject Text(string description) => new() { ["description"] = description, ["type"] = "string" };

    private static JsonObject Reference(string name, string description) => new()
    {
        ["description"] = description,
        ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = SchemasV3 + name }),
    };

    // Swagger 2.0 keeps schemas elsewhere, says what a field refers to beside its description, and knows no choices between schemas.
    private static void SimplifyForV2(JsonNode? node, bool isNames = false)
    {
        if (node is JsonArray list)
        {
            foreach (var item in list) SimplifyForV2(item);
        }
        if (node is not JsonObject map) return;
        if (!isNames)
        {
            if (map["allOf"] is JsonArray { Count: 1 } all && all[0] is JsonObject only && only["$ref"] is { } target)
            {
                map.Remove("allOf");
                map["$ref"] = target.DeepClone();
            }
            if (map.Text("$ref") is { } reference && reference.StartsWith(SchemasV3, StringComparison.Ordinal)) map["$ref"] = SchemasV2 + reference[SchemasV3.Length..];
            foreach (var choice in (ReadOnlySpan<string>)["oneOf", "anyOf", "not"]) map.Remove(choice);
            if (map.Remove("nullable")) map.Remove("type");
        }
        foreach (var (name, value) in map) SimplifyForV2(value, isNames: !isNames && name == "properties");
    }
}
