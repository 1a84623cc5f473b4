using System.Buffers;

namespace Slipway.Api.Schemas;

/// <summary>
/// RE2's flag <c>U</c>, which .NET has not: under it <c>x*</c> takes as little as it can and <c>x*?</c> as much. It holds to the end of
/// the group that it is in.
/// </summary>
internal sealed class PatternGreed
{
    private static readonly SearchValues<char> Head = SearchValues.Create("(?imsU-");
    private readonly Stack<bool> outside = [];
    private bool isSwapped;

    /// <summary>A group begins.</summary>
    public void Open() => outside.Push(isSwapped);

    /// <summary>A group ends.</summary>
    public void Close() => isSwapped = outside.TryPop(out var before) && before;

    /// <summary>
    /// Reads <c>(?flags)</c>, and <c>(?flags:</c> as the beginning of a group. Returns it without the flag <c>U</c>, and its length
    /// in the pattern; null for what is no such thing.
    /// </summary>
    public (string Text, int Length)? Flags(ReadOnlySpan<char> rest)
    {
        if (!rest.StartsWith("(?")) return null;
        var end = rest.IndexOfAnyExcept(Head);
        if (end < 0 || rest[end] is not (')' or ':')) return null;
        var isGroup = rest[end] == ':';
        if (isGroup) Open();
        var flags = rest[2..end].ToString();
        if (flags.IndexOf('U', StringComparison.Ordinal) is >= 0 and var at) isSwapped = flags.LastIndexOf('-', at) < 0;
        var others = flags.Replace("U", "", StringComparison.Ordinal).TrimEnd('-');
        return (isGroup ? $"(?{others}:" : others.Length > 0 ? $"(?{others})" : "", end + 1);
    }

    /// <summary>Length of the repetition (<c>*</c>, <c>+</c>, <c>?</c>, <c>{n,m}</c>) at a place; 0 if there is none.</summary>
    public static int Repeat(string pattern, int at)
    {
        var end = at;
        return pattern[at] is '*' or '+' or '?' ? 1 : pattern[at] == '{' && PatternRepeats.Count(pattern, ref end) is not null ? end - at + 1 : 0;
    }

    /// <summary>What stands behind a repetition in .NET, and how much of what stands behind it in RE2 that replaces.</summary>
    public string Suffix(ReadOnlySpan<char> rest, out int replaced)
    {
        replaced = rest.StartsWith("?") ? 1 : 0;
        return (replaced == 1) != isSwapped ? "?" : "";
    }
}
