using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>Reads a label selector in either of its forms: as an object, or as the plain map of labels that a ReplicationController has.</summary>
internal sealed class SelectorConverter : JsonConverter<V1LabelSelector>
{
    public override V1LabelSelector? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        // In the map all values are texts; in the object none is.
        var document = JsonNode.Parse(ref reader)!.AsObject();
        return document.All(entry => entry.Value is JsonValue)
            ? new() { MatchLabels = document.ToDictionary(entry => entry.Key, entry => (string)entry.Value!, StringComparer.Ordinal) }
            : document.Deserialize(TypeOf(options));
    }

    public override void Write(Utf8JsonWriter writer, V1LabelSelector value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value, TypeOf(options));

    private static JsonTypeInfo<V1LabelSelector> TypeOf(JsonSerializerOptions options) => (JsonTypeInfo<V1LabelSelector>)options.GetTypeInfo(typeof(V1LabelSelector));
}
