using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>
/// Times with milliseconds: attempts of tasks are often shorter than the whole seconds in which Kubernetes counts. Still RFC
/// 3339, so every client reads them.
/// </summary>
public sealed class PreciseTimeConverter : JsonConverter<DateTime?>
{
    /// <summary>The form in which the times are written, of a time in UTC.</summary>
    public const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <inheritdoc/>
    public override DateTime? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? null : reader.GetDateTimeOffset().UtcDateTime;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTime? value, JsonSerializerOptions options)
    {
        if (value is { } time)
            writer.WriteStringValue((time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : time).ToString(Format, CultureInfo.InvariantCulture));
        else
            writer.WriteNullValue();
    }
}
