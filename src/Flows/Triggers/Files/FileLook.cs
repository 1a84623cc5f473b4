using System.IO.Enumeration;

namespace Slipway.Flows;

/// <summary>What two looks at files say. Decided without I/O.</summary>
internal static class FileLook
{
    /// <summary>Whether a file is to be seen at all.</summary>
    /// <param name="pattern">Which names count; null for all that begin with no dot.</param>
    /// <param name="name">Its name, without what it is in.</param>
    /// <param name="changed">When it was changed last.</param>
    /// <param name="since">What was changed last before does not count; UTC.</param>
    /// <remarks>As shells do it: what is hidden, such as a file that is still being received, is named by a pattern that says so.</remarks>
    public static bool Counts(string? pattern, string name, DateTimeOffset changed, DateTime since) =>
        changed >= since && name.Length > 0 && (name[0] != '.' || pattern?[0] == '.') && FileSystemName.MatchesSimpleExpression(pattern ?? "*", name, ignoreCase: false);

    /// <summary>The files to deal with, the eldest first: those that nobody writes any more, as they have not changed between two looks.</summary>
    /// <param name="before">The look before; null if this is the first.</param>
    /// <param name="now">The look.</param>
    public static IReadOnlyList<FileState> Complete(IReadOnlyList<FileState>? before, IReadOnlyList<FileState> now)
    {
        var known = new Dictionary<string, FileState>(StringComparer.Ordinal);
        foreach (var file in before ?? [])
            known[file.Name] = file; // names that are no UTF-8 may read alike
        return
        [
            .. now.Where(f => known.TryGetValue(f.Name, out var old) && (old.Size, old.Modified, old.Etag) == (f.Size, f.Modified, f.Etag))
                .OrderBy(f => f.Changed).ThenBy(f => f.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Before when nothing was changed last that is still to be dealt with, once what is pending is. UTC.</summary>
    /// <param name="now">The look.</param>
    /// <param name="time">When that was; UTC.</param>
    /// <param name="isKnown">Whether a file is dealt with or pending.</param>
    /// <param name="late">How long after its change a file may be dealt with.</param>
    public static DateTime Settled(IReadOnlyList<FileState> now, DateTime time, Func<FileState, bool> isKnown, TimeSpan late) =>
        now.Where(f => !isKnown(f)).Select(f => f.Changed.UtcDateTime).Append(time - late).Min();
}
