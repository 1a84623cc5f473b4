using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Schemas;

/// <summary>One walk over a JSON schema that looks for what is not structural. Messages follow Kubernetes'.</summary>
internal sealed class StructuralCheck
{
    private static readonly string[] Unsupported = ["$ref", "definitions", "dependencies", "deprecated", "discriminator", "id", "patternProperties", "readOnly", "writeOnly", "xml", "additionalItems"];
    private static readonly string[] Types = ["object", "array", "string", "integer", "number", "boolean"];
    private static readonly string[] OutsideOfJunctors = ["description", "type", "default", "additionalProperties", "nullable", "title",
        "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type"];

    public List<StatusCause> Causes { get; } = [];

    public void Root(JsonObject schema, string path)
    {
        if (schema.Text("type") is not { Length: > 0 } type) Causes.Add(StatusCause.Required($"{path}.type", "must not be empty at the root"));
        else if (type != "object") Causes.Add(StatusCause.Invalid($"{path}.type", $"\"{type}\"", "must be object at the root"));
        if (schema.Boolean("nullable") == true) Forbid($"{path}.nullable", "nullable cannot be true at the root");
        Visit(schema, path, "", isRoot: true);
    }

    private void Visit(JsonObject schema, string path, string typeNeededFor, bool isRoot)
    {
        Keywords(schema, path);
        var type = schema.Text("type") ?? "";
        var intOrString = schema.Boolean("x-kubernetes-int-or-string") == true;
        var preserves = schema.Boolean("x-kubernetes-preserve-unknown-fields") == true;
        if (type.Length == 0)
        {
            if (!isRoot && !intOrString && !preserves) Causes.Add(StatusCause.Required($"{path}.type", $"must not be empty for specified {typeNeededFor}"));
        }
        else if (!Types.Contains(type))
        {
            Causes.Add(StatusCause.NotSupported($"{path}.type", $"\"{type}\"", Types));
        }
        if (intOrString && type.Length > 0) Causes.Add(StatusCause.Invalid($"{path}.type", $"\"{type}\"", "must be empty if x-kubernetes-int-or-string is true"));
        if (preserves && type is not ("" or "object")) Causes.Add(StatusCause.Invalid($"{path}.type", $"\"{type}\"", "must be object if x-kubernetes-preserve-unknown-fields is true"));
        if (schema.Boolean("x-kubernetes-preserve-unknown-fields") == false) Causes.Add(StatusCause.Invalid($"{path}.x-kubernetes-preserve-unknown-fields", "false", "must be true or undefined"));
        if (schema.Boolean("x-kubernetes-embedded-resource") == true) EmbeddedResource(schema, path, type, preserves);
        Lists(schema, path, type);

        if (schema.ContainsKey("properties") && schema.ContainsKey("additionalProperties")) Forbid($"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive");
        foreach (var (name, value) in schema.Object("properties") ?? [])
        {
            var inner = $"{path}.properties[{name}]";
            if (value is not JsonObject property) NoSchema(inner, value);
            else if (name == "metadata" && (isRoot || schema.Boolean("x-kubernetes-embedded-resource") == true)) Metadata(property, inner);
            else Visit(property, inner, "object fields", false);
        }
        if (schema["additionalProperties"] is JsonObject additional) Visit(additional, $"{path}.additionalProperties", "object fields", false);
        else if (schema.Boolean("additionalProperties") == false) Forbid($"{path}.additionalProperties", "additionalProperties cannot be set to false");
        if (schema["items"] is JsonArray) Forbid($"{path}.items", "items must be a schema object and not an array");
        else if (schema.Object("items") is { } items) Visit(items, $"{path}.items", "array items", false);
        else if (type == "array") Causes.Add(StatusCause.Required($"{path}.items", "must be specified"));

        foreach (var (branch, at) in Junctors(schema, path))
            Junctor(branch, at, schema, IsIntOrStringPattern(schema, branch));
    }

    private void Keywords(JsonObject schema, string path)
    {
        foreach (var keyword in Unsupported.Where(schema.ContainsKey)) Forbid($"{path}.{keyword}", $"{keyword} is not supported");
        if (schema.Boolean("uniqueItems") == true) Forbid($"{path}.uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
        if (schema.Text("pattern") is { } pattern && Patterns.Error(pattern) is { } error)
            Causes.Add(StatusCause.Invalid($"{path}.pattern", JsonValue.Create(pattern).Shown(), $"must be a valid regular expression, but isn't: {error}"));
    }

    private void EmbeddedResource(JsonObject schema, string path, string type, bool preserves)
    {
        if (type != "object") Causes.Add(StatusCause.Invalid($"{path}.type", $"\"{type}\"", "must be object if x-kubernetes-embedded-resource is true"));
        if (!preserves && schema.Object("properties") is not { Count: > 0 })
            Causes.Add(StatusCause.Required($"{path}.properties", "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"));
    }

    private void Lists(JsonObject schema, string path, string type)
    {
        var listType = schema.Text("x-kubernetes-list-type");
        var keys = schema.Array("x-kubernetes-list-map-keys")?.Select(k => k.AsText() ?? "").ToArray() ?? [];
        if (listType is not null && type != "array") Causes.Add(StatusCause.Invalid($"{path}.type", $"\"{type}\"", "must be array if x-kubernetes-list-type is specified"));
        if (listType is not (null or "atomic" or "set" or "map")) Causes.Add(StatusCause.NotSupported($"{path}.x-kubernetes-list-type", $"\"{listType}\"", ["atomic", "set", "map"]));
        if (schema.Text("x-kubernetes-map-type") is { } mapType)
        {
            if (mapType is not ("atomic" or "granular")) Causes.Add(StatusCause.NotSupported($"{path}.x-kubernetes-map-type", $"\"{mapType}\"", ["atomic", "granular"]));
            if (type != "object") Causes.Add(StatusCause.Invalid($"{path}.type", $"\"{type}\"", "must be object if x-kubernetes-map-type is specified"));
        }
        if (listType != "map")
        {
            if (keys.Length > 0) Causes.Add(StatusCause.Invalid($"{path}.x-kubernetes-list-type", $"\"{listType}\"", "must be map if x-kubernetes-list-map-keys is non-empty"));
            if (listType == "set" && schema.Object("items") is { } item && item.Text("type") is "object" or "array" && item.Text("x-kubernetes-map-type") != "atomic" && item.Text("x-kubernetes-list-type") != "atomic")
                Causes.Add(StatusCause.Invalid($"{path}.items", "\"object\"", "must be atomic as item of a list with x-kubernetes-list-type=set"));
            return;
        }
        if (keys.Length == 0) Causes.Add(StatusCause.Required($"{path}.x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map"));
        var items = schema.Object("items");
        if (items?.Text("type") != "object") Causes.Add(StatusCause.Invalid($"{path}.items.type", $"\"{items?.Text("type")}\"", "must be object if parent array's x-kubernetes-list-type is map"));
        var required = items?.Array("required")?.Select(r => r.AsText()).ToHashSet() ?? [];
        for (var i = 0; i < keys.Length; i++)
        {
            if (items?.Object("properties")?.Object(keys[i]) is not { } key)
                Causes.Add(StatusCause.Invalid($"{path}.x-kubernetes-list-map-keys[{i}]", $"\"{keys[i]}\"", "entries must all be names of item properties"));
            else if (key.Text("type") is "object" or "array")
                Causes.Add(StatusCause.Invalid($"{path}.items.properties[{keys[i]}].type", $"\"{key.Text("type")}\"", "must be a scalar type if parent array's x-kubernetes-list-type is map"));
            else if (!required.Contains(keys[i]) && key["default"] is null)
                Causes.Add(StatusCause.Required($"{path}.items.properties[{keys[i]}].default", "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"));
        }
    }

    // The server owns metadata: a schema may only restrict names.
    private void Metadata(JsonObject schema, string path)
    {
        if (schema.Text("type") is not (null or "object")) Causes.Add(StatusCause.Invalid($"{path}.type", $"\"{schema.Text("type")}\"", "must be object"));
        foreach (var (name, value) in schema.Object("properties") ?? [])
        {
            if (name is not ("name" or "generateName")) Forbid($"{path}.properties[{name}]", "must not specify anything other than name and generateName, but metadata is implicitly specified");
            else if (value is JsonObject property) Visit(property, $"{path}.properties[{name}]", "object fields", false);
            else NoSchema($"{path}.properties[{name}]", value);
        }
    }

    private void Junctor(JsonObject branch, string path, JsonObject? outer, bool typesAllowed)
    {
        foreach (var keyword in OutsideOfJunctors.Where(k => branch.ContainsKey(k) && !(typesAllowed && k == "type"))) Forbid($"{path}.{keyword}", "must be empty to be structural");
        foreach (var keyword in Unsupported.Where(branch.ContainsKey)) Forbid($"{path}.{keyword}", $"{keyword} is not supported");
        // Only what all values must satisfy can be told apart from what none or some must.
        if (branch.ContainsKey("x-kubernetes-validations") && (path.Contains(".anyOf[", StringComparison.Ordinal) || path.Contains(".oneOf[", StringComparison.Ordinal) || path.Contains(".not", StringComparison.Ordinal)))
            Forbid($"{path}.x-kubernetes-validations", "must be empty to be structural");
        foreach (var (name, value) in branch.Object("properties") ?? [])
        {
            var known = outer?.Object("properties")?.Object(name) ?? outer?["additionalProperties"] as JsonObject;
            if (known is null && outer?.Boolean("x-kubernetes-preserve-unknown-fields") != true)
                Causes.Add(StatusCause.Required($"{At(path, 0)}.properties[{name}]", $"because it is defined in {path}.properties[{name}]"));
            if (value is JsonObject property) Junctor(property, $"{path}.properties[{name}]", known, false);
            else NoSchema($"{path}.properties[{name}]", value);
        }
        if (branch.Object("items") is { } items) Junctor(items, $"{path}.items", outer?.Object("items"), false);
        foreach (var (inner, at) in Junctors(branch, path)) Junctor(inner, at, outer, typesAllowed || IsIntOrStringPattern(outer, inner));
    }

    // The path of the schema that a junctor belongs to.
    private static string At(string path, int from)
    {
        var cut = new[] { ".allOf[", ".anyOf[", ".oneOf[", ".not" }.Select(j => path.IndexOf(j, from, StringComparison.Ordinal)).Where(i => i >= 0).DefaultIfEmpty(path.Length).Min();
        return path[..cut];
    }

    private static bool IsIntOrStringPattern(JsonObject? outer, JsonObject branch) =>
        outer?.Boolean("x-kubernetes-int-or-string") == true && branch.Text("type") is "integer" or "string" && branch.Count == 1;

    private static IEnumerable<(JsonObject Branch, string Path)> Junctors(JsonObject schema, string path)
    {
        foreach (var junctor in new[] { "allOf", "anyOf", "oneOf" })
        {
            var i = 0;
            foreach (var branch in schema.Objects(junctor)) yield return (branch, $"{path}.{junctor}[{i++}]");
        }
        if (schema.Object("not") is { } not) yield return (not, $"{path}.not");
    }

    private void NoSchema(string path, JsonNode? value) => Causes.Add(StatusCause.TypeInvalid(path, value.Shown(), "must be of type object"));

    private void Forbid(string path, string detail) => Causes.Add(StatusCause.Forbidden(path, detail));
}
