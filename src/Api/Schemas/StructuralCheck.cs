using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Schemas;

/// <summary>One walk over a JSON schema that looks for what is not structural. Messages follow Kubernetes'.</summary>
internal sealed class StructuralCheck
{
    private static readonly string[] Unsupported = ["$ref", "definitions", "dependencies", "deprecated", "discriminator", "id", "patternProperties", "readOnly", "writeOnly", "xml", "additionalItems"];
    private static readonly string[] Types = ["object", "array", "string", "integer", "number", "boolean"];
    public List<StatusCause> Causes { get; } = [];

    public void Root(JsonObject schema, string path)
    {
        if (schema.Boolean("nullable") == true) Forbid($"{path}.nullable", "nullable cannot be true at the root");
        Visit(schema, path, Level.Root);
        new JunctorCheck(this).Completeness(schema, path);
    }

    private void Visit(JsonObject schema, string path, Level level)
    {
        Keywords(schema, path);
        var type = schema.Text("type") ?? "";
        var isRoot = level == Level.Root;
        var intOrString = schema.Boolean("x-kubernetes-int-or-string") == true;
        var preserves = schema.Boolean("x-kubernetes-preserve-unknown-fields") == true;
        var embedded = schema.Boolean("x-kubernetes-embedded-resource") == true;
        if (type.Length == 0)
        {
            if (!intOrString && !preserves && !embedded) Causes.Add(StatusCause.Required($"{path}.type", $"must not be empty {Place(level)}"));
        }
        else if (!Types.Contains(type))
        {
            Causes.Add(StatusCause.NotSupported($"{path}.type", $"\"{type}\"", Types));
        }
        if (isRoot && type is not ("" or "object")) Causes.Add(StatusCause.Invalid($"{path}.type", $"\"{type}\"", "must be object at the root"));
        if (intOrString) IntOrString(path, preserves, embedded);
        if (schema.Boolean("x-kubernetes-preserve-unknown-fields") == false) Causes.Add(StatusCause.Invalid($"{path}.x-kubernetes-preserve-unknown-fields", "false", "must be true or undefined"));
        if (embedded) EmbeddedResource(schema, path, type, preserves);
        Lists(schema, path, type);
        if (isRoot || embedded) TypeMeta(schema, path);
        if (isRoot && schema.Object("properties")?.Object("metadata") is { } metadata) RootMetadata(metadata, $"{path}.properties[metadata]");

        foreach (var (name, value) in schema.Object("properties") ?? [])
        {
            var inner = $"{path}.properties[{name}]";
            if (value is JsonObject property) Visit(property, inner, Level.Field);
            else NoSchema(inner, value);
        }
        AdditionalProperties(schema, path, isRoot);
        if (schema["items"] is JsonArray) Forbid($"{path}.items", "items must be a schema object and not an array");
        else if (schema.Object("items") is { } items) Visit(items, $"{path}.items", Level.Item);
        else if (type == "array") Causes.Add(StatusCause.Required($"{path}.items", "must be specified"));

        new JunctorCheck(this).Visit(schema, path);
    }

    private static string Place(Level level) => level switch
    {
        Level.Root => "at the root",
        Level.Item => "for specified array items",
        _ => "for specified object fields",
    };

    private void AdditionalProperties(JsonObject schema, string path, bool isRoot)
    {
        var at = $"{path}.additionalProperties";
        if (schema["additionalProperties"] is not { } additional) return;
        if (isRoot) Forbid(at, "must not be used at the root");
        if (schema.Boolean("x-kubernetes-embedded-resource") == true) Forbid(at, "must not be used if x-kubernetes-embedded-resource is set");
        if (additional is JsonObject values) Visit(values, at, Level.Field);
    }

    private void IntOrString(string path, bool preserves, bool embedded)
    {
        const string Detail = "must be false if x-kubernetes-int-or-string is true";
        if (preserves) Causes.Add(StatusCause.Invalid($"{path}.x-kubernetes-preserve-unknown-fields", "true", Detail));
        if (embedded) Causes.Add(StatusCause.Invalid($"{path}.x-kubernetes-embedded-resource", "true", Detail));
    }

    internal void Keywords(JsonObject schema, string path)
    {
        foreach (var keyword in Unsupported.Where(schema.ContainsKey)) Forbid($"{path}.{keyword}", $"{keyword} is not supported");
        if (schema.Boolean("uniqueItems") == true) Forbid($"{path}.uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
        if (schema["additionalProperties"] is { } additional && additional.AsBoolean() != true && schema.Object("properties") is { Count: > 0 })
            Forbid($"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive");
        if (schema.Text("pattern") is { } pattern && Patterns.Error(pattern) is { } error)
            Causes.Add(StatusCause.Invalid($"{path}.pattern", JsonValue.Create(pattern).Shown(), $"must be a valid regular expression, but isn't: {error}"));
    }

    private void EmbeddedResource(JsonObject schema, string path, string type, bool preserves)
    {
        if (type != "object") WrongType(path, type, "must be object if x-kubernetes-embedded-resource is true");
        if (!preserves && schema.Object("properties") is not { Count: > 0 })
            Causes.Add(StatusCause.Required($"{path}.properties", "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"));
    }

    private void Lists(JsonObject schema, string path, string type)
    {
        var listType = schema.Text("x-kubernetes-list-type");
        if (listType is not null && type != "array") WrongType(path, type, "must be array if x-kubernetes-list-type is specified");
        if (listType is not (null or "atomic" or "set" or "map")) Causes.Add(StatusCause.NotSupported($"{path}.x-kubernetes-list-type", $"\"{listType}\"", ["atomic", "set", "map"]));
        if (schema.Text("x-kubernetes-map-type") is { } mapType)
        {
            if (mapType is not ("atomic" or "granular")) Causes.Add(StatusCause.NotSupported($"{path}.x-kubernetes-map-type", $"\"{mapType}\"", ["atomic", "granular"]));
            if (type != "object") WrongType(path, type, "must be object if x-kubernetes-map-type is specified");
        }
        if (listType is "set" or "map" && schema.Object("items")?.Boolean("nullable") == true) Forbid($"{path}.items.nullable", $"cannot be nullable when x-kubernetes-list-type is {listType}");
        if (listType == "set" && type == "array" && schema.Object("items") is { } item) SetItems(item, $"{path}.items");
        MapKeys(schema, path, listType);
    }

    // A list is replaced as a whole unless it says otherwise, and a map is not unless it says so.
    private void SetItems(JsonObject item, string path)
    {
        const string Detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
        var listType = item.Text("x-kubernetes-list-type");
        if (item.Text("type") == "array" && listType is not (null or "atomic")) Causes.Add(StatusCause.Invalid($"{path}.x-kubernetes-list-type", $"\"{listType}\"", Detail));
        if (item.Text("type") == "object" && item.Text("x-kubernetes-map-type") != "atomic") Causes.Add(StatusCause.Invalid($"{path}.x-kubernetes-map-type", "null", Detail));
    }

    private void MapKeys(JsonObject schema, string path, string? listType)
    {
        var at = $"{path}.x-kubernetes-list-map-keys";
        var keys = schema.Array("x-kubernetes-list-map-keys") ?? [];
        if (listType != "map")
        {
            const string Detail = "must be map if x-kubernetes-list-map-keys is non-empty";
            if (keys.Count > 0) Causes.Add(listType is null ? StatusCause.Required($"{path}.x-kubernetes-list-type", Detail) : StatusCause.Invalid($"{path}.x-kubernetes-list-type", $"\"{listType}\"", Detail));
            return;
        }
        if (keys.Count == 0) Causes.Add(StatusCause.Required(at, "must not be empty if x-kubernetes-list-type is map"));
        if (schema["items"] is null) Causes.Add(StatusCause.Required($"{path}.items", "must have a schema if x-kubernetes-list-type is map"));
        if (schema.Object("items") is not { } items) return;
        if (items.Text("type") != "object") Causes.Add(StatusCause.Invalid($"{path}.items.type", $"\"{items.Text("type")}\"", "must be object if parent array's x-kubernetes-list-type is map"));
        var required = items.Array("required")?.Select(r => r.AsText()).ToHashSet() ?? [];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var (hasUnknown, hasDouble) = (false, false); // each is told once: with all the keys, once for each key is without bound
        foreach (var name in keys.Select(k => k.AsText() ?? ""))
        {
            if (!seen.Add(name))
            {
                hasDouble = true;
                continue;
            }
            if (items.Object("properties")?.Object(name) is not { } key)
            {
                hasUnknown = true;
            }
            else
            {
                var property = $"{path}.items.properties[{name}]";
                if (items.Text("type") == "object" && key.Text("type") is "object" or "array") Causes.Add(StatusCause.Invalid($"{property}.type", "\"object\"", "must be a scalar type if parent array's x-kubernetes-list-type is map"));
                if (!required.Contains(name) && key["default"] is null) Causes.Add(StatusCause.Required($"{property}.default", "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"));
                if (key.Boolean("nullable") == true) Forbid($"{property}.nullable", "this property is in x-kubernetes-list-map-keys, so it cannot be nullable");
            }
        }
        if (items.Text("type") != "object") return;
        if (hasUnknown) Causes.Add(StatusCause.Invalid(at, keys.Shown(), "entries must all be names of item properties"));
        if (hasDouble) Causes.Add(StatusCause.Invalid(at, keys.Shown(), "must not contain duplicate entries"));
    }

    private void TypeMeta(JsonObject schema, string path)
    {
        foreach (var (name, wanted) in new[] { ("apiVersion", "string"), ("kind", "string"), ("metadata", "object") })
            if (schema.Object("properties")?.Object(name) is { } property && property.Text("type") != wanted)
                Causes.Add(StatusCause.Invalid($"{path}.properties[{name}].type", $"\"{property.Text("type")}\"", $"must be {wanted}"));
    }

    // The server owns the metadata of an object: its schema may only restrict names.
    private void RootMetadata(JsonObject schema, string path)
    {
        var restrictsNames = schema.Object("properties")?.All(p => p.Key is "name" or "generateName") ?? true;
        if (!restrictsNames || schema.Any(p => p.Key is not ("type" or "default" or "properties") && p.Value is not null))
            Forbid(path, "must not specify anything other than name and generateName, but metadata is implicitly specified");
    }

    private void WrongType(string path, string type, string detail) =>
        Causes.Add(type.Length == 0 ? StatusCause.Required($"{path}.type", detail) : StatusCause.Invalid($"{path}.type", $"\"{type}\"", detail));

    internal void NoSchema(string path, JsonNode? value) => Causes.Add(StatusCause.TypeInvalid(path, value.Shown(), "must be of type object"));

    internal void Forbid(string path, string detail) => Causes.Add(StatusCause.Forbidden(path, detail));

    private enum Level
    {
        Root,
        Field,
        Item,
    }
}
