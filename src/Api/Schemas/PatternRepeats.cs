using System.Globalization;

namespace Slipway.Api.Schemas;

/// <summary>The bound that RE2 sets on counted repetitions: a part is repeated at most 1000 times, repetitions within repetitions included.</summary>
internal static class PatternRepeats
{
    private const int Max = 1000;

    /// <summary>Whether a pattern keeps to it.</summary>
    public static bool AreBounded(string pattern)
    {
        // For each open group the most repetitions within it; and those of the part before the place.
        var groups = new Stack<int>([1]);
        var part = 1;
        for (var at = 0; at < pattern.Length; at++)
        {
            switch (pattern[at])
            {
                case '\\':
                    at++;
                    part = 1;
                    break;
                case '[':
                    at = EndOfClass(pattern, at);
                    part = 1;
                    break;
                case '(':
                    groups.Push(1);
                    part = 1;
                    break;
                case ')' when groups.Count > 1:
                    part = groups.Pop();
                    break;
                case '*' or '+' or '?':
                    break;
                case '{' when Count(pattern, ref at) is { } count:
                    if (count > Max || (part *= Math.Max(count, 1)) > Max) return false;
                    break;
                default:
                    part = 1;
                    break;
            }

            groups.Push(Math.Max(groups.Pop(), part));
        }

        return true;
    }

    private static int EndOfClass(string pattern, int at)
    {
        at++;
        if (at < pattern.Length && pattern[at] == '^') at++;
        if (at < pattern.Length && pattern[at] == ']') at++;
        for (; at < pattern.Length && pattern[at] != ']'; at++)
        {
            if (pattern[at] == '\\') at++;
            else if (pattern[at] == '[' && at + 1 < pattern.Length && pattern[at + 1] == ':' && pattern.IndexOf(":]", at + 2, StringComparison.Ordinal) is >= 0 and var end) at = end + 1;
        }

        return at;
    }

    /// <summary>The greater count of <c>{n}</c>, <c>{n,}</c> or <c>{n,m}</c>, moving to its end; null and no move for a brace that is a character.</summary>
    internal static int? Count(string pattern, ref int at)
    {
        var end = pattern.IndexOf('}', at);
        if (end < 0) return null;
        var counts = pattern[(at + 1)..end].Split(',');
        if (counts.Length > 2 || !int.TryParse(counts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var least)) return null;
        var most = least;
        if (counts.Length == 2 && counts[1].Length > 0 && !int.TryParse(counts[1], NumberStyles.None, CultureInfo.InvariantCulture, out most)) return null;
        at = end;
        return Math.Max(least, most);
    }
}
