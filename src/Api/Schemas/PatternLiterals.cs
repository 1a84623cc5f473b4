using System.Text;

namespace Slipway.Api.Schemas;

/// <summary>Text within <c>\Q</c> and <c>\E</c> of RE2 stands for itself (<see href="https://github.com/google/re2/wiki/Syntax"/>).</summary>
internal static class PatternLiterals
{
    /// <summary>The pattern with such text escaped character by character; a missing <c>\E</c> is at the end.</summary>
    public static string Escaped(string pattern)
    {
        if (!pattern.Contains("\\Q", StringComparison.Ordinal)) return pattern;
        var text = new StringBuilder(pattern.Length * 2);
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != '\\' || i + 1 == pattern.Length)
            {
                text.Append(pattern[i]);
            }
            else if (pattern[i + 1] != 'Q')
            {
                text.Append(pattern, i++, 2);
            }
            else
            {
                var end = pattern.IndexOf("\\E", i + 2, StringComparison.Ordinal);
                foreach (var c in pattern.AsSpan((i + 2)..(end < 0 ? pattern.Length : end)))
                {
                    if (char.IsAscii(c) && !char.IsAsciiLetterOrDigit(c) && c != '_') text.Append('\\');
                    text.Append(c);
                }
                i = end < 0 ? pattern.Length : end + 1;
            }
        }
        return text.ToString();
    }
}
