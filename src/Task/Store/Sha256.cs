using System.Buffers.Binary;
using System.Numerics;

namespace Slipway.Wrapper;

/// <summary>
/// SHA-256 (FIPS 180-4, section 6.2). The base library's own calls OpenSSL, which a static program cannot load.
/// </summary>
internal sealed class Sha256
{
    private const int BlockSize = 64;

    // The first 32 bits of the fractional parts of the cube roots of the first 64 primes (section 4.2.2).
    private static ReadOnlySpan<uint> Constants =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    // Of the square roots of the first eight primes (section 5.3.3).
    private readonly uint[] state = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
    private readonly byte[] block = new byte[BlockSize];
    private int filled;
    private ulong length;

    /// <summary>Takes more of the content.</summary>
    public void Append(ReadOnlySpan<byte> content)
    {
        length += (ulong)content.Length;
        if (filled > 0)
        {
            var part = content[..Math.Min(BlockSize - filled, content.Length)];
            part.CopyTo(block.AsSpan(filled));
            filled += part.Length;
            content = content[part.Length..];
            if (filled < BlockSize)
                return;
            Process(block);
            filled = 0;
        }

        for (; content.Length >= BlockSize; content = content[BlockSize..])
            Process(content);
        content.CopyTo(block);
        filled = content.Length;
    }

    /// <summary>The hash of all that was taken, in lower-case hexadecimal digits. Nothing can be taken after that.</summary>
    public string Finish()
    {
        var bits = length * 8;
        Span<byte> padding = stackalloc byte[BlockSize + sizeof(ulong)];
        padding.Clear();
        padding[0] = 0x80;
        var zeros = (filled < BlockSize - sizeof(ulong) ? BlockSize : 2 * BlockSize) - filled - sizeof(ulong);
        BinaryPrimitives.WriteUInt64BigEndian(padding[zeros..], bits);
        Append(padding[..(zeros + sizeof(ulong))]);
        Span<byte> hash = stackalloc byte[32];
        for (var i = 0; i < state.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(hash[(i * sizeof(uint))..], state[i]);
        return Convert.ToHexStringLower(hash);
    }

    private void Process(ReadOnlySpan<byte> from)
    {
        Span<uint> w = stackalloc uint[BlockSize];
        for (var i = 0; i < 16; i++)
            w[i] = BinaryPrimitives.ReadUInt32BigEndian(from[(i * sizeof(uint))..]);
        for (var i = 16; i < w.Length; i++)
        {
            var (near, far) = (w[i - 2], w[i - 15]);
            w[i] = (BitOperations.RotateRight(near, 17) ^ BitOperations.RotateRight(near, 19) ^ (near >> 10)) + w[i - 7]
                + (BitOperations.RotateRight(far, 7) ^ BitOperations.RotateRight(far, 18) ^ (far >> 3)) + w[i - 16];
        }

        var (a, b, c, d, e, f, g, h) = (state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]);
        for (var i = 0; i < w.Length; i++)
        {
            var first = h + (BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25)) + ((e & f) ^ (~e & g)) + Constants[i] + w[i];
            var second = (BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d + first, c, b, a, first + second);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }
}
