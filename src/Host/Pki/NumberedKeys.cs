using System.Globalization;

namespace Slipway.Host.Pki;

/// <summary>Keys of one use as files <c>USE-1.key</c>, <c>USE-2.key</c>, …, readable by their owner alone. The highest number is the newest.</summary>
internal static class NumberedKeys
{
    /// <summary>The files of a directory, the newest first.</summary>
    public static IReadOnlyList<(int Number, string Path)> Of(string directory, string use) =>
    [
        .. Directory.EnumerateFiles(directory, $"{use}-*.key")
            .Select(path => (Number: int.TryParse(Path.GetFileNameWithoutExtension(path)[(use.Length + 1)..], CultureInfo.InvariantCulture, out var number) ? number : -1, Path: path))
            .Where(f => f.Number >= 0)
            .OrderByDescending(f => f.Number),
    ];

    /// <summary>How old a key is.</summary>
    public static TimeSpan AgeOf(string path, DateTimeOffset now) => now - File.GetLastWriteTimeUtc(path);

    /// <summary>Writes a key as the newest one.</summary>
    /// <returns>Path of its file.</returns>
    public static string Add(string directory, string use, string key, DateTimeOffset now)
    {
        var number = Of(directory, use) is [var newest, ..] ? newest.Number + 1 : 1;
        var path = Path.Combine(directory, $"{use}-{number.ToString(CultureInfo.InvariantCulture)}.key");
        ClusterPki.Write(path, key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetLastWriteTimeUtc(path, now.UtcDateTime);
        return path;
    }
}
