using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Slipway.ApiServer.Services;

/// <summary>A range of addresses that services are given of.</summary>
/// <param name="network">The range, with its first address not given to anybody, nor the last of an IPv4 range.</param>
internal sealed class AddressRange(IPNetwork network)
{
    // As many as Kubernetes takes of a range of IPv6: nobody has more services.
    private const int MaxBits = 16;

    public string Family => network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4";

    public IPNetwork Network => network;

    /// <summary>The number of addresses that can be given.</summary>
    public int Size
    {
        get
        {
            var bits = (Family == "IPv6" ? 128 : 32) - network.PrefixLength;
            var all = 1 << Math.Min(bits, MaxBits);
            return Math.Max(0, Family == "IPv4" && bits <= MaxBits ? all - 2 : all - 1);
        }
    }

    /// <summary>The address at a place from 0, which is the one after the base.</summary>
    public IPAddress At(int place)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (!network.BaseAddress.TryWriteBytes(bytes, out var length)) throw new InvalidOperationException("an address has at most 16 bytes");
        var tail = bytes[(length - 4)..length];
        BinaryPrimitives.WriteUInt32BigEndian(tail, BinaryPrimitives.ReadUInt32BigEndian(tail) + (uint)place + 1);
        return new IPAddress(bytes[..length]);
    }

    /// <summary>Whether an address can be given.</summary>
    public bool Contains(IPAddress address) =>
        network.Contains(address) && !address.Equals(network.BaseAddress) && !(Family == "IPv4" && Size > 0 && address.Equals(At(Size)));

    /// <summary>
    /// A free address, or null when there is none. Those that people may have chosen by hand, at the beginning, are given last
    /// (<see href="https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/"/>).
    /// </summary>
    public IPAddress? Take(IReadOnlySet<IPAddress> used, Random random) =>
        Places.Free(Size, Places.Reserved(Size, 16, 256), place => used.Contains(At(place)), random) is { } free ? At(free) : null;
}

/// <summary>Chooses places of a range: first beyond those that are kept for who names one.</summary>
internal static class Places
{
    /// <summary>How many places at the beginning are kept: a sixteenth of them, within bounds.</summary>
    public static int Reserved(int size, int atLeast, int atMost) => size <= atLeast ? 0 : Math.Min(Math.Max(atLeast, size / 16), atMost);

    /// <summary>A free place; null when there is none.</summary>
    public static int? Free(int size, int reserved, Func<int, bool> isUsed, Random random) =>
        FreeIn(reserved, size - reserved, isUsed, random) ?? FreeIn(0, reserved, isUsed, random);

    private static int? FreeIn(int start, int count, Func<int, bool> isUsed, Random random)
    {
        if (count <= 0) return null;
        var first = random.Next(count);
        for (var i = 0; i < count; i++)
        {
            var place = start + ((first + i) % count);
            if (!isUsed(place)) return place;
        }
        return null;
    }
}
