using System.Globalization;
using System.Text;

namespace Slipway.Fuzzing;

/// <summary>One thing that the fuzzer does to a server. The same seed gives the same case.</summary>
/// <param name="Seed">What it was made from.</param>
/// <param name="Generator">What made it.</param>
public abstract record FuzzCase(int Seed, string Generator);

/// <summary>A request that has the form of HTTP, whatever it says.</summary>
/// <param name="Seed">What it was made from.</param>
/// <param name="Generator">What made it.</param>
/// <param name="Method">The method.</param>
/// <param name="Target">Path and query, as they go over the wire.</param>
/// <param name="Headers">The headers, without those that frame the body.</param>
/// <param name="Body">The body; null for none.</param>
public sealed record FuzzRequest(int Seed, string Generator, string Method, string Target, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[]? Body)
    : FuzzCase(Seed, Generator)
{
    private const int Shown = 1500;

    /// <summary>Whether the answer may last as long as the client wants: a watch, or a followed log.</summary>
    public bool IsLong => Says("watch") || Says("follow");

    private bool Says(string word) => Uri.UnescapeDataString(Target).Contains(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether target and headers are such that any library can send them.</summary>
    public bool IsPlain => Method is "GET" or "POST" or "PUT" or "PATCH" or "DELETE" or "HEAD" or "OPTIONS" && Target[0] == '/' && !Target.StartsWith("//", StringComparison.Ordinal)
        && IsVisible(Target) && !Target.Contains('#') && Headers.All(h => h.Value.All(c => c is >= ' ' and < '\x7f') && h.Value.Trim() == h.Value);

    /// <summary>Whether the target is one that HTTP servers refuse before anybody has read it as a request of the API.</summary>
    public bool IsBroken => Target.Length > 8000 || Target[0] != '/' || !IsVisible(Target) || Target.Contains("%00", StringComparison.Ordinal)
        || Headers.Any(h => h.Value.Any(c => c is < ' ' or >= '\x7f') || h.Value.Length > 8000)
        || Headers.Sum(h => h.Key.Length + h.Value.Length) > 30_000;

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Method} {Cut(Target)}");
        foreach (var (name, value) in Headers) text.AppendLine(CultureInfo.InvariantCulture, $"{name}: {Cut(value)}");
        if (Body is not null) text.AppendLine(CultureInfo.InvariantCulture, $"\n{Cut(Encoding.Latin1.GetString(Body))} ({Body.Length} bytes)");
        return text.ToString();
    }

    private static bool IsVisible(string text) => text.All(c => c is > ' ' and < '\x7f');

    private static string Cut(string text) => text.Length <= Shown ? text : text[..Shown] + "…";
}

/// <summary>Bytes that need not be a request. The server must answer with a refusal or close, and soon.</summary>
/// <param name="Seed">What it was made from.</param>
/// <param name="Generator">What made it.</param>
/// <param name="Pieces">What is sent, one after the other with pauses in between.</param>
/// <param name="IsTls">Whether they go through TLS; otherwise they are sent where TLS is expected.</param>
/// <param name="Leaves">Whether the client closes after the last piece without waiting for an answer.</param>
public sealed record FuzzBytes(int Seed, string Generator, IReadOnlyList<byte[]> Pieces, bool IsTls, bool Leaves) : FuzzCase(Seed, Generator)
{
    /// <inheritdoc/>
    public override string ToString() => string.Join(" | ", Pieces.Select(p => Encoding.Latin1.GetString(p.AsSpan(0, Math.Min(p.Length, 500)))));
}
