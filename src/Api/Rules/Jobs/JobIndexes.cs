using System.Globalization;

namespace Slipway.Api.Rules.Jobs;

/// <summary>The text form of a set of indexes, such as <c>0,3-5,7</c>: increasing, and below the number of completions.</summary>
internal static class JobIndexes
{
    /// <summary>What is wrong with a set, or null; then <paramref name="total"/> is how many indexes it has.</summary>
    public static string? Error(string text, long completions, out long total)
    {
        total = 0;
        if (text.Length == 0) return null;
        long? last = null;
        foreach (var interval in text.Split(','))
        {
            var limits = interval.Split('-');
            if (limits.Length > 2) return $"the fragment \"{interval}\" violates the requirement that an index interval can have at most two parts separated by '-'";
            if (NumberError(limits[0], completions, out var first) is { } error) return error;
            var end = first;
            if (limits.Length == 2)
            {
                if (NumberError(limits[1], completions, out end) is { } wrong) return wrong;
                if (first >= end) return $"non-increasing order, previous: {first}, current: {end}";
            }
            if (last >= first) return $"non-increasing order, previous: {last}, current: {first}";
            total += end - first + 1;
            last = end;
        }
        return null;
    }

    private static string? NumberError(string text, long completions, out long number)
    {
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)) return $"cannot convert string to integer for index: \"{text}\"";
        return number >= completions ? $"too large index: \"{text}\"" : null;
    }
}
