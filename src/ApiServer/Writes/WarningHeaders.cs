using System.Text;

namespace Slipway.ApiServer.Writes;

/// <summary>
/// Writes warnings as <c>Warning</c> headers (RFC 7234, section 5.5), each once. When they are too long together, each is cut, and
/// those that then still do not fit are left out.
/// </summary>
internal static class WarningHeaders
{
    private const int MaxTotal = 4 * 1024;
    private const int MaxOne = 256;

    /// <summary>The headers for warnings, in their order.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(IReadOnlyList<string> warnings)
    {
        if (warnings.Count == 0) return [];
        var texts = warnings.Where(w => w.Length > 0).Distinct(StringComparer.Ordinal).Select(w => w.EnumerateRunes().ToArray()).ToList();
        var cuts = texts.Sum(t => (long)t.Length) > MaxTotal;
        var headers = new List<KeyValuePair<string, string>>(texts.Count);
        var written = 0;
        foreach (var text in texts)
        {
            if (written >= MaxTotal) break;
            var shown = cuts && text.Length > MaxOne ? text.AsSpan(0, MaxOne) : text;
            written += shown.Length;
            headers.Add(new("Warning", $"299 - \"{Quoted(shown)}\""));
        }
        return headers;
    }

    private static string Quoted(ReadOnlySpan<Rune> text)
    {
        var quoted = new StringBuilder(text.Length + 16);
        foreach (var rune in text)
        {
            // A header holds no control characters, and clients of HTTP/1.1 cannot be expected to read more than ASCII.
            if (rune.Value is '"' or '\\') quoted.Append('\\').Append((char)rune.Value);
            else if (rune.Value is >= ' ' and <= '~') quoted.Append((char)rune.Value);
            else quoted.Append(rune.Value < ' ' ? ' ' : '?');
        }
        return quoted.ToString();
    }
}
