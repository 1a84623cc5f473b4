using System.Security.Cryptography;

namespace Slipway.Host.Pki;

/// <summary>
/// The keys of service accounts' tokens as PEM files <c>sa-1.key</c>, <c>sa-2.key</c>, …, readable by their owner alone. The one
/// with the highest number signs; all verify, so that a token outlives a change of keys. To stop trusting an old key, remove its file.
/// </summary>
internal static class ServiceAccountKeyFiles
{
    private const string Use = "sa";

    /// <summary>A new key is made at start when the newest is older than this.</summary>
    public static readonly TimeSpan KeyLife = TimeSpan.FromDays(365);

    /// <summary>Reads the keys of a directory, the newest first; makes one where there is none that may sign.</summary>
    public static IReadOnlyList<string> Ensure(string directory, DateTimeOffset now)
    {
        if (NumberedKeys.Of(directory, Use) is [var newest, ..] && IsWhole(newest.Path) && NumberedKeys.AgeOf(newest.Path, now) < KeyLife) return Read(directory);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        NumberedKeys.Add(directory, Use, key.ExportPkcs8PrivateKeyPem(), now);
        return Read(directory);
    }

    private static IReadOnlyList<string> Read(string directory) => [.. NumberedKeys.Of(directory, Use).Where(f => IsWhole(f.Path)).Select(f => File.ReadAllText(f.Path))];

    // A file that a crash has cut short is passed over.
    private static bool IsWhole(string path) => PemEncoding.TryFind(File.ReadAllText(path), out _);
}
