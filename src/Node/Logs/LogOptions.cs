using System.Globalization;
using Slipway.Api;

namespace Slipway.Node.Logs;

/// <summary>What a reader of a log asks for (the <c>PodLogOptions</c> of the API).</summary>
internal sealed record LogOptions
{
    public bool Follow { get; init; }
    public bool Previous { get; init; }
    public bool Timestamps { get; init; }
    public long? TailLines { get; init; }
    public long? LimitBytes { get; init; }
    public DateTimeOffset? Since { get; init; }

    /// <exception cref="ApiException">A value is not of its type, or out of range.</exception>
    public static LogOptions Parse(string query, DateTimeOffset now)
    {
        var values = query.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Split('=', 2))
            .GroupBy(p => Uri.UnescapeDataString(p[0]))
            .ToDictionary(g => g.Key, g => Uri.UnescapeDataString(g.Last() is [_, var value] ? value.Replace('+', ' ') : ""));
        var since = Number(values, "sinceSeconds", 1) is { } seconds ? now - TimeSpan.FromSeconds(seconds) : (DateTimeOffset?)null;
        if (values.TryGetValue("sinceTime", out var text) && text.Length > 0)
            since = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
                : throw ApiException.BadRequest($"sinceTime: \"{text}\" is not an RFC 3339 time such as 2026-01-02T03:04:05Z");
        return new()
        {
            Follow = Flag(values, "follow"),
            Previous = Flag(values, "previous"),
            Timestamps = Flag(values, "timestamps"),
            TailLines = Number(values, "tailLines", 0),
            LimitBytes = Number(values, "limitBytes", 1),
            Since = since,
        };
    }

    private static bool Flag(Dictionary<string, string> values, string name) =>
        values.TryGetValue(name, out var text) && (text is "true" or "True" or "1" or ""
            || (text is not ("false" or "False" or "0") ? throw ApiException.BadRequest($"{name}: \"{text}\" is neither true nor false") : false));

    private static long? Number(Dictionary<string, string> values, string name, long least) =>
        !values.TryGetValue(name, out var text) || text.Length == 0 ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least ? number
        : throw ApiException.BadRequest($"{name}: \"{text}\" is not a whole number of at least {least}");
}
