using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Slipway.Client;

/// <summary>
/// Reads any RFC 3339 time and writes it as the Kubernetes type <c>Time</c>: UTC, whole seconds.
/// (<see href="https://github.com/kubernetes/apimachinery/blob/master/pkg/apis/meta/v1/time.go"/>)
/// </summary>
public sealed class KubernetesTimeConverter : JsonConverter<DateTime>
{
    /// <inheritdoc/>
    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset().UtcDateTime;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
        KubernetesTime.Write(writer, value, "yyyy-MM-dd'T'HH:mm:ss'Z'");
}

/// <summary>Writes the Kubernetes type <c>MicroTime</c>: Go parses it only with exactly six digits of a second.</summary>
internal sealed class MicroTimeConverter : JsonConverter<DateTime?>
{
    public override DateTime? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? null : reader.GetDateTimeOffset().UtcDateTime;

    public override void Write(Utf8JsonWriter writer, DateTime? value, JsonSerializerOptions options)
    {
        if (value is { } time)
            KubernetesTime.Write(writer, time, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");
        else
            writer.WriteNullValue();
    }
}

internal static class KubernetesTime
{
    /// <summary>The models have one CLR type for <c>Time</c> and <c>MicroTime</c>; these fields are the latter.</summary>
    private static bool IsMicroTime(string field) => field is "acquireTime" or "renewTime" or "pingTime" or "eventTime" or "lastObservedTime";

    public static void Write(Utf8JsonWriter writer, DateTime value, string format)
    {
        Span<char> text = stackalloc char[32];
        var utc = value.Kind == DateTimeKind.Local ? value.ToUniversalTime() : value;
        utc.TryFormat(text, out var length, format, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }

    /// <summary>Gives the fields of type <c>MicroTime</c> their own converter.</summary>
    public static void MarkMicroTimes(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
            return;
        foreach (var property in type.Properties)
            if (property.PropertyType == typeof(DateTime?) && IsMicroTime(property.Name))
                property.CustomConverter = new MicroTimeConverter();
    }
}
