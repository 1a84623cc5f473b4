using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Controllers;

/// <summary>Fields that take a count or a share, such as <c>maxSurge: 25%</c>.</summary>
internal static class CountOrPercent
{
    /// <summary>The count; a share is one of <paramref name="total"/>. 0 when the field is absent or neither.</summary>
    public static int Of(JsonNode? value, int total, bool roundUp)
    {
        switch (value?.GetValueKind())
        {
            case JsonValueKind.Number:
                return int.TryParse(value.ToJsonString(), CultureInfo.InvariantCulture, out var count) ? count : 0;
            case JsonValueKind.String when value.GetValue<string>() is { } text && text.EndsWith('%') && long.TryParse(text.AsSpan(0, text.Length - 1), CultureInfo.InvariantCulture, out var percent):
                var hundredths = percent * total;
                return (int)Math.Min(hundredths / 100 + (roundUp && hundredths % 100 > 0 ? 1 : 0), int.MaxValue);
            default:
                return 0;
        }
    }
}
