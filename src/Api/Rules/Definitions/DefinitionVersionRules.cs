using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Definitions;

/// <summary>The rules of the versions of a custom resource definition.</summary>
internal static class DefinitionVersionRules
{
    private const int MaxSelectableFields = 8;
    private static readonly string[] ColumnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];
    private static readonly string[] ColumnTypes = ["boolean", "date", "integer", "number", "string"];

    public static void Validate(JsonObject spec, JsonObject? oldSpec, List<StatusCause> causes)
    {
        var versions = spec.Objects("versions").ToArray();
        if (versions.Count(v => v.Boolean("storage") == true) != 1)
            causes.Add(StatusCause.Invalid("spec.versions", $"[{string.Join(",", versions.Select(v => Quote(v.Text("name") ?? "")))}]", "must have exactly one version marked as storage version"));
        if (versions.Select(v => v.Text("name")).Distinct().Count() != versions.Length)
            causes.Add(StatusCause.Invalid("spec.versions", $"[{string.Join(",", versions.Select(v => Quote(v.Text("name") ?? "")))}]", "must contain unique version names"));
        for (var i = 0; i < versions.Length; i++)
        {
            var (version, at) = (versions[i], $"spec.versions[{i}]");
            RequiredGrammar(version, "name", Names.Dns1035Error, at, causes);
            if (version.Object("schema")?.Object("openAPIV3Schema") is { } schema)
            {
                if (Schema(schema, SchemaBefore(oldSpec, version.Text("name")), $"{at}.schema.openAPIV3Schema", causes)) SelectableFields(version, StructuralSchema.Read(schema), at, causes);
            }
            else causes.Add(StatusCause.Required($"{at}.schema.openAPIV3Schema", "schemas are required"));
            Columns(version, at, causes);
            Scale(version, at, causes);
        }
    }

    // Returns whether the schema is structural.
    private static bool Schema(JsonObject schema, JsonObject? old, string path, List<StatusCause> causes)
    {
        var found = StructuralSchema.Check(schema, path);
        causes.AddRange(found);
        // A schema that is stored already stays accepted, whatever later versions find too expensive.
        if (found.Count == 0 && !JsonNode.DeepEquals(schema, old)) causes.AddRange(StructuralSchema.CheckRules(schema, path));
        return found.Count == 0;
    }

    private static void SelectableFields(JsonObject version, Schema schema, string path, List<StatusCause> causes)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var field in version.Objects("selectableFields"))
        {
            var at = $"{path}.selectableFields[{i++}]";
            if (!Required(field, "jsonPath", at, causes)) continue;
            var text = field.Text("jsonPath")!;
            var steps = text.Split('.');
            if (SelectedBy(schema, steps) is not { } selected)
            {
                causes.Add(StatusCause.Invalid($"{at}.jsonPath", Quote(text), $"is an invalid path: {(text[0] == '.' ? "does not refer to a valid field" : "must be a simple json path starting with .")}"));
                continue;
            }
            if (steps[1] == "metadata") causes.Add(StatusCause.Invalid($"{at}.jsonPath", Quote(text), "must not point to fields in metadata"));
            if (selected.Type is not ("string" or "boolean" or "integer"))
                causes.Add(StatusCause.Invalid($"{at}.jsonPath", Quote(text), "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed."));
            if (!paths.Add(text)) causes.Add(StatusCause.Duplicate($"{at}.jsonPath", Quote(text)));
        }
        if (paths.Count > MaxSelectableFields) causes.Add(new("FieldValueTooMany", $"{path}.selectableFields", $"Too many: {paths.Count}: must have at most {MaxSelectableFields} items"));
    }

    // The schema of the field that a path of declared properties leads to; null where it leads to none.
    private static Schema? SelectedBy(Schema root, string[] steps)
    {
        if (steps.Length < 2 || steps[0].Length > 0) return null;
        var schema = steps[1] == "metadata" ? root.Find(steps[1], isRoot: true) : root.Properties.GetValueOrDefault(steps[1]);
        foreach (var step in steps[2..]) schema = schema?.Properties.GetValueOrDefault(step);
        return schema;
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
            Supported(column, "format", ColumnFormats, at, causes);
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
        if (scale.Text("labelSelectorPath") is { Length: > 0 } selector && !selector.StartsWith(".status.", StringComparison.Ordinal) && !selector.StartsWith(".spec.", StringComparison.Ordinal))
            causes.Add(StatusCause.Invalid($"{at}.labelSelectorPath", Quote(selector), "should be a json path under either .status or .spec"));
    }

    private static void JsonPath(JsonObject holder, string name, string path, List<StatusCause> causes)
    {
        if (Required(holder, name, path, causes) && holder.Text(name)![0] != '.')
            causes.Add(StatusCause.Invalid($"{path}.{name}", Quote(holder.Text(name)!), "must be a simple json path starting with ."));
    }
}
