using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Api.Schemas;

/// <summary>
/// Matches the patterns of schemas. They come from users, so matching takes time linear in the text
/// (<see cref="RegexOptions.NonBacktracking"/>), as with the RE2 patterns of Kubernetes, whose meaning they have.
/// </summary>
internal static class Patterns
{
    // Keyed by the schema's own string object, so that a compiled pattern lives as long as its schema.
    private static readonly ConditionalWeakTable<string, Regex> Compiled = [];

    public static bool IsMatch(string pattern, string text) => Of(pattern).IsMatch(text);

    /// <summary>Whether this pattern, the same object of .NET, has been compiled already.</summary>
    internal static bool IsCompiled(string pattern) => Compiled.TryGetValue(pattern, out _);

    /// <summary>What is wrong with a pattern, or null.</summary>
    public static string? Error(string pattern)
    {
        if (IsCompiled(pattern)) return null;
        if (!PatternRepeats.AreBounded(PatternLiterals.Escaped(pattern))) return "invalid repeat count";
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

    /// <summary>The compiled pattern.</summary>
    /// <exception cref="ArgumentException">It is no pattern; <see cref="Error"/> says why.</exception>
    internal static Regex Of(string pattern) => Compiled.GetValue(pattern, p => new Regex(Translated(p), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));

    /// <summary>
    /// A pattern of RE2 (<see href="https://github.com/google/re2/wiki/Syntax"/>) for .NET: <c>$</c> is the very end,
    /// <c>\d</c>, <c>\w</c> and <c>\s</c> are ASCII, named groups have no P, classes such as <c>[:alpha:]</c> are written out, as is what
    /// <c>\Q</c> and <c>(?U)</c> mean.
    /// </summary>
    internal static string Translated(string pattern)
    {
        pattern = PatternLiterals.Escaped(pattern);
        var greed = new PatternGreed();
        var text = new StringBuilder(pattern.Length + 16);
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var rest = pattern.AsSpan(i);
            if (rest.Length > 2 && rest[0] == '\\' && rest[1] is 'p' or 'P' && char.IsAsciiLetterUpper(rest[2]))
            {
                // A class with a name of one letter needs no braces in RE2.
                text.Append(rest[..2]).Append('{').Append(rest[2]).Append('}');
                i += 2;
            }
            else if (rest.Length > 1 && rest[0] == '\\')
            {
                text.Append(Escape(rest[1], inClass) ?? pattern.Substring(i, 2));
                i++;
            }
            else if (inClass && rest.StartsWith("[:") && PosixClass(rest) is var (members, length))
            {
                text.Append(members);
                i += length - 1;
            }
            else if (!inClass && (rest.StartsWith("(?P<") || rest.StartsWith("(?<")))
            {
                text.Append("(?<");
                greed.Open();
                i += rest[2] == 'P' ? 3 : 2;
            }
            else if (!inClass && greed.Flags(rest) is var (flags, taken))
            {
                text.Append(flags);
                i += taken - 1;
            }
            else if (!inClass && PatternGreed.Repeat(pattern, i) is > 0 and var repeat)
            {
                text.Append(rest[..repeat]).Append(greed.Suffix(rest[repeat..], out var skipped));
                i += repeat + skipped - 1;
            }
            else if (!inClass && rest[0] == '$')
            {
                text.Append("\\z");
            }
            else if (inClass && rest[0] == '[')
            {
                // To .NET this could start a subtraction.
                text.Append("\\[");
            }
            else
            {
                if (rest[0] == '[' && !inClass)
                {
                    inClass = true;
                    text.Append('[');
                    // A bracket right after the opening is a member.
                    if (i + 1 < pattern.Length && pattern[i + 1] == '^') text.Append(pattern[++i]);
                    if (i + 1 < pattern.Length && pattern[i + 1] == ']') text.Append('\\').Append(pattern[++i]);
                    continue;
                }
                if (!inClass && rest[0] == '(') greed.Open();
                if (!inClass && rest[0] == ')') greed.Close();
                if (rest[0] == ']') inClass = false;
                text.Append(rest[0]);
            }
        }
        return text.ToString();
    }

    private static string? Escape(char letter, bool inClass) => (letter, inClass) switch
    {
        ('d', true) => "0-9",
        ('w', true) => "0-9A-Za-z_",
        ('s', true) => "\\t\\n\\f\\r ",
        ('d', false) => "[0-9]",
        ('D', false) => "[^0-9]",
        ('w', false) => "[0-9A-Za-z_]",
        ('W', false) => "[^0-9A-Za-z_]",
        ('s', false) => "[\\t\\n\\f\\r ]",
        ('S', false) => "[^\\t\\n\\f\\r ]",
        _ => null,
    };

    private static (string Members, int Length)? PosixClass(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf(":]");
        if (end < 0) return null;
        var members = rest[2..end] switch
        {
            "alnum" => "0-9A-Za-z",
            "alpha" => "A-Za-z",
            "digit" => "0-9",
            "lower" => "a-z",
            "upper" => "A-Z",
            "space" => "\\t\\n\\v\\f\\r ",
            "xdigit" => "0-9A-Fa-f",
            "word" => "0-9A-Za-z_",
            "punct" => "!-/:-@\\[-`{-~",
            _ => null,
        };
        return members is null ? null : (members, end + 2);
    }
}
