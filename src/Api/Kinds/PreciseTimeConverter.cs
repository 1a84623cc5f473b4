using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Slipway.Api.Documents;

namespace Slipway.Api.Kinds;

/// <summary>
/// Times with milliseconds: attempts of tasks are often shorter than the whole seconds in which Kubernetes counts. Still RFC
/// 3339, so every client reads them.
/// </summary>
public sealed class PreciseTimeConverter : JsonConverter<DateTime?>
{
    /// <summary>The form in which the times are written, of a time in UTC.</summary>
    public const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The time of a document's field, as models read it; null if it is absent or no text. One that they cannot read, as the pattern of RFC 3339 in schemas lets some pass, is a cause to refuse the document.</summary>
    internal static DateTime? Read(JsonNode? value, string path, List<StatusCause> causes)
    {
        if (value is not JsonValue text || text.GetValueKind() != JsonValueKind.String) return null;
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text.ToJsonString()));
        reader.Read();
        if (reader.TryGetDateTimeOffset(out var time)) return time.UtcDateTime;
        causes.Add(StatusCause.Invalid(path, text.Shown(), "is no time that there can be; write it as 2026-01-31T06:00:00Z or 2026-01-31T06:00:00+01:00"));
        return null;
    }

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
