using System.Security.Cryptography;

namespace Slipway.Host.Pki;

/// <summary>
/// The keys of service accounts' tokens as PEM files <c>sa-1.key</c>, <c>sa-2.key</c>, …, readable by their owner alone. The one
/// with the highest number signs; all verify, so that a token outlives a change of keys. To stop trusting an old key, remove its file.
/// </summary>
internal static class ServiceAccountKeyFiles
{
    private const string Use = "sa";

    /// <summary>A new key is made when the newest is older than this.</summary>
    public static readonly TimeSpan KeyLife = TimeSpan.FromDays(365);

    /// <summary>Reads the keys of a directory, the newest first; makes one where there is none that may sign.</summary>
    /// <param name="directory">Where they are.</param>
    /// <param name="now">The time.</param>
    /// <param name="ages">Whether a key that is old is followed by a new one.</param>
    public static IReadOnlyList<string> Ensure(string directory, DateTimeOffset now, bool ages = true)
    {
        if (NumberedKeys.Of(directory, Use) is not [var newest, ..] || !IsWhole(newest.Path) || (ages && NumberedKeys.AgeOf(newest.Path, now) >= KeyLife)) Add(directory, now);
        return Read(directory);
    }

    /// <summary>Makes a key that signs from now on.</summary>
    /// <returns>Path of its file.</returns>
    public static string Add(string directory, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return NumberedKeys.Add(directory, Use, key.ExportPkcs8PrivateKeyPem(), now);
    }

    private static IReadOnlyList<string> Read(string directory) => [.. NumberedKeys.Of(directory, Use).Where(f => IsWhole(f.Path)).Select(f => File.ReadAllText(f.Path))];

    // A file that a crash has cut short, or that holds no key of a kind that signs tokens, is passed over.
    private static bool IsWhole(string path)
    {
        var text = File.ReadAllText(path);
        return PemEncoding.TryFind(text, out var pem) && text[pem.Label].EndsWith("PRIVATE KEY", StringComparison.Ordinal)
            && (Imports(ECDsa.Create(), text, bits => bits == 256) || Imports(RSA.Create(), text, bits => bits >= 2048));
    }

    private static bool Imports(AsymmetricAlgorithm key, string pem, Func<int, bool> isGood)
    {
        using (key)
        {
            try
            {
                key.ImportFromPem(pem);
                return isGood(key.KeySize);
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                return false;
            }
        }
    }
}
