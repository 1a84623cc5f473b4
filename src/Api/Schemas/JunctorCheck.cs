using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Schemas;

/// <summary>
/// Looks below <c>allOf</c>, <c>anyOf</c>, <c>oneOf</c> and <c>not</c> of a structural schema: these may restrict values, and say
/// nothing of their structure
/// (<see href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema"/>).
/// </summary>
internal sealed class JunctorCheck(StructuralCheck check)
{
    private static readonly (string Keyword, string Detail)[] Structure =
    [
        ("type", "must be empty to be structural"),
        ("additionalProperties", "must be undefined to be structural"),
        ("default", "must be undefined to be structural"),
        ("title", "must be empty to be structural"),
        ("description", "must be empty to be structural"),
        ("nullable", "must be false to be structural"),
        ("externalDocs", "must be undefined to be structural"),
        ("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
        ("x-kubernetes-embedded-resource", "must be false to be structural"),
        ("x-kubernetes-int-or-string", "must be false to be structural"),
        ("x-kubernetes-list-map-keys", "must be empty to be structural"),
        ("x-kubernetes-list-type", "must be undefined to be structural"),
        ("x-kubernetes-map-type", "must be undefined to be structural"),
        ("x-kubernetes-validations", "must be empty to be structural"),
    ];

    /// <summary>Checks the branches of a schema.</summary>
    public void Visit(JsonObject schema, string path)
    {
        // An integer or a string is the one type that is told by branches, at these two places.
        var isIntOrString = IsIntOrString(schema);
        var firstIsIntOrString = schema.Objects("allOf").FirstOrDefault() is { } first && IsIntOrString(first);
        foreach (var (branch, at) in Branches(schema, path))
        {
            if (isIntOrString && at.StartsWith($"{path}.anyOf[", StringComparison.Ordinal)) continue;
            Branch(branch, at, firstIsIntOrString && at == $"{path}.allOf[0]");
        }
    }

    private void Branch(JsonObject branch, string path, bool skipsAnyOf = false)
    {
        check.Keywords(branch, path);
        foreach (var (keyword, detail) in Structure)
            if (IsSet(branch[keyword])) check.Forbid($"{path}.{keyword}", detail);
        foreach (var (name, value) in branch.Object("properties") ?? [])
        {
            if (name == "metadata") check.Forbid($"{path}.properties[metadata]", "must not be specified in a nested context");
            if (value is JsonObject property) Branch(property, $"{path}.properties[{name}]");
            else check.NoSchema($"{path}.properties[{name}]", value);
        }
        if (branch.Object("items") is { } items) Branch(items, $"{path}.items");
        foreach (var (inner, at) in Branches(branch, path))
            if (!skipsAnyOf || !at.StartsWith($"{path}.anyOf[", StringComparison.Ordinal)) Branch(inner, at);
    }

    /// <summary>
    /// What the branches of a whole schema restrict must be declared outside of them. As in Kubernetes, branches of schemas below
    /// the root are not held to that.
    /// </summary>
    public void Completeness(JsonObject schema, string path)
    {
        foreach (var (branch, at) in Branches(schema, path)) Completeness(branch, at, schema, path);
    }

    private void Completeness(JsonObject branch, string path, JsonObject declared, string declaredAt)
    {
        foreach (var (inner, at) in Branches(branch, path)) Completeness(inner, at, declared, declaredAt);
        if (branch.Object("items") is { } items) Find(items, "items", declared.Object("items"));
        foreach (var (name, value) in branch.Object("properties") ?? [])
            if (value is JsonObject property) Find(property, $"properties[{name}]", declared.Object("properties")?.Object(name));

        void Find(JsonObject inner, string step, JsonObject? found)
        {
            if (found is not null) Completeness(inner, $"{path}.{step}", found, $"{declaredAt}.{step}");
            else check.Causes.Add(StatusCause.Required($"{declaredAt}.{step}", $"because it is defined in {path}.{step}"));
        }
    }

    private static bool IsIntOrString(JsonObject schema) =>
        schema.Array("anyOf") is [JsonObject { Count: 1 } integer, JsonObject { Count: 1 } text] && integer.Text("type") == "integer" && text.Text("type") == "string";

    private static bool IsSet(JsonNode? value) => value is not (null or JsonArray { Count: 0 }) && value.AsText() != "" && value.AsBoolean() != false;

    private static IEnumerable<(JsonObject Branch, string Path)> Branches(JsonObject schema, string path)
    {
        foreach (var junctor in new[] { "allOf", "anyOf", "oneOf" })
        {
            var i = 0;
            foreach (var branch in schema.Objects(junctor)) yield return (branch, $"{path}.{junctor}[{i++}]");
        }
        if (schema.Object("not") is { } not) yield return (not, $"{path}.not");
    }
}
