using System.Globalization;
using System.IO.Enumeration;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>What two looks at a directory say. Decided without I/O.</summary>
internal static class FileLook
{
    /// <summary>The files that a trigger is to deal with, the eldest first: those that nobody writes any more, as their size and time have not changed between two looks.</summary>
    /// <param name="trigger">What is waited for.</param>
    /// <param name="before">The look before; null if this is the first.</param>
    /// <param name="now">The look.</param>
    /// <param name="since">What was changed last before does not count; UTC.</param>
    public static IReadOnlyList<FileState> Complete(FilesTrigger trigger, IReadOnlyList<FileState>? before, IReadOnlyList<FileState> now, DateTime since)
    {
        var known = new Dictionary<string, FileState>(StringComparer.Ordinal);
        foreach (var file in before ?? [])
            known[file.Name] = file; // names that are no UTF-8 may read alike
        return
        [
            .. now.Where(f => Counts(trigger, f, since) && known.TryGetValue(f.Name, out var old) && (old.Size, old.Modified) == (f.Size, f.Modified))
                .OrderBy(f => f.Changed).ThenBy(f => f.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Before when nothing was changed last that is still to be dealt with, once what is pending is: what a file system shows late is left room for. UTC.</summary>
    /// <param name="trigger">What is waited for.</param>
    /// <param name="now">The look.</param>
    /// <param name="time">When that was; UTC.</param>
    /// <param name="since">What was changed last before does not count; UTC.</param>
    /// <param name="isKnown">Whether a file is dealt with or pending.</param>
    /// <param name="late">By how much a file may be seen after one that was changed later.</param>
    public static DateTime Settled(FilesTrigger trigger, IReadOnlyList<FileState> now, DateTime time, DateTime since, Func<FileState, bool> isKnown, TimeSpan late)
    {
        var open = now.Where(f => Counts(trigger, f, since) && !isKnown(f)).Select(f => f.Changed.UtcDateTime);
        return open.Append(time - late - 2 * trigger.Every).Min();
    }

    /// <summary>The file as what has happened. The same name, size and time is the same file: one that is written anew is another.</summary>
    public static TriggerEvent ToEvent(string directory, FileState file)
    {
        var path = Path.Combine(directory, file.Name);
        return new TriggerEvent(
            string.Create(CultureInfo.InvariantCulture, $"{path}/{file.Size}/{file.Modified.UtcTicks}"),
            string.Create(CultureInfo.InvariantCulture, $"file {PodTrouble.OneLine(path)} of {file.Size} bytes is there"),
            new CelMap(
            [
                KeyValuePair.Create("name", (CelValue)new CelString(file.Name)),
                KeyValuePair.Create("path", (CelValue)new CelString(path)),
                KeyValuePair.Create("size", (CelValue)new CelInt(file.Size)),
                KeyValuePair.Create("modified", (CelValue)CelTimestamp.Of(file.Modified)),
            ]));
    }

    // As shells do it: what is hidden, such as a file that is still being received, is named by a pattern that says so.
    private static bool Counts(FilesTrigger trigger, FileState file, DateTime since)
    {
        var (pattern, name) = (trigger.Pattern ?? "*", file.Name);
        return file.Changed >= since && (pattern[0] == '.' || name[0] != '.') && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
    }
}
