using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>Reads a number or a text as text, as quantities are written: <c>cpu: 2</c> and <c>cpu: "2"</c> mean the same.</summary>
public sealed class ScalarTextConverter : JsonConverter<string?>
{
    /// <inheritdoc/>
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
        _ => throw new JsonException($"must be a number or a text, not {reader.TokenType}"),
    };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, string? value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
