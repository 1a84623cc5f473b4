using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Schemas;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.OpenApi;

/// <summary>Writes the paths of resources with their operations, in the terms of OpenAPI 3.0 or Swagger 2.0.</summary>
internal sealed class OpenApiOperations(bool isV3)
{
    private const string Schemas = "#/components/schemas/";
    private const string StatusName = "io.k8s.apimachinery.pkg.apis.meta.v1.Status";
    private const string DeleteOptionsName = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
    private const string PatchName = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";

    private static readonly string[] PatchTypes = [MediaTypes.JsonPatch, MediaTypes.MergePatch, MediaTypes.StrategicMergePatch, MediaTypes.ApplyPatch];

    private static readonly (string Name, string Type, string Description) Pretty =
        ("pretty", "string", "If 'true', then the output is pretty printed.");

    private static readonly (string Name, string Type, string Description)[] WriteParameters =
    [
        ("dryRun", "string", "When present, indicates that modifications should not be persisted. Valid values are: All."),
        ("fieldManager", "string", "fieldManager is a name associated with the actor or entity that is making these changes."),
        ("fieldValidation", "string", "fieldValidation instructs the server on how to handle objects in the request containing unknown or duplicate fields. Valid values are: Ignore, Warn, Strict."),
    ];

    private static readonly (string Name, string Type, string Description) Force =
        ("force", "boolean", "Force is going to \"force\" Apply requests. It means user will re-acquire conflicting fields owned by other people. Force flag must be unset for non-apply patch requests.");

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
        ("ignoreStoreReadErrorWithClusterBreakingPotential", "boolean", "Deletes an object that cannot be read from the store."),
        ("orphanDependents", "boolean", "Deprecated: please use the PropagationPolicy."),
        ("propagationPolicy", "string", "Whether and how garbage collection will be performed: Orphan, Background, Foreground."),
    ];

    private static readonly string[] StreamMethods = ["get", "post"];
    private static readonly string[] ProxyMethods = ["delete", "get", "head", "options", "patch", "post", "put"];

    // Parts of operations' names.
    private static readonly Dictionary<string, string> SubresourceNames = new() { ["attach"] = "Attach", ["exec"] = "Exec", ["portforward"] = "Portforward", ["proxy"] = "Proxy" };

    private static readonly Dictionary<string, string> ConnectDescriptions = new()
    {
        ["command"] = "Command is the remote command to execute, a word at a time. It is not executed within a shell.",
        ["container"] = "The container in which to execute the command or to which to attach. Defaults to the only container of the pod.",
        ["path"] = "Path is the part of the URL to ask for.",
        ["ports"] = "List of ports to forward.",
        ["stderr"] = "Redirect the standard error stream of the container for this call.",
        ["stdin"] = "Redirect the standard input stream of the container for this call.",
        ["stdout"] = "Redirect the standard output stream of the container for this call.",
        ["tty"] = "TTY says whether a terminal is allocated for the call.",
    };

    /// <summary>Group, version and kind as an extension names them.</summary>
    public static JsonObject Kind(string group, string version, string kind) => new() { ["group"] = group, ["kind"] = kind, ["version"] = version };

    /// <summary>Adds the paths of a resource.</summary>
    public void AddPaths(JsonObject paths, ServedResource resource, string definition)
    {
        var type = resource.Type;
        var root = type.Group.Length == 0 ? $"/api/{type.Version}" : $"/apis/{type.Group}/{type.Version}";
        var collection = type.Namespaced ? $"{root}/namespaces/{{namespace}}/{type.Plural}" : $"{root}/{type.Plural}";
        var scope = type.Namespaced ? "Namespaced" : "";
        var item = new JsonObject { ["parameters"] = PathParameters(type, named: false, isNamespaced: type.Namespaced) };
        if (type.Verbs.Contains("list")) item["get"] = Operation(resource, "list", $"list{scope}{type.Kind}", ListParameters, definition + "List");
        if (type.Verbs.Contains("create")) item["post"] = Operation(resource, "post", $"create{scope}{type.Kind}", WriteParameters, definition, definition);
        if (type.Verbs.Contains("deletecollection"))
            item["delete"] = Operation(resource, "deletecollection", $"deleteCollection{scope}{type.Kind}", [.. ListParameters[1..^1], .. DeleteParameters], StatusName, DeleteOptionsName);
        paths[collection] = item;
        if (!type.IsStored) return;
        if (type.Namespaced)
        {
            paths[$"{root}/{type.Plural}"] = new JsonObject
            {
                ["get"] = Operation(resource, "list", $"list{type.Kind}ForAllNamespaces", ListParameters, definition + "List"),
                ["parameters"] = PathParameters(type, named: false, isNamespaced: false),
            };
        }
        AddObject(paths, $"{collection}/{{name}}", resource, definition, $"{scope}{type.Kind}", type.Verbs, null);
        foreach (var (name, subresource) in Verbs.Subresources(resource))
        {
            if (ConnectSchemas.Find(subresource.Kind) is { } options)
            {
                AddConnection(paths, $"{collection}/{{name}}/{name}", resource, $"{scope}{type.Kind}{SubresourceNames[name]}", options, subresource);
                continue;
            }
            var own = subresource.Kind == type.Kind ? definition : BuiltInKinds.DefinitionName(subresource.Group, subresource.Version, subresource.Kind);
            AddObject(paths, $"{collection}/{{name}}/{name}", resource, own, $"{scope}{type.Kind}{char.ToUpperInvariant(name[0])}{name[1..]}", subresource.Verbs, subresource);
        }
    }

    private void AddObject(JsonObject paths, string path, ServedResource resource, string definition, string id, IReadOnlyList<string> verbs, SubresourceType? subresource)
    {
        var item = new JsonObject { ["parameters"] = PathParameters(resource.Type, named: true, resource.Type.Namespaced) };
        if (verbs.Contains("get")) item["get"] = Operation(resource, "get", $"read{id}", [], definition, subresource: subresource);
        if (verbs.Contains("update")) item["put"] = Operation(resource, "put", $"replace{id}", WriteParameters, definition, definition, subresource);
        if (verbs.Contains("patch")) item["patch"] = Operation(resource, "patch", $"patch{id}", [.. WriteParameters, Force], definition, PatchName, subresource);
        if (verbs.Contains("create") && subresource is not null) item["post"] = Operation(resource, "post", $"create{id}", WriteParameters, definition, definition, subresource);
        if (verbs.Contains("delete") && subresource is null) item["delete"] = Operation(resource, "delete", $"delete{id}", DeleteParameters, StatusName, DeleteOptionsName);
        paths[path] = item;
    }

    // What clients connect to: options come as parameters, and what is answered is not described.
    private void AddConnection(JsonObject paths, string path, ServedResource resource, string id, Schema options, SubresourceType subresource)
    {
        var withPath = options.Properties.ContainsKey("path");
        Add(path, id, isBelow: false);
        if (withPath) Add($"{path}/{{path}}", $"{id}WithPath", isBelow: true);

        void Add(string at, string name, bool isBelow)
        {
            var item = new JsonObject();
            foreach (var method in withPath ? ProxyMethods : StreamMethods)
                item[method] = Connection(resource.Type, name, method, subresource);
            var parameters = PathParameters(resource.Type, named: true, resource.Type.Namespaced);
            if (isBelow) parameters.Add((JsonNode)Parameter("path", "string", "path to the resource", "path"));
            foreach (var (option, schema) in options.Properties.Where(o => o.Key is not ("apiVersion" or "kind")).OrderBy(o => o.Key, StringComparer.Ordinal))
                parameters.Add((JsonNode)Parameter(option, ParameterTypes(schema), ConnectDescriptions[option], "query"));
            item["parameters"] = parameters;
            paths[at] = item;
        }
    }

    // Kubernetes says of lists in the query what their elements are.
    private static string ParameterTypes(Schema schema) => schema.Items?.Type ?? schema.Type ?? "string";

    private JsonObject Connection(ResourceType type, string id, string method, SubresourceType subresource)
    {
        var verb = $"{char.ToUpperInvariant(method[0])}{method[1..]}";
        var operation = new JsonObject { ["tags"] = new JsonArray(TagOf(type)), ["operationId"] = $"connect{GroupOf(type)}{verb}{id}" };
        if (!isV3) (operation["consumes"], operation["produces"]) = (new JsonArray("*/*"), new JsonArray("*/*"));
        var text = new JsonObject { ["type"] = "string" };
        operation["responses"] = new JsonObject
        {
            ["200"] = isV3
                ? new JsonObject { ["description"] = "OK", ["content"] = new JsonObject { ["*/*"] = new JsonObject { ["schema"] = text } } }
                : new JsonObject { ["description"] = "OK", ["schema"] = text },
        };
        operation["x-kubernetes-action"] = "connect";
        operation["x-kubernetes-group-version-kind"] = Kind(subresource.Group, subresource.Version, subresource.Kind);
        return operation;
    }

    private JsonObject Operation(
        ServedResource resource, string action, string id, IEnumerable<(string Name, string Type, string Description)> parameters, string answer,
        string? body = null, SubresourceType? subresource = null)
    {
        var type = resource.Type;
        var group = GroupOf(type);
        var list = new JsonArray([.. parameters.Append(Pretty).Select(p => (JsonNode)Parameter(p.Name, p.Type, p.Description, "query"))]);
        var operation = new JsonObject { ["tags"] = new JsonArray(TagOf(type)), ["operationId"] = IdOf(id, group), ["parameters"] = list };
        if (body is not null && isV3) operation["requestBody"] = Content(body, action);
        else if (body is not null) list.Insert(0, new JsonObject { ["name"] = "body", ["in"] = "body", ["required"] = body != DeleteOptionsName, ["schema"] = Reference(body) });
        if (!isV3) operation["consumes"] = new JsonArray([.. (action == "patch" ? PatchTypes : ["*/*"]).Select(t => (JsonNode)t)]);
        if (!isV3) operation["produces"] = new JsonArray(MediaTypes.Json, MediaTypes.Yaml, MediaTypes.Protobuf);

        var response = isV3 ? Content(answer, "") : new JsonObject { ["schema"] = Reference(answer) };
        response["description"] = "OK";
        operation["responses"] = new JsonObject { ["200"] = response };
        operation["x-kubernetes-action"] = action;
        operation["x-kubernetes-group-version-kind"] = subresource is null ? Kind(type.Group, type.Version, type.Kind) : Kind(subresource.Group, subresource.Version, subresource.Kind);
        return operation;
    }

    private static string GroupOf(ResourceType type) => GroupName(type.Group) + char.ToUpperInvariant(type.Version[0]) + type.Version[1..];

    private static string TagOf(ResourceType type)
    {
        var group = GroupName(type.Group);
        return $"{char.ToLowerInvariant(group[0])}{group[1..]}_{type.Version}";
    }

    // listNamespacedPod of core/v1 is listCoreV1NamespacedPod; deleteCollection is split around the group.
    private static string IdOf(string id, string group)
    {
        var verb = id[..id.AsSpan().IndexOfAnyInRange('A', 'Z')];
        return verb + group + id[verb.Length..];
    }

    private static string GroupName(string group)
    {
        if (group.Length == 0) return "Core";
        const string own = ".k8s.io";
        var name = group.EndsWith(own, StringComparison.Ordinal) ? group[..^own.Length] : group;
        return string.Concat(name.Split('.', '-').Where(p => p.Length > 0).Select(p => char.ToUpperInvariant(p[0]) + p[1..]));
    }

    private static JsonObject Content(string definition, string action)
    {
        IEnumerable<string> mediaTypes = action == "patch"
            ? PatchTypes
            : [MediaTypes.Json, MediaTypes.Yaml, MediaTypes.Protobuf];
        return new JsonObject
        {
            ["content"] = new JsonObject(mediaTypes.Select(m => KeyValuePair.Create(m, (JsonNode?)new JsonObject { ["schema"] = Reference(definition) }))),
        };
    }

    private JsonArray PathParameters(ResourceType type, bool named, bool isNamespaced)
    {
        var parameters = new JsonArray();
        if (named) parameters.Add((JsonNode)Parameter("name", "string", $"name of the {type.Kind}", "path"));
        if (isNamespaced) parameters.Add((JsonNode)Parameter("namespace", "string", "object name and auth scope, such as for teams and projects", "path"));
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
