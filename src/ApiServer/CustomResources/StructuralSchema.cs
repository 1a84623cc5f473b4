using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.ApiServer.CustomResources;

/// <summary>Reads the schema of a definition.</summary>
internal static class StructuralSchema
{
    public static Schema Parse(JsonObject json, string path) => new()
    {
        Type = json.Text("type"),
        Format = json.Text("format"),
        Description = () => json.Text("description"),
        Properties = (json.Object("properties") ?? []).ToDictionary(p => p.Key, p => Parse(p.Value as JsonObject ?? [], $"{path}.properties[{p.Key}]")),
        AdditionalProperties = json.Object("additionalProperties") is { } values ? Parse(values, path + ".additionalProperties") : null,
        Items = json.Object("items") is { } items ? Parse(items, path + ".items") : null,
        Required = [.. json.Array("required")?.Select(r => r.AsText() ?? "") ?? []],
        Enum = json.Array("enum")?.ToList(),
        Default = json["default"],
        Nullable = json.Boolean("nullable") ?? false,
        IntOrString = json.Boolean("x-kubernetes-int-or-string") ?? false,
        PreserveUnknownFields = json.Boolean("x-kubernetes-preserve-unknown-fields") ?? false,
        EmbeddedResource = json.Boolean("x-kubernetes-embedded-resource") ?? false,
        ListType = json.Text("x-kubernetes-list-type"),
        ListMapKeys = [.. json.Array("x-kubernetes-list-map-keys")?.Select(r => r.AsText() ?? "") ?? []],
        MapType = json.Text("x-kubernetes-map-type"),
        Rules = new ValueRules
        {
            Minimum = Number(json["minimum"]),
            Maximum = Number(json["maximum"]),
            MinLength = (int?)json.Integer("minLength"),
            MaxLength = (int?)json.Integer("maxLength"),
            Pattern = json.Text("pattern"),
            MinItems = (int?)json.Integer("minItems"),
            MaxItems = (int?)json.Integer("maxItems"),
        },
    };

    private static decimal? Number(JsonNode? node) => node is null ? null : decimal.Parse(node.ToJsonString(), CultureInfo.InvariantCulture);
}
