using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.OpenApi;

/// <summary>Writes the paths of resources with their operations, in the terms of OpenAPI 3.0 or Swagger 2.0.</summary>
internal sealed class OpenApiOperations(bool isV3)
{
    private const string Schemas = "#/components/schemas/";
    private const string StatusName = "io.k8s.apimachinery.pkg.apis.meta.v1.Status";
    private const string PatchName = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";

    private static readonly (string Name, string Type, string Description)[] WriteParameters =
    [
        ("dryRun", "string", "When present, indicates that modifications should not be persisted. Valid values are: All."),
        ("fieldManager", "string", "fieldManager is a name associated with the actor or entity that is making these changes."),
        ("fieldValidation", "string", "fieldValidation instructs the server on how to handle objects in the request containing unknown or duplicate fields. Valid values are: Ignore, Warn, Strict."),
    ];

    private static readonly (string Name, string Type, string Description)[] ListParameters =
    [
        ("allowWatchBookmarks", "boolean", "allowWatchBookmarks requests watch events with type \"BOOKMARK\"."),
        ("continue", "string", "The continue option should be set when retrieving more results from the server."),
        ("fieldSelector", "string", "A selector to restrict the list of returned objects by their fields."),
        ("labelSelector", "string", "A selector to restrict the list of returned objects by their labels."),
        ("limit", "integer", "limit is a maximum number of responses to return for a list call."),
        ("resourceVersion", "string", "resourceVersion sets a constraint on what resource versions a request may be served from."),
        ("resourceVersionMatch", "string", "resourceVersionMatch determines how resourceVersion is applied to list calls."),
        ("sendInitialEvents", "boolean", "sendInitialEvents asks a watch to begin with the objects that exist."),
        ("timeoutSeconds", "integer", "Timeout for the list/watch call."),
        ("watch", "boolean", "Watch for changes to the described resources and return them as a stream of add, update, and remove notifications."),
    ];

    private static readonly (string Name, string Type, string Description)[] DeleteParameters =
    [
        ("dryRun", "string", "When present, indicates that modifications should not be persisted. Valid values are: All."),
        ("gracePeriodSeconds", "integer", "The duration in seconds before the object should be deleted."),
        ("orphanDependents", "boolean", "Deprecated: please use the PropagationPolicy."),
        ("propagationPolicy", "string", "Whether and how garbage collection will be performed: Orphan, Background, Foreground."),
    ];

    /// <summary>Group, version and kind as an extension names them.</summary>
    public static JsonObject Kind(string group, string version, string kind) => new() { ["group"] = group, ["kind"] = kind, ["version"] = version };

    /// <summary>Adds the paths of a resource.</summary>
    public void AddPaths(JsonObject paths, ServedResource resource, string definition)
    {
        var type = resource.Type;
        var root = type.Group.Length == 0 ? $"/api/{type.Version}" : $"/apis/{type.Group}/{type.Version}";
        var collection = type.Namespaced ? $"{root}/namespaces/{{namespace}}/{type.Plural}" : $"{root}/{type.Plural}";
        var item = new JsonObject { ["parameters"] = PathParameters(type, named: false) };
        if (type.Verbs.Contains("list")) item["get"] = Operation(resource, "list", ListParameters, definition + "List");
        if (type.Verbs.Contains("create")) item["post"] = Operation(resource, "post", WriteParameters, definition, definition);
        if (type.Verbs.Contains("deletecollection"))
            item["delete"] = Operation(resource, "deletecollection", [.. ListParameters, .. DeleteParameters[1..]], StatusName);
        paths[collection] = item;
        if (!type.IsStored) return;
        if (type.Namespaced)
            paths[$"{root}/{type.Plural}"] = new JsonObject { ["get"] = Operation(resource, "list", ListParameters, definition + "List") };
        AddObject(paths, $"{collection}/{{name}}", resource, definition, canDelete: true);
        if (resource.HasStatus) AddObject(paths, $"{collection}/{{name}}/status", resource, definition, canDelete: false);
    }

    private void AddObject(JsonObject paths, string path, ServedResource resource, string definition, bool canDelete)
    {
        var item = new JsonObject
        {
            ["get"] = Operation(resource, "get", [], definition),
            ["put"] = Operation(resource, "put", WriteParameters, definition, definition),
            ["patch"] = Operation(resource, "patch", WriteParameters, definition, PatchName),
            ["parameters"] = PathParameters(resource.Type, named: true),
        };
        if (canDelete) item["delete"] = Operation(resource, "delete", DeleteParameters, StatusName);
        paths[path] = item;
    }

    private JsonObject Operation(
        ServedResource resource, string action, IEnumerable<(string Name, string Type, string Description)> parameters, string answer, string? body = null)
    {
        var type = resource.Type;
        var list = new JsonArray([.. parameters.Select(p => (JsonNode)Parameter(p.Name, p.Type, p.Description, "query"))]);
        var operation = new JsonObject { ["parameters"] = list };
        if (body is not null && isV3) operation["requestBody"] = Content(body, action);
        else if (body is not null) list.Insert(0, new JsonObject { ["name"] = "body", ["in"] = "body", ["required"] = true, ["schema"] = Reference(body) });

        var response = isV3 ? Content(answer, "") : new JsonObject { ["schema"] = Reference(answer) };
        response["description"] = "OK";
        operation["responses"] = new JsonObject { ["200"] = response };
        operation["x-kubernetes-action"] = action;
        operation["x-kubernetes-group-version-kind"] = Kind(type.Group, type.Version, type.Kind);
        return operation;
    }

    private static JsonObject Content(string definition, string action)
    {
        IEnumerable<string> mediaTypes = action == "patch"
            ? [MediaTypes.JsonPatch, MediaTypes.MergePatch, MediaTypes.StrategicMergePatch]
            : [MediaTypes.Json, MediaTypes.Yaml];
        return new JsonObject
        {
            ["content"] = new JsonObject(mediaTypes.Select(m => KeyValuePair.Create(m, (JsonNode?)new JsonObject { ["schema"] = Reference(definition) }))),
        };
    }

    private JsonArray PathParameters(ResourceType type, bool named)
    {
        var parameters = new JsonArray();
        if (named) parameters.Add((JsonNode)Parameter("name", "string", $"name of the {type.Kind}", "path"));
        if (type.Namespaced) parameters.Add((JsonNode)Parameter("namespace", "string", "object name and auth scope, such as for teams and projects", "path"));
        return parameters;
    }

    private JsonObject Parameter(string name, string type, string description, string place)
    {
        var parameter = new JsonObject { ["name"] = name, ["in"] = place, ["description"] = description };
        if (place == "path") parameter["required"] = true;
        if (isV3) parameter["schema"] = new JsonObject { ["type"] = type, ["uniqueItems"] = true };
        else (parameter["type"], parameter["uniqueItems"]) = (type, true);
        return parameter;
    }

    private static JsonObject Reference(string name) => new() { ["$ref"] = Schemas + name };
}
