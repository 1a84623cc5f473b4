using System.Buffers.Text;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;

namespace Slipway.Api.Schemas;

/// <summary>What formats say of values: those of built-in kinds as Kubernetes decodes them, those of definitions by <see cref="DefinitionFormats"/>.</summary>
internal static partial class FormatRules
{
    /// <summary>What is wrong with a value of a format, or null.</summary>
    /// <param name="schema">The schema, which has a format.</param>
    /// <param name="value">The value.</param>
    /// <param name="isBuiltIn">Whether it is a field of a built-in kind.</param>
    public static string? Error(Schema schema, JsonNode value, bool isBuiltIn)
    {
        if (!isBuiltIn && !DefinitionFormats.IsKnown(schema.Type, schema.Format!)) return null;
        if (value.AsText() is not { } text) return NumberError(schema.Format!, value);
        return isBuiltIn ? TextError(schema.Format!, text) : DefinitionFormats.Error(schema.Format!, text);
    }

    private static string? TextError(string format, string text) => format switch
    {
        "quantity" => Quantity.TryParse(text.Trim(), out _) ? null : "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        "date-time" or "micro-time" => DateTimeShape().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _) ? null : "must be a time as in RFC 3339, such as \"2006-01-02T15:04:05Z\"",
        "byte" => Base64.IsValid(text) ? null : "must be base64 text",
        _ => null,
    };

    private static string? NumberError(string format, JsonNode value) => (format, value.AsInteger()) switch
    {
        ("int32", _) when SchemaValidation.IsInteger(value) && !Fits(value, int.MinValue, int.MaxValue) => "must be an integer of 32 bits",
        ("int64", null) when SchemaValidation.IsInteger(value) && !Fits(value, long.MinValue, long.MaxValue) => "must be an integer of 64 bits",
        _ => null,
    };

    private static bool Fits(JsonNode value, long least, long most) =>
        decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most;

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})\z")]
    private static partial Regex DateTimeShape();
}
