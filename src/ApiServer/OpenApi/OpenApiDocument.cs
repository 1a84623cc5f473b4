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

    /// <summary>Several versions as one Swagger 2.0 document.</summary>
    public static JsonObject V2(IReadOnlyList<VersionEntry> entries, string version)
    {
        var paths = new JsonObject();
        var definitions = new JsonObject();
        foreach (var document in entries.Select(e => new OpenApiDocument(e)))
        {
            foreach (var (path, item) in document.Paths(new OpenApiOperations(isV3: false))) paths[path] = item!.DeepClone();
            foreach (var (name, schema) in document.Schemas()) definitions[name] ??= schema!.DeepClone();
        }
        var swagger = new JsonObject { ["swagger"] = "2.0", ["info"] = Info(version), ["paths"] = paths, ["definitions"] = definitions };
        Redirect(swagger);
        return swagger;
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

    // Swagger 2.0 keeps schemas elsewhere.
    private static void Redirect(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                if (map.Text("$ref") is { } reference && reference.StartsWith(SchemasV3, StringComparison.Ordinal))
                    map["$ref"] = SchemasV2 + reference[SchemasV3.Length..];
                foreach (var (_, value) in map) Redirect(value);
                break;
            case JsonArray list:
                foreach (var item in list) Redirect(item);
                break;
        }
    }
}
