using System.Globalization;

namespace Slipway.Flows;

/// <summary>
/// The mark by which the file of an artifact is known to be as it was stored without reading it: the fraction of the second in its time of writing is made of
/// its hash and its size. Whoever writes to the file or cuts it moves that time, and meets the same fraction once in ten million times. It needs nothing
/// of the file system but times finer than a second, and comes through copies that keep times. It is no seal: who may set times can set it.
/// </summary>
internal static class ArtifactMark
{
    private const ulong Spread = 0x9E3779B97F4A7C15; // 2^64 divided by the golden ratio, as multiplicative hashing uses it

    /// <summary>Marks a file, which counts as written at that time, but for the fraction of the second.</summary>
    public static void Set(string path, string sha256, DateTime time) => File.SetLastWriteTimeUtc(path, Marked(sha256, new FileInfo(path).Length, time));

    /// <summary>Whether a file is there and has its mark.</summary>
    public static bool IsOn(string path, string sha256)
    {
        var file = new FileInfo(path);
        return file.Exists && file.LastWriteTimeUtc == Marked(sha256, file.Length, file.LastWriteTimeUtc);
    }

    /// <summary>Takes the mark of a file away, so that it is read as a whole before it is used again.</summary>
    public static void Remove(string path) => File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddTicks(1));

    private static DateTime Marked(string sha256, long size, DateTime time)
    {
        var digits = ulong.Parse(sha256.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        var fraction = (long)((digits ^ unchecked((ulong)size * Spread)) % TimeSpan.TicksPerSecond);
        return new DateTime(time.Ticks - (time.Ticks % TimeSpan.TicksPerSecond) + fraction, DateTimeKind.Utc);
    }
}
