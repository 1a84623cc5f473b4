using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Slipway.Api.Schemas;

/// <summary>
/// Matches the patterns of schemas. They come from users, so matching takes time linear in the text
/// (<see cref="RegexOptions.NonBacktracking"/>), as with the RE2 patterns of Kubernetes.
/// </summary>
internal static class Patterns
{
    // Keyed by the schema's own string object, so that a compiled pattern lives as long as its schema.
    private static readonly ConditionalWeakTable<string, Regex> Compiled = [];

    public static bool IsMatch(string pattern, string text) => Of(pattern).IsMatch(text);

    /// <summary>What is wrong with a pattern, or null.</summary>
    public static string? Error(string pattern)
    {
        try
        {
            Of(pattern);
            return null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return e.Message;
        }
    }

    private static Regex Of(string pattern) => Compiled.GetValue(pattern, p => new Regex(Translated(p), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));

    // RE2 writes named groups with a P, and its \z and $ mean the very end.
    private static string Translated(string pattern) => pattern.Replace("(?P<", "(?<", StringComparison.Ordinal);
}
