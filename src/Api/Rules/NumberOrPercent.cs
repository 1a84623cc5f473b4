using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules;

/// <summary>The rules of fields that take a count or a share, such as <c>maxSurge: 25%</c>.</summary>
internal static partial class NumberOrPercent
{
    private const string PercentRule = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

    public static void NotNegative(JsonNode? value, string path, List<StatusCause> causes)
    {
        if (value.AsText() is { } text && !Percent().IsMatch(text)) causes.Add(StatusCause.Invalid(path, Quote(text), PercentRule));
        if (value.AsInteger() is < 0 and var number) causes.Add(StatusCause.Invalid(path, $"{number}", "must be greater than or equal to 0"));
    }

    public static void NotAboveAll(JsonNode? value, string path, List<StatusCause> causes)
    {
        if (value.AsText() is { } text && Percent().IsMatch(text) && ValueOf(value) > 100) causes.Add(StatusCause.Invalid(path, Quote(text), "must not be greater than 100%"));
    }

    /// <summary>The number before a percent sign, or the count; 0 for what is neither.</summary>
    public static long ValueOf(JsonNode? value) => value.AsText() is { } text
        ? Percent().IsMatch(text) && long.TryParse(text.AsSpan(0, text.Length - 1), CultureInfo.InvariantCulture, out var percent) ? percent : 0
        : value.AsInteger() ?? 0;

    [GeneratedRegex(@"^[0-9]+%\z")]
    private static partial Regex Percent();
}
