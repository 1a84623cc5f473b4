namespace Slipway.ApiServer.Writes;

/// <summary>Makes uids and the random ends of generated names.</summary>
internal sealed class Identities(Random random)
{
    // No vowels and nothing that looks like another character, so that no word and no mistake arises.
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";
    private const int SuffixLength = 5;
    private const int MaxNameLength = 63;

    /// <summary>A version 4 UUID.</summary>
    public string NewUid()
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }

    /// <summary>A name that begins with <paramref name="prefix"/>, cut so that the whole fits a DNS label.</summary>
    public string NewName(string prefix) => string.Concat(
        prefix.AsSpan(0, Math.Min(prefix.Length, MaxNameLength - SuffixLength)), random.GetString(Alphabet, SuffixLength));
}
