using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Definitions;

/// <summary>The rules of the versions of a custom resource definition.</summary>
internal static class DefinitionVersionRules
{
    private static readonly string[] ColumnTypes = ["boolean", "date", "integer", "number", "string"];

    public static void Validate(JsonObject spec, JsonObject? oldSpec, List<StatusCause> causes)
    {
        var versions = spec.Objects("versions").ToArray();
        if (versions.Count(v => v.Boolean("storage") == true) != 1)
            causes.Add(StatusCause.Invalid("spec.versions", $"[{string.Join(",", versions.Select(v => Quote(v.Text("name") ?? "")))}]", "must have exactly one version marked as storage version"));
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < versions.Length; i++)
        {
            var (version, at) = (versions[i], $"spec.versions[{i}]");
            if (Required(version, "name", at, causes))
            {
                Grammar(version, "name", Names.Dns1035Error, at, causes);
                if (!names.Add(version.Text("name")!)) causes.Add(StatusCause.Duplicate($"{at}.name", Quote(version.Text("name")!)));
            }
            if (version.Object("schema")?.Object("openAPIV3Schema") is { } schema) Schema(schema, SchemaBefore(oldSpec, version.Text("name")), $"{at}.schema.openAPIV3Schema", causes);
            else causes.Add(StatusCause.Required($"{at}.schema.openAPIV3Schema", "schemas are required"));
            Columns(version, at, causes);
            Scale(version, at, causes);
            var n = 0;
            foreach (var field in version.Objects("selectableFields")) JsonPath(field, "jsonPath", $"{at}.selectableFields[{n++}]", causes);
            if (n > 8) causes.Add(new("FieldValueTooMany", $"{at}.selectableFields", $"Too many: {n}: must have at most 8 items"));
        }
    }

    private static void Schema(JsonObject schema, JsonObject? old, string path, List<StatusCause> causes)
    {
        var found = StructuralSchema.Check(schema, path);
        causes.AddRange(found);
        // A schema that is stored already stays accepted, whatever later versions find too expensive.
        if (found.Count == 0 && !JsonNode.DeepEquals(schema, old)) causes.AddRange(StructuralSchema.CheckRules(schema, path));
    }

    private static JsonObject? SchemaBefore(JsonObject? oldSpec, string? version) =>
        oldSpec?.Objects("versions").FirstOrDefault(v => v.Text("name") == version)?.Object("schema")?.Object("openAPIV3Schema");

    private static void Columns(JsonObject version, string path, List<StatusCause> causes)
    {
        var i = 0;
        foreach (var column in version.Objects("additionalPrinterColumns"))
        {
            var at = $"{path}.additionalPrinterColumns[{i++}]";
            Required(column, "name", at, causes);
            if (Required(column, "type", at, causes) && !ColumnTypes.Contains(column.Text("type"))) causes.Add(StatusCause.NotSupported($"{at}.type", Quote(column.Text("type")!), ColumnTypes));
            JsonPath(column, "jsonPath", at, causes);
        }
    }

    private static void Scale(JsonObject version, string path, List<StatusCause> causes)
    {
        if (version.Object("subresources")?.Object("scale") is not { } scale) return;
        var at = $"{path}.subresources.scale";
        foreach (var (name, root) in new[] { ("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.") })
        {
            if (Required(scale, name, at, causes) && !scale.Text(name)!.StartsWith(root, StringComparison.Ordinal))
                causes.Add(StatusCause.Invalid($"{at}.{name}", Quote(scale.Text(name)!), $"should be a json path under {root[..^1]}"));
        }
    }

    private static void JsonPath(JsonObject holder, string name, string path, List<StatusCause> causes)
    {
        if (Required(holder, name, path, causes) && holder.Text(name)![0] != '.')
            causes.Add(StatusCause.Invalid($"{path}.{name}", Quote(holder.Text(name)!), "must be a simple json path starting with ."));
    }
}
