using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Definitions;

/// <summary>The rules of the versions of a custom resource definition.</summary>
internal static class DefinitionVersionRules
{
    private const int MaxSelectableFields = 8;
    private const int MaxWarningBytes = 256;
    private static readonly string[] RootFields =
    [
        "Description", "Type", "Format", "Title", "Maximum", "ExclusiveMaximum", "Minimum", "ExclusiveMinimum", "MaxLength", "MinLength", "Pattern", "MaxItems", "MinItems",
        "UniqueItems", "MultipleOf", "Required", "Items", "Properties", "ExternalDocs", "Example", "XPreserveUnknownFields", "XValidations",
    ];
    private static readonly string[] ColumnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];
    private static readonly string[] ColumnTypes = ["boolean", "date", "integer", "number", "string"];

    public static void Validate(JsonObject spec, JsonObject? oldSpec, List<StatusCause> causes)
    {
        var versions = spec.Objects("versions").ToArray();
        var names = $"[{string.Join(",", versions.Select(v => Quote(v.Text("name") ?? "")))}]";
        if (versions.Select(v => v.Text("name")).Distinct().Count() != versions.Length) causes.Add(StatusCause.Invalid("spec.versions", names, "must contain unique version names"));
        if (versions.Count(v => v.Boolean("storage") == true) != 1) causes.Add(StatusCause.Invalid("spec.versions", names, "must have exactly one version marked as storage version"));

        // What all versions say alike is told of once, at the place where it once was.
        var (oneSchema, oneFields) = (AreAlike("schema"), AreAlike("schema") && AreAlike("selectableFields"));
        var (oneColumns, oneSubresources) = (AreAlike("additionalPrinterColumns"), AreAlike("subresources"));
        var isStructural = true;
        for (var i = 0; i < versions.Length; i++)
        {
            var (version, at) = (versions[i], $"spec.versions[{i}]");
            RequiredGrammar(version, "name", Names.Dns1035Error, at, causes);
            Deprecation(version, at, causes);
            if (version.Object("schema")?.Object("openAPIV3Schema") is { } schema)
            {
                var place = oneSchema ? "spec.validation.openAPIV3Schema" : $"{at}.schema.openAPIV3Schema";
                if (i == 0 || !oneSchema) Root(schema, (oneSchema ? versions : [version]).Any(v => v.Object("subresources")?["status"] is JsonObject), place, causes);
                if (i == 0 || !oneSchema) isStructural = Schema(schema, SchemaBefore(oldSpec, version.Text("name")), place, causes);
                if (isStructural && (i == 0 || !oneFields)) SelectableFields(version, StructuralSchema.Read(schema), oneFields ? "spec" : at, causes);
            }
            else
            {
                causes.Add(StatusCause.Required($"{at}.schema.openAPIV3Schema"));
            }
            if (i == 0 || !oneColumns) Columns(version, oneColumns ? "spec" : at, causes);
            if (i == 0 || !oneSubresources) Scale(version, oneSubresources ? "spec" : at, causes);
        }

        bool AreAlike(string part) => versions.All(v => JsonNode.DeepEquals(v[part], versions[0][part]));
    }

    private static void Deprecation(JsonObject version, string path, List<StatusCause> causes)
    {
        if (version.Text("deprecationWarning") is not { } warning) return;
        if (version.Boolean("deprecated") != true) Wrong("can only be set for deprecated versions");
        if (System.Text.Encoding.UTF8.GetByteCount(warning) > MaxWarningBytes) Wrong($"must be <= {MaxWarningBytes} characters long");
        if (warning.Length == 0) Wrong("must not be an empty string");
        if (warning.IndexOfAnyInRange('\0', '\x1f') is >= 0 and var at) Wrong($"must only contain printable UTF-8 characters; non-printable character found at index {at}");

        void Wrong(string detail) => causes.Add(StatusCause.Invalid($"{path}.deprecationWarning", Quote(warning), detail));
    }

    // The schema of the status is taken out of the whole one: nothing that holds for the root as a whole may be lost by that.
    private static void Root(JsonObject schema, bool hasStatus, string path, List<StatusCause> causes)
    {
        if (hasStatus && schema.Any(p => p.Value is not (null or JsonArray { Count: 0 } or JsonObject { Count: 0 }) && !RootFields.Contains(p.Key.Replace("-kubernetes-", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal), StringComparer.OrdinalIgnoreCase)))
            causes.Add(StatusCause.Invalid(path, schema.Shown(), $"only [{string.Join(' ', RootFields)}] fields are allowed at the root of the schema if the status subresource is enabled"));
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

    private static void Columns(JsonObject version, string parent, List<StatusCause> causes)
    {
        var i = 0;
        foreach (var column in version.Objects("additionalPrinterColumns"))
        {
            var at = $"{parent}.additionalPrinterColumns[{i++}]";
            Required(column, "name", at, causes);
            if (Required(column, "type", at, causes, OneOf(ColumnTypes))) Known("type", ColumnTypes);
            Known("format", ColumnFormats);
            if (column.Text("jsonPath") is not { Length: > 0 } path) causes.Add(StatusCause.Required($"{at}.JSONPath"));
            else if (path[0] != '.') causes.Add(StatusCause.Invalid($"{at}.JSONPath", Quote(path), "must be a simple json path starting with ."));

            void Known(string name, string[] known)
            {
                if (column.Text(name) is { Length: > 0 } value && !known.Contains(value)) causes.Add(StatusCause.Invalid($"{at}.{name}", Quote(value), OneOf(known)));
            }
        }
    }

    private static string OneOf(string[] known) => $"must be one of {string.Join(',', known)}";

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
            causes.Add(StatusCause.Invalid($"{at}.labelSelectorPath", Quote(selector), "should be a json path under either .spec or .status"));
    }
}
