using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Wire.Protobuf;
using static Slipway.ApiServer.Wire.Protobuf.WireFields;

namespace Slipway.ApiServer.OpenApi;

/// <summary>
/// The Swagger 2.0 document in the protobuf form of <see href="https://github.com/google/gnostic-models/blob/main/openapiv2/OpenAPIv2.proto">gnostic</see>:
/// all definitions, and of the operations those that clients look up, which say what takes <c>fieldValidation</c> and <c>dryRun</c>.
/// kubectl asks for it when it meets a group that is newer than the index it has read.
/// </summary>
internal static class OpenApiV2Protobuf
{
    /// <summary>Media type of this form.</summary>
    public const string MediaType = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

    private static readonly string[] Parameters = ["dryRun", "fieldManager", "fieldValidation"];

    // Field numbers of the messages that are written.
    private const int DocumentSwagger = 1, DocumentInfo = 2, DocumentPaths = 8, DocumentDefinitions = 9;
    private const int InfoTitle = 1, InfoVersion = 2;
    private const int PathsPath = 2, PathItemPatch = 8;
    private const int OperationParameters = 8, OperationExtension = 13;
    private const int ItemParameter = 1, ParameterNonBody = 2, NonBodyQuery = 3, QueryIn = 2, QueryName = 4, QueryType = 6;
    private const int AnyYaml = 2, MapEntry = 1, ItemSchema = 1, TypeValue = 1, AdditionalSchema = 1, AdditionalBoolean = 2;
    private const int SchemaRequired = 19, SchemaEnum = 20, SchemaAdditional = 21, SchemaType = 22, SchemaItems = 23, SchemaAllOf = 24, SchemaProperties = 25, SchemaExtension = 31;

    private static readonly Dictionary<string, int> TextFields = new() { ["$ref"] = 1, ["format"] = 2, ["title"] = 3, ["description"] = 4, ["pattern"] = 13, ["discriminator"] = 26 };
    private static readonly Dictionary<string, int> RealFields = new() { ["multipleOf"] = 6, ["maximum"] = 7, ["minimum"] = 9 };
    private static readonly Dictionary<string, int> WholeFields = new() { ["maxLength"] = 11, ["minLength"] = 12, ["maxItems"] = 14, ["minItems"] = 15, ["maxProperties"] = 17, ["minProperties"] = 18 };
    private static readonly Dictionary<string, int> FlagFields = new() { ["exclusiveMaximum"] = 8, ["exclusiveMinimum"] = 10, ["uniqueItems"] = 16, ["readOnly"] = 27 };
    private static readonly Dictionary<string, int> AnyFields = new() { ["default"] = 5, ["example"] = 30 };

    /// <summary>Writes the document, one definition after the other.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="entries">What this server serves.</param>
    /// <param name="others">What other servers serve.</param>
    /// <param name="version">Version of the whole.</param>
    public static void Write(Stream output, IReadOnlyList<VersionEntry> entries, IReadOnlyList<SwaggerPart> others, string version)
    {
        var own = SwaggerPart.HashesOf(OpenApiDocument.DefinitionsV2(entries), others);
        using var buffer = new WireBuffer(64 << 10);
        Text(buffer, DocumentSwagger, "2.0");
        Message(buffer, DocumentInfo, info =>
        {
            Text(info, InfoTitle, "Kubernetes");
            Text(info, InfoVersion, version);
        });
        Message(buffer, DocumentPaths, paths =>
        {
            foreach (var resource in entries.SelectMany(e => e.Resources).Where(r => r.Type.IsStored)) WritePath(paths, resource);
            foreach (var part in SwaggerPart.Together(others, own))
                foreach (var path in part.GetProperty("paths").EnumerateObject()) WritePath(paths, path);
        });
        output.Write(buffer.Written);

        // The fields of a message may come in several parts: each definition makes a part of its own.
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, schema) in OpenApiDocument.DefinitionsV2(entries))
        {
            known.Add(name);
            WriteDefinition(output, buffer, name, schema);
        }
        foreach (var part in SwaggerPart.Together(others, own))
            foreach (var definition in part.GetProperty("definitions").EnumerateObject().Where(d => known.Add(d.Name)))
                WriteDefinition(output, buffer, definition.Name, JsonObject.Create(definition.Value)!);
    }

    private static void WriteDefinition(Stream output, WireBuffer buffer, string name, JsonObject schema)
    {
        buffer.Clear();
        Message(buffer, DocumentDefinitions, part => Named(part, MapEntry, name, value => WriteSchema(value, schema)));
        output.Write(buffer.Written);
    }

    private static void WritePath(WireBuffer paths, ServedResource resource)
    {
        var type = resource.Type;
        var root = type.Group.Length == 0 ? $"/api/{type.Version}" : $"/apis/{type.Group}/{type.Version}";
        var path = type.Namespaced ? $"{root}/namespaces/{{namespace}}/{type.Plural}/{{name}}" : $"{root}/{type.Plural}/{{name}}";
        WritePatch(paths, path, type.Group, type.Version, type.Kind, Parameters);
    }

    // Of another server's path. One that cannot be patched is not looked up.
    private static void WritePath(WireBuffer paths, JsonProperty path)
    {
        var item = JsonObject.Create(path.Value)!;
        if (item.Object("patch") is not { } patch || patch.Object("x-kubernetes-group-version-kind") is not { } kind) return;
        var taken = patch.Objects("parameters").Concat(item.Objects("parameters")).Select(p => p.Text("name")).ToHashSet();
        WritePatch(paths, path.Name, kind.Text("group") ?? "", kind.Text("version") ?? "", kind.Text("kind") ?? "", Parameters.Where(taken.Contains));
    }

    private static void WritePatch(WireBuffer paths, string path, string group, string version, string kind, IEnumerable<string> parameters)
    {
        Named(paths, PathsPath, path, item => Message(item, PathItemPatch, operation =>
        {
            foreach (var name in parameters)
            {
                Message(operation, OperationParameters, i => Message(i, ItemParameter, p => Message(p, ParameterNonBody, n => Message(n, NonBodyQuery, query =>
                {
                    Text(query, QueryIn, "query");
                    Text(query, QueryName, name);
                    Text(query, QueryType, "string");
                }))));
            }
            var yaml = DocumentWriter.ToYaml(new JsonObject { ["group"] = group, ["kind"] = kind, ["version"] = version });
            Named(operation, OperationExtension, "x-kubernetes-group-version-kind", any => Text(any, AnyYaml, yaml));
        }));
    }

    private static void WriteSchema(WireBuffer to, JsonObject schema)
    {
        foreach (var (name, value) in schema)
        {
            if (value is null) continue;
            if (TextFields.TryGetValue(name, out var number)) Text(to, number, value.AsText() ?? "");
            else if (FlagFields.TryGetValue(name, out number)) Whole(to, number, value.GetValueKind() == System.Text.Json.JsonValueKind.True ? 1 : 0);
            else if (WholeFields.TryGetValue(name, out number)) Whole(to, number, schema.Integer(name) ?? 0);
            else if (RealFields.TryGetValue(name, out number))
            {
                // What another server says there may be of any kind.
                if (value.GetValueKind() == JsonValueKind.Number) Real(to, number, double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture));
            }
            else if (AnyFields.TryGetValue(name, out number)) Message(to, number, any => Text(any, AnyYaml, value.ToJsonString()));
            else if (name.StartsWith("x-", StringComparison.Ordinal)) Named(to, SchemaExtension, name, any => Text(any, AnyYaml, DocumentWriter.ToYaml(value)));
            else WriteNested(to, name, value);
        }
    }

    private static void WriteNested(WireBuffer to, string name, JsonNode value)
    {
        switch (name, value)
        {
            case ("type", JsonValue type): Message(to, SchemaType, t => Text(t, TypeValue, type.AsText() ?? "")); break;
            case ("required", JsonArray names):
                foreach (var required in names) Text(to, SchemaRequired, required.AsText() ?? "");
                break;
            case ("enum", JsonArray values):
                foreach (var allowed in values) Message(to, SchemaEnum, any => Text(any, AnyYaml, allowed?.ToJsonString() ?? "null"));
                break;
            case ("items", JsonObject items): Message(to, SchemaItems, i => Message(i, ItemSchema, s => WriteSchema(s, items))); break;
            case ("allOf", JsonArray all):
                foreach (var part in all.OfType<JsonObject>()) Message(to, SchemaAllOf, s => WriteSchema(s, part));
                break;
            case ("properties", JsonObject properties):
                Message(to, SchemaProperties, map =>
                {
                    foreach (var (property, schema) in properties)
                        if (schema is JsonObject known) Named(map, MapEntry, property, s => WriteSchema(s, known));
                });
                break;
            case ("additionalProperties", JsonObject values): Message(to, SchemaAdditional, a => Message(a, AdditionalSchema, s => WriteSchema(s, values))); break;
            case ("additionalProperties", JsonValue allowed): Message(to, SchemaAdditional, a => Whole(a, AdditionalBoolean, allowed.GetValueKind() == System.Text.Json.JsonValueKind.True ? 1 : 0)); break;
        }
    }
}
