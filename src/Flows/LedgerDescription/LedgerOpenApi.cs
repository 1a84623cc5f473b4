using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Flows.LedgerDescription;

/// <summary>
/// What the ledger's API says of its kinds in OpenAPI, of which <c>kubectl explain</c> is made: version 3 for servers and clients that know it
/// (<see href="https://spec.openapis.org/oas/v3.0.3"/>), version 2 for the others (<see href="https://swagger.io/specification/v2/"/>).
/// </summary>
internal static class LedgerOpenApi
{
    private const string IndexPath = "/openapi/v3", V2Path = "/openapi/v2", V3Path = IndexPath + LedgerApi.PathPrefix, Package = "dev.slipway.ledger." + LedgerApi.Version + ".";
    private const string InV2 = "#/definitions/", InV3 = "#/components/schemas/";
    private const string AllRuns = LedgerApi.PathPrefix + "/runs", Runs = LedgerApi.PathPrefix + "/namespaces/{namespace}/runs";

    /// <summary>The document at a path; null when there is none.</summary>
    public static JsonObject? At(string path) => path switch
    {
        IndexPath => Index(),
        V2Path => V2(),
        V3Path => V3(),
        _ => null,
    };

    private static JsonObject Index()
    {
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(V3().ToJsonString())));
        return new() { ["paths"] = new JsonObject { [LedgerApi.PathPrefix[1..]] = new JsonObject { ["serverRelativeURL"] = $"{V3Path}?hash={hash}" } } };
    }

    private static JsonObject V3() => Document("openapi", "3.0.0", "components", new JsonObject { ["schemas"] = Schemas(InV3) },
        parameter: (parameter, schema) =>
        {
            parameter["schema"] = schema;
            return parameter;
        },
        response: name => new() { ["content"] = new JsonObject { [Api.MediaTypes.Json] = new JsonObject { ["schema"] = To(InV3, name) } } });

    private static JsonObject V2() => Document("swagger", "2.0", "definitions", Schemas(InV2),
        parameter: (parameter, schema) =>
        {
            foreach (var (name, value) in schema) parameter[name] = value?.DeepClone();
            return parameter;
        },
        response: name => new() { ["schema"] = To(InV2, name) });

    private static JsonObject Document(string form, string version, string part, JsonObject schemas, Func<JsonObject, JsonObject, JsonObject> parameter, Func<string, JsonObject> response)
    {
        JsonObject[] filter =
        [
            Parameter("flow", "query", "Only runs of this flow.", "string"), Parameter("phase", "query", "Only runs in this phase.", "string"),
            Parameter("since", "query", "Only runs that started then or later.", "string"), Parameter("limit", "query", "How many runs, from 1 to 1000; 100 if it is not given.", "integer"),
        ];
        return new()
        {
            [form] = version,
            ["info"] = new JsonObject { ["title"] = "Slipway's ledger", ["version"] = LedgerApi.Version },
            ["paths"] = new JsonObject
            {
                [AllRuns] = Get("list", "RunForAllNamespaces", "Runs of all namespaces, the newest first.", LedgerObjects.RunList, filter),
                [Runs] = Get("list", "NamespacedRun", "Runs of a namespace, the newest first.", LedgerObjects.RunList,
                    [Parameter("namespace", "path", "Name of the namespace.", "string"), .. filter.Select(p => p.DeepClone().AsObject())]),
                [$"{Runs}/{{name}}"] = Get("get", "NamespacedRun", "A run with its attempts.", LedgerObjects.Run,
                    Parameter("namespace", "path", "Name of the namespace.", "string"), Parameter("name", "path", "Name of the run, for the newest of it, or its uid.", "string")),
            },
            [part] = schemas,
        };

        JsonObject Parameter(string name, string place, string description, string type)
        {
            var made = new JsonObject { ["name"] = name, ["in"] = place, ["description"] = description };
            if (place == "path") made["required"] = true;
            return parameter(made, new() { ["type"] = type });
        }

        JsonObject Get(string action, string what, string description, string result, params JsonObject[] parameters)
        {
            var ok = response(result);
            ok["description"] = "OK";
            return new()
            {
                ["get"] = new JsonObject
                {
                    ["description"] = description,
                    ["operationId"] = $"{action}LedgerSlipwayDevV1alpha1{what}",
                    ["parameters"] = new JsonArray([.. parameters]),
                    ["responses"] = new JsonObject { ["200"] = ok },
                    ["x-kubernetes-action"] = action,
                    ["x-kubernetes-group-version-kind"] = Kind(LedgerObjects.Run),
                },
            };
        }
    }

    private static JsonObject Schemas(string place) => new(LedgerObjects.All.Select(o => KeyValuePair.Create(Package + o.Key, (JsonNode?)Schema(o.Key, o.Value.Description, o.Value.Fields, place))));

    private static JsonObject Schema(string name, string description, IReadOnlyList<LedgerField> fields, string place)
    {
        var schema = new JsonObject
        {
            ["description"] = description,
            ["type"] = "object",
            ["properties"] = new JsonObject(fields.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)Property(f, place)))),
        };
        if (name is LedgerObjects.Run or LedgerObjects.RunList) schema["x-kubernetes-group-version-kind"] = new JsonArray(Kind(name));
        return schema;
    }

    private static JsonObject Property(LedgerField field, string place)
    {
        JsonObject property = field.Type switch
        {
            LedgerFieldType.Time => new() { ["type"] = "string", ["format"] = "date-time" },
            LedgerFieldType.Number => new() { ["type"] = "integer", ["format"] = "int64" },
            LedgerFieldType.Real => new() { ["type"] = "number", ["format"] = "double" },
            LedgerFieldType.Texts => new() { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" } },
            LedgerFieldType.Any => new() { ["x-kubernetes-preserve-unknown-fields"] = true },
            LedgerFieldType.Object when field.Of.Length == 0 => new() { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true },
            // In version 3 nothing counts beside a reference, so that what is said of the field goes around it; readers of version 2 look for nothing but a reference.
            LedgerFieldType.Object => place == InV3 ? new() { ["allOf"] = new JsonArray(To(place, field.Of)) } : To(place, field.Of),
            LedgerFieldType.List => new() { ["type"] = "array", ["items"] = To(place, field.Of) },
            LedgerFieldType.Map => new() { ["type"] = "object", ["additionalProperties"] = To(place, field.Of) },
            _ => new() { ["type"] = "string" },
        };
        property["description"] = field.Description;
        return property;
    }

    private static JsonObject To(string place, string name) => new() { ["$ref"] = $"{place}{Package}{name}" };

    private static JsonObject Kind(string name) => new() { ["group"] = LedgerApi.Group, ["kind"] = name, ["version"] = LedgerApi.Version };
}
