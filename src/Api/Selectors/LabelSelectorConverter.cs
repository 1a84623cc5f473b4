using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Slipway.Api.Documents;

namespace Slipway.Api.Selectors;

/// <summary>
/// Reads a selector within a typed object: in its JSON form, or as the plain map of labels that the eldest kinds have (Service,
/// ReplicationController). Writes the JSON form.
/// </summary>
public sealed class LabelSelectorConverter : JsonConverter<LabelSelector>
{
    /// <inheritdoc/>
    public override LabelSelector? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var document = JsonNode.Parse(ref reader)!.AsObject();
        try
        {
            // In the map all values are texts, in the JSON form none is.
            return LabelSelector.FromJson(document.All(entry => entry.Value.AsText() is not null) ? new JsonObject { ["matchLabels"] = document } : document);
        }
        catch (ApiException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, LabelSelector value, JsonSerializerOptions options) => value.ToJson().WriteTo(writer);
}
