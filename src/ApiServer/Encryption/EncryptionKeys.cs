using System.Security.Cryptography;
using System.Text;
using Slipway.Storage;

namespace Slipway.ApiServer.Encryption;

/// <summary>A key for values at rest.</summary>
/// <param name="Id">Its name in stored values: letters, digits and hyphens.</param>
/// <param name="Secret">32 bytes for AES-256.</param>
public sealed record EncryptionKey(string Id, ReadOnlyMemory<byte> Secret)
{
    /// <summary>Length of a secret in bytes.</summary>
    public const int SecretLength = 32;
}

/// <summary>
/// The keys of values at rest: the first encrypts, all decrypt. A sealed value is a header that names the key, a random nonce
/// of 12 bytes, the ciphertext (AES-256-GCM), and a tag of 16 bytes that also covers the key's name and the object's key, so that
/// no value can be moved to another object.
/// </summary>
public sealed class EncryptionKeys(IReadOnlyList<EncryptionKey> keys)
{
    private const int NonceLength = 12;
    private const int TagLength = 16;

    // A document begins with a brace, so that what was stored before encryption is told apart.
    private static ReadOnlySpan<byte> Mark => "slipway:aes256gcm:"u8;

    /// <summary>The keys, the encrypting one first.</summary>
    public IReadOnlyList<EncryptionKey> All { get; } = keys.Count > 0 ? keys : throw new ArgumentException("there must be a key", nameof(keys));

    /// <summary>Encrypts a value for an object.</summary>
    public byte[] Seal(string objectKey, ReadOnlySpan<byte> value)
    {
        var key = All[0];
        var header = Encoding.ASCII.GetBytes($"{key.Id}:");
        var sealedValue = new byte[Mark.Length + header.Length + NonceLength + value.Length + TagLength];
        Mark.CopyTo(sealedValue);
        header.CopyTo(sealedValue.AsSpan(Mark.Length));
        var rest = sealedValue.AsSpan(Mark.Length + header.Length);
        RandomNumberGenerator.Fill(rest[..NonceLength]);
        using var cipher = new AesGcm(key.Secret.Span, TagLength);
        cipher.Encrypt(rest[..NonceLength], value, rest.Slice(NonceLength, value.Length), rest[^TagLength..], Bound(key.Id, objectKey));
        return sealedValue;
    }

    /// <summary>Decrypts a value of an object; one that was never encrypted is returned as it is.</summary>
    /// <exception cref="StoreUnusableException">Its key is missing, or it was not sealed for this object with it.</exception>
    public ReadOnlyMemory<byte> Open(string objectKey, ReadOnlyMemory<byte> value)
    {
        if (KeyIdOf(value.Span) is not { } id) return value;
        var key = All.FirstOrDefault(k => k.Id == id)
            ?? throw new StoreUnusableException($"{objectKey} is encrypted with the key {id}, which is missing: put its file back into the pki directory, from a backup");
        var rest = value.Span[(Mark.Length + id.Length + 1)..];
        if (rest.Length < NonceLength + TagLength) throw Damaged(objectKey, null);
        var opened = new byte[rest.Length - NonceLength - TagLength];
        using var cipher = new AesGcm(key.Secret.Span, TagLength);
        try
        {
            cipher.Decrypt(rest[..NonceLength], rest[NonceLength..^TagLength], rest[^TagLength..], opened, Bound(id, objectKey));
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw Damaged(objectKey, e);
        }
        return opened;
    }

    /// <summary>Whether a stored value is sealed with the encrypting key.</summary>
    public bool IsCurrent(ReadOnlySpan<byte> stored) => KeyIdOf(stored) == All[0].Id;

    /// <summary>Name of the key that a stored value is sealed with; null when it is not.</summary>
    public static string? KeyIdOf(ReadOnlySpan<byte> stored)
    {
        if (!stored.StartsWith(Mark)) return null;
        var rest = stored[Mark.Length..];
        return rest.IndexOf((byte)':') is var end and > 0 ? Encoding.ASCII.GetString(rest[..end]) : null;
    }

    private static byte[] Bound(string keyId, string objectKey) => Encoding.UTF8.GetBytes($"{keyId}:{objectKey}");

    private static StoreUnusableException Damaged(string objectKey, Exception? inner) =>
        new($"{objectKey} cannot be decrypted: its stored value is damaged or belongs to another object", inner);
}
