using System.Buffers.Binary;
using System.ComponentModel;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Slipway.Network;

/// <summary>
/// The kernel's table of connections over netlink
/// (<see href="https://docs.kernel.org/netlink/specs/conntrack.html"/>): all are read, and those that are stale deleted.
/// </summary>
internal sealed partial class ConnectionTable(ILogger log) : IConnectionTable
{
    private const int AddressFamilyNetlink = 16, Raw = 3, CloseOnExec = 0x80000, Netfilter = 12;
    private const ushort Get = 0x101, Delete = 0x102, Done = 3, Error = 2;
    private const ushort Request = 1, Acknowledge = 4, Dump = 0x300;
    private const byte Ipv4 = 2, Udp = 17;
    private const int NoEntry = 2;

    public Task ForgetAsync(IReadOnlyList<StaleFlow> flows, CancellationToken cancellation) => Task.Run(() =>
    {
        try
        {
            Forget(flows);
        }
        catch (Win32Exception e)
        {
            log.LogWarning("Flows to endpoints that are gone were not forgotten, and end when their clients pause: {Reason}", e.Message);
        }
    }, cancellation);

    /// <summary>Whether an entry of the table is stale.</summary>
    internal static bool IsStale(ConnectionEntry entry, IReadOnlyList<StaleFlow> flows)
    {
        foreach (var flow in flows)
        {
            if (entry.Port != flow.Frontend.Port || (!flow.Frontend.IsOfNode && entry.Destination.ToString() != flow.Frontend.Address)) continue;
            if (flow.End is { } end ? entry.Answers.ToString() == end : entry.Answers.Equals(entry.Destination)) return true;
        }
        return false;
    }

    /// <summary>Reads a message of a dump; null for other protocols than UDP.</summary>
    internal static ConnectionEntry? Read(ReadOnlySpan<byte> attributes)
    {
        byte[]? tuple = null, zone = null;
        IPAddress? destination = null, answers = null;
        ushort port = 0;
        foreach (var (type, start, length) in Attributes(attributes))
        {
            var value = attributes.Slice(start, length);
            switch (type)
            {
                case 1:
                    tuple = Attribute(0x8001, value);
                    var original = Tuple(value);
                    if (original.Protocol != Udp) return null;
                    (destination, port) = (original.Destination, original.Port);
                    break;
                case 2:
                    answers = Tuple(value).Source;
                    break;
                case 18:
                    zone = Attribute(18, value);
                    break;
            }
        }
        return tuple is null || destination is null || answers is null ? null : new([.. tuple, .. zone ?? []], destination, port, answers);
    }

    private static void Forget(IReadOnlyList<StaleFlow> flows)
    {
        var socket = Check(OpenSocket(AddressFamilyNetlink, Raw | CloseOnExec, Netfilter));
        try
        {
            var stale = new List<ConnectionEntry>();
            Exchange(socket, Message(Get, Request | Dump, []), attributes =>
            {
                if (Read(attributes) is { } entry && IsStale(entry, flows)) stale.Add(entry);
            });
            foreach (var entry in stale) Exchange(socket, Message(Delete, Request | Acknowledge, entry.Tuple), static _ => { });
        }
        finally
        {
            CloseSocket(socket);
        }
    }

    private delegate void Reader(ReadOnlySpan<byte> attributes);

    private static void Exchange(int socket, byte[] message, Reader read)
    {
        Check((int)Send(socket, message, message.Length, 0));
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var received = buffer.AsSpan(0, Check((int)Receive(socket, buffer, buffer.Length, 0)));
            while (received.Length >= 16)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(received);
                var type = BinaryPrimitives.ReadUInt16LittleEndian(received[4..]);
                if (type == Done) return;
                if (type == Error)
                {
                    var code = -BinaryPrimitives.ReadInt32LittleEndian(received[16..]);
                    if (code is 0 or NoEntry) return;   // it has ended by itself
                    throw new Win32Exception(code);
                }
                read(received[20..length]);
                received = received[Math.Min(Aligned(length), received.Length)..];
            }
        }
    }

    private static byte[] Message(ushort type, ushort flags, byte[] attributes)
    {
        var message = new byte[20 + attributes.Length];
        BinaryPrimitives.WriteInt32LittleEndian(message, message.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(4), type);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(6), flags);
        message[16] = Ipv4;
        attributes.CopyTo(message, 20);
        return message;
    }

    private static (byte Protocol, IPAddress? Source, IPAddress? Destination, ushort Port) Tuple(ReadOnlySpan<byte> tuple)
    {
        byte protocol = 0;
        IPAddress? source = null, destination = null;
        ushort port = 0;
        foreach (var (type, start, length) in Attributes(tuple))
            foreach (var (inner, innerStart, innerLength) in Attributes(tuple.Slice(start, length)))
            {
                var value = tuple.Slice(start + innerStart, innerLength);
                switch (type, inner)
                {
                    case (1, 1): source = new(value); break;
                    case (1, 2): destination = new(value); break;
                    case (2, 1): protocol = value[0]; break;
                    case (2, 3): port = BinaryPrimitives.ReadUInt16BigEndian(value); break;
                }
            }
        return (protocol, source, destination, port);
    }

    private static List<(int Type, int Start, int Length)> Attributes(ReadOnlySpan<byte> bytes)
    {
        var list = new List<(int, int, int)>();
        for (var at = 0; at + 4 <= bytes.Length;)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
            if (length < 4 || at + length > bytes.Length) break;
            list.Add((BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 2)..]) & 0x3fff, at + 4, length - 4));
            at += Aligned(length);
        }
        return list;
    }

    private static byte[] Attribute(int type, ReadOnlySpan<byte> value)
    {
        var bytes = new byte[Aligned(4 + value.Length)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(4 + value.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), (ushort)type);
        value.CopyTo(bytes.AsSpan(4));
        return bytes;
    }

    private static int Aligned(int length) => (length + 3) & ~3;

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int socket, byte[] message, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int socket, [Out] byte[] buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseSocket(int socket);
}

/// <summary>A flow of the kernel's table.</summary>
/// <param name="Tuple">How it is named to delete it.</param>
/// <param name="Destination">Where it was sent.</param>
/// <param name="Port">The port there.</param>
/// <param name="Answers">Who answers.</param>
internal sealed record ConnectionEntry(byte[] Tuple, IPAddress Destination, ushort Port, IPAddress Answers);
