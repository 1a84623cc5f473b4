using System.Globalization;
using System.Security.Cryptography;
using Slipway.ApiServer.Encryption;

namespace Slipway.Host.Pki;

/// <summary>
/// The keys of secrets at rest as files <c>secrets-1.key</c>, <c>secrets-2.key</c>, …, each with 64 hexadecimal digits, readable
/// by their owner alone. The one with the highest number encrypts, all decrypt; its number is the key's id.
/// </summary>
internal static class EncryptionKeyFiles
{
    private const string Use = "secrets";

    /// <summary>A new key is made when the newest is older than this.</summary>
    public static readonly TimeSpan KeyLife = TimeSpan.FromDays(90);

    /// <summary>
    /// How long a key is kept after a newer one has taken over: past revisions of the store can be read for some minutes, and a
    /// copy of the data that was made just before should still be readable.
    /// </summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromDays(1);

    /// <summary>Reads the keys of a directory, the newest first; makes one where there is none, or none that is young enough.</summary>
    /// <param name="directory">Where they are.</param>
    /// <param name="now">The time.</param>
    /// <param name="ages">Whether a key that is old is followed by a new one.</param>
    public static EncryptionKeys Ensure(string directory, DateTimeOffset now, bool ages = true)
    {
        if (NumberedKeys.Of(directory, Use) is not [var newest, ..] || (ages && NumberedKeys.AgeOf(newest.Path, now) >= KeyLife)) Add(directory, now);
        return Read(directory);
    }

    /// <summary>Makes a key that encrypts from now on.</summary>
    /// <returns>Path of its file.</returns>
    public static string Add(string directory, DateTimeOffset now) =>
        NumberedKeys.Add(directory, Use, Convert.ToHexString(RandomNumberGenerator.GetBytes(EncryptionKey.SecretLength)), now);

    /// <summary>Removes the keys that nothing needs any longer; call it when everything is sealed with the newest.</summary>
    public static void RemoveOld(string directory, DateTimeOffset now)
    {
        var files = NumberedKeys.Of(directory, Use);
        if (files.Count == 0 || NumberedKeys.AgeOf(files[0].Path, now) < Overlap) return;
        foreach (var (_, path) in files.Skip(1)) File.Delete(path);
    }

    private static EncryptionKeys Read(string directory) => new([.. NumberedKeys.Of(directory, Use).Select(f => new EncryptionKey(f.Number.ToString(CultureInfo.InvariantCulture), SecretOf(f.Path)))]);

    private static byte[] SecretOf(string path)
    {
        var text = File.ReadAllText(path).Trim();
        return text.Length == 2 * EncryptionKey.SecretLength && text.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(text)
            : throw new InvalidDataException($"{path} is not a key: it must hold {2 * EncryptionKey.SecretLength} hexadecimal digits; put it back from a backup");
    }
}
