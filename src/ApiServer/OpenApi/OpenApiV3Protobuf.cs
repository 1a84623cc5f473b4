using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Wire.Protobuf;
using static Slipway.ApiServer.Wire.Protobuf.WireFields;

namespace Slipway.ApiServer.OpenApi;

/// <summary>
/// OpenAPI 3.0 documents in the protobuf form of <see href="https://github.com/google/gnostic-models/blob/main/openapiv3/OpenAPIv3.proto">gnostic</see>,
/// made from their JSON: what Kubernetes writes into such documents has a place here, and of what other servers add to that the rest is
/// left out (links, callbacks, examples).
/// </summary>
internal static class OpenApiV3Protobuf
{
    /// <summary>Media type of this form.</summary>
    public const string MediaType = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf";

    /// <summary>The name that older clients ask for, which is no valid media type.</summary>
    public const string OldMediaType = "application/com.github.proto-openapi.spec.v3@v1.0+protobuf";

    private const int PathsPath = 1, ResponsesNamed = 2;

    private static readonly Shape Server = new(4, [new("url", 1, Word), new("description", 2, Word)]);
    private static readonly Shape Contact = new(4, [new("name", 1, Word), new("url", 2, Word), new("email", 3, Word)]);
    private static readonly Shape License = new(3, [new("name", 1, Word), new("url", 2, Word)]);
    private static readonly Shape Info = new(7,
    [
        new("title", 1, Word), new("description", 2, Word), new("termsOfService", 3, Word), new("contact", 4, One(() => Contact)), new("license", 5, One(() => License)),
        new("version", 6, Word), new("summary", 8, Word),
    ]);
    private static readonly Shape ExternalDocs = new(3, [new("description", 1, Word), new("url", 2, Word)]);
    private static readonly Shape Tag = new(4, [new("name", 1, Word), new("description", 2, Word), new("externalDocs", 3, One(() => ExternalDocs))]);
    private static readonly Shape Reference = new(null, [new("$ref", 1, Word), new("summary", 2, Word), new("description", 3, Word)]);
    private static readonly Shape Schema = new(36,
    [
        new("nullable", 1, Flag), new("readOnly", 3, Flag), new("writeOnly", 4, Flag), new("externalDocs", 6, One(() => ExternalDocs)), new("example", 7, Any),
        new("deprecated", 8, Flag), new("title", 9, Word), new("multipleOf", 10, Number), new("maximum", 11, Number), new("exclusiveMaximum", 12, Flag),
        new("minimum", 13, Number), new("exclusiveMinimum", 14, Flag), new("maxLength", 15, Count), new("minLength", 16, Count), new("pattern", 17, Word),
        new("maxItems", 18, Count), new("minItems", 19, Count), new("uniqueItems", 20, Flag), new("maxProperties", 21, Count), new("minProperties", 22, Count),
        new("required", 23, Each(Word)), new("enum", 24, Each(Any)), new("type", 25, Word), new("allOf", 26, Each(OrReference(() => Schema!))),
        new("oneOf", 27, Each(OrReference(() => Schema!))), new("anyOf", 28, Each(OrReference(() => Schema!))), new("not", 29, One(() => Schema!)),
        new("items", 30, In(1, OrReference(() => Schema!))), new("properties", 31, Map(OrReference(() => Schema!))), new("additionalProperties", 32, Additional),
        new("default", 33, Default), new("description", 34, Word), new("format", 35, Word),
    ]);
    private static readonly Shape Content = new(5, [new("schema", 1, OrReference(() => Schema)), new("example", 2, Any)]);
    private static readonly Shape Header = new(12,
    [
        new("description", 1, Word), new("required", 2, Flag), new("deprecated", 3, Flag), new("allowEmptyValue", 4, Flag), new("style", 5, Word), new("explode", 6, Flag),
        new("allowReserved", 7, Flag), new("schema", 8, OrReference(() => Schema)), new("example", 9, Any), new("content", 11, Map(One(() => Content))),
    ]);
    private static readonly Shape Parameter = new(14,
    [
        new("name", 1, Word), new("in", 2, Word), new("description", 3, Word), new("required", 4, Flag), new("deprecated", 5, Flag), new("allowEmptyValue", 6, Flag),
        new("style", 7, Word), new("explode", 8, Flag), new("allowReserved", 9, Flag), new("schema", 10, OrReference(() => Schema)), new("example", 11, Any),
        new("content", 13, Map(One(() => Content))),
    ]);
    private static readonly Shape RequestBody = new(4, [new("description", 1, Word), new("content", 2, Map(One(() => Content))), new("required", 3, Flag)]);
    private static readonly Shape Response = new(5,
        [new("description", 1, Word), new("headers", 2, Map(OrReference(() => Header))), new("content", 3, Map(One(() => Content)))]);
    private static readonly Shape Responses = new(3, [new("default", 1, OrReference(() => Response))]) { Others = (ResponsesNamed, _ => true, OrReference(() => Response)) };
    private static readonly Shape Operation = new(13,
    [
        new("tags", 1, Each(Word)), new("summary", 2, Word), new("description", 3, Word), new("externalDocs", 4, One(() => ExternalDocs)), new("operationId", 5, Word),
        new("parameters", 6, Each(OrReference(() => Parameter))), new("requestBody", 7, OrReference(() => RequestBody)), new("responses", 8, One(() => Responses)),
        new("deprecated", 10, Flag), new("security", 11, Each(Map(In(1, Each(Word))))), new("servers", 12, Each(One(() => Server))),
    ]);
    private static readonly Shape PathItem = new(14,
    [
        new("$ref", 1, Word), new("summary", 2, Word), new("description", 3, Word), new("get", 4, One(() => Operation)), new("put", 5, One(() => Operation)),
        new("post", 6, One(() => Operation)), new("delete", 7, One(() => Operation)), new("options", 8, One(() => Operation)), new("head", 9, One(() => Operation)),
        new("patch", 10, One(() => Operation)), new("trace", 11, One(() => Operation)), new("servers", 12, Each(One(() => Server))),
        new("parameters", 13, Each(OrReference(() => Parameter))),
    ]);
    private static readonly Shape Paths = new(2, []) { Others = (PathsPath, name => name.StartsWith('/'), One(() => PathItem)) };
    private static readonly Shape SecurityScheme = new(9,
    [
        new("type", 1, Word), new("description", 2, Word), new("name", 3, Word), new("in", 4, Word), new("scheme", 5, Word), new("bearerFormat", 6, Word),
        new("openIdConnectUrl", 8, Word),
    ]);
    private static readonly Shape Components = new(10,
    [
        new("schemas", 1, Map(OrReference(() => Schema))), new("responses", 2, Map(OrReference(() => Response))), new("parameters", 3, Map(OrReference(() => Parameter))),
        new("requestBodies", 5, Map(OrReference(() => RequestBody))), new("headers", 6, Map(OrReference(() => Header))),
        new("securitySchemes", 7, Map(OrReference(() => SecurityScheme))),
    ]);
    private static readonly Shape Document = new(9,
    [
        new("openapi", 1, Word), new("info", 2, One(() => Info)), new("servers", 3, Each(One(() => Server))), new("paths", 4, One(() => Paths)),
        new("components", 5, One(() => Components)), new("security", 6, Each(Map(In(1, Each(Word))))), new("tags", 7, Each(One(() => Tag))),
        new("externalDocs", 8, One(() => ExternalDocs)),
    ]);

    private delegate void Write(WireBuffer to, int number, JsonNode? value);

    /// <summary>The form of a document.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static CompressedBody Of(CompressedBody json) => CompressedBody.Make(output => output.Write(Of(JsonNode.Parse(json.Inflate()) as JsonObject ?? [])));

    /// <summary>The form of a document.</summary>
    public static byte[] Of(JsonObject document)
    {
        using var buffer = new WireBuffer(64 << 10);
        Fields(buffer, Document, document);
        return buffer.Written.ToArray();
    }

    private static void Fields(WireBuffer to, Shape shape, JsonObject message)
    {
        foreach (var (name, value) in message)
        {
            if (shape.Fields.TryGetValue(name, out var field)) field.Write(to, field.Number, value);
            else if (name.StartsWith("x-", StringComparison.Ordinal) && shape.Extension is { } extension) Named(to, extension, name, any => Text(any, 2, DocumentWriter.ToYaml(value)));
            else if (shape.Others is { } others && others.Takes(name) && value is JsonObject)
            {
                Message(to, others.Number, entry =>
                {
                    Text(entry, 1, name);
                    others.Write(entry, 2, value);
                });
            }
        }
    }

    // What another server says there may be of any kind; what is of a wrong one is left out.
    private static void Word(WireBuffer to, int number, JsonNode? value)
    {
        if (value.AsText() is { } text) Text(to, number, text);
    }

    private static void Flag(WireBuffer to, int number, JsonNode? value)
    {
        if (value.AsBoolean() is { } flag) Whole(to, number, flag ? 1 : 0);
    }

    private static void Count(WireBuffer to, int number, JsonNode? value)
    {
        if (value.AsInteger() is { } count) Whole(to, number, count);
    }

    private static void Number(WireBuffer to, int number, JsonNode? value)
    {
        if (value?.GetValueKind() == JsonValueKind.Number) Real(to, number, double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture));
    }

    private static void Any(WireBuffer to, int number, JsonNode? value) => Message(to, number, any => Text(any, 2, DocumentWriter.ToYaml(value)));

    // The form knows defaults that are numbers, flags or texts; of others there is only that they are there.
    private static void Default(WireBuffer to, int number, JsonNode? value) => Message(to, number, union =>
    {
        Number(union, 1, value);
        Flag(union, 2, value);
        Word(union, 3, value);
    });

    private static void Additional(WireBuffer to, int number, JsonNode? value) => Message(to, number, union =>
    {
        OrReference(() => Schema)(union, 1, value);
        Flag(union, 2, value);
    });

    private static Write One(Func<Shape> shape) => (to, number, value) =>
    {
        if (value is JsonObject message) Message(to, number, m => Fields(m, shape(), message));
    };

    private static Write OrReference(Func<Shape> shape) => (to, number, value) =>
    {
        if (value is not JsonObject message) return;
        var isReference = message["$ref"].AsText() is not null;
        Message(to, number, union => Message(union, isReference ? 2 : 1, m => Fields(m, isReference ? Reference : shape(), message)));
    };

    private static Write Each(Write one) => (to, number, value) =>
    {
        foreach (var item in value as JsonArray ?? []) one(to, number, item);
    };

    private static Write In(int inner, Write write) => (to, number, value) => Message(to, number, m => write(m, inner, value));

    private static Write Map(Write one) => (to, number, value) =>
    {
        if (value is not JsonObject map) return;
        Message(to, number, entries =>
        {
            foreach (var (name, inner) in map)
            {
                Message(entries, 1, entry =>
                {
                    Text(entry, 1, name);
                    one(entry, 2, inner);
                });
            }
        });
    };

    /// <summary>A field of a message.</summary>
    /// <param name="Name">Its name in JSON.</param>
    /// <param name="Number">Its number.</param>
    /// <param name="Write">Writes it.</param>
    private sealed record Field(string Name, int Number, Write Write);

    /// <summary>A message: the number of its extensions (<c>x-…</c>), if it may have some, and its fields.</summary>
    private sealed class Shape(int? extension, Field[] fields)
    {
        public int? Extension { get; } = extension;

        public Dictionary<string, Field> Fields { get; } = fields.ToDictionary(f => f.Name, StringComparer.Ordinal);

        /// <summary>What becomes of fields with other names, such as paths and codes of answers.</summary>
        public (int Number, Func<string, bool> Takes, Write Write)? Others { get; init; }
    }
}
