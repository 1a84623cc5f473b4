using System.Globalization;
using System.Security.Cryptography;

namespace Slipway.Host.Pki;

/// <summary>
/// The keys of service accounts' tokens as PEM files <c>sa-1.key</c>, <c>sa-2.key</c>, …, readable by their owner alone. The one
/// with the highest number signs; all verify, so that a token outlives a change of keys. To stop trusting an old key, remove its file.
/// </summary>
internal static class ServiceAccountKeyFiles
{
    /// <summary>A new key is made at start when the newest is older than this.</summary>
    public static readonly TimeSpan KeyLife = TimeSpan.FromDays(365);

    /// <summary>Reads the keys of a directory, the newest first; makes one where there is none that may sign.</summary>
    public static IReadOnlyList<string> Ensure(string directory, DateTimeOffset now)
    {
        var files = FilesOf(directory);
        if (files.Count > 0 && IsWhole(files[0].Path) && now - File.GetLastWriteTimeUtc(files[0].Path) < KeyLife) return Read(directory);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var path = Path.Combine(directory, $"sa-{(files.Count == 0 ? 1 : files[0].Number + 1).ToString(CultureInfo.InvariantCulture)}.key");
        ClusterPki.Write(path, key.ExportPkcs8PrivateKeyPem(), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetLastWriteTimeUtc(path, now.UtcDateTime);
        return Read(directory);
    }

    private static IReadOnlyList<string> Read(string directory) => [.. FilesOf(directory).Where(f => IsWhole(f.Path)).Select(f => File.ReadAllText(f.Path))];

    private static List<(int Number, string Path)> FilesOf(string directory) =>
    [
        .. Directory.EnumerateFiles(directory, "sa-*.key")
            .Select(path => (Number: int.TryParse(Path.GetFileNameWithoutExtension(path)["sa-".Length..], CultureInfo.InvariantCulture, out var number) ? number : -1, Path: path))
            .Where(f => f.Number >= 0)
            .OrderByDescending(f => f.Number),
    ];

    // A file that a crash has cut short is passed over.
    private static bool IsWhole(string path) => PemEncoding.TryFind(File.ReadAllText(path), out _);
}
