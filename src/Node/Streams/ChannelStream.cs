using System.Buffers.Binary;
using System.Globalization;

namespace Slipway.Node.Streams;

/// <summary>A channel of the client and the stream of the runtime that it is joined to.</summary>
/// <param name="Channel">Number of the channel.</param>
/// <param name="Headers">Headers by which the runtime knows the stream.</param>
internal sealed record ChannelStream(byte Channel, IReadOnlyList<KeyValuePair<string, string>> Headers)
{
    /// <summary>Whether the client writes to it.</summary>
    public bool FromClient { get; init; }

    /// <summary>Whether the runtime writes to it.</summary>
    public bool ToClient { get; init; }

    /// <summary>Whether it brings errors.</summary>
    public bool IsError { get; init; }

    /// <summary>What the client gets first; null: nothing.</summary>
    public byte[]? Greeting { get; init; }
}

/// <summary>The streams of a command (<c>exec</c> and <c>attach</c>).</summary>
internal static class CommandStreams
{
    /// <summary>Number of the channel with errors.</summary>
    public const byte ErrorChannel = 3;

    /// <summary>The streams, in the order in which the runtime wants them.</summary>
    public static IReadOnlyList<ChannelStream> Of(bool stdin, bool stdout, bool stderr, bool tty)
    {
        var streams = new List<ChannelStream> { Stream(ErrorChannel, "error") with { ToClient = true, IsError = true } };
        if (stdin) streams.Add(Stream(0, "stdin") with { FromClient = true });
        if (stdout) streams.Add(Stream(1, "stdout") with { ToClient = true });
        if (stderr && !tty) streams.Add(Stream(2, "stderr") with { ToClient = true });   // a terminal has one output
        if (tty) streams.Add(Stream(4, "resize") with { FromClient = true });
        // An empty message on the first channel that is written to tells the client that all is in place.
        var first = streams.Where(s => s.ToClient).MinBy(s => s.Channel)!;
        return [.. streams.Select(s => s == first ? s with { Greeting = [] } : s)];
    }

    private static ChannelStream Stream(byte channel, string type) => new(channel, [new("streamtype", type)]);
}

/// <summary>The streams of forwarded ports: one for data and one for errors each.</summary>
internal static class PortStreams
{
    /// <summary>The protocol of the runtime's streams.</summary>
    public const string Protocol = "portforward.k8s.io";

    /// <summary>Most ports in one connection: each takes two channels.</summary>
    public const int MaxPorts = 64;

    public static IReadOnlyList<ChannelStream> Of(IReadOnlyList<int> ports) => [.. ports.SelectMany((port, i) => Pair(port, i))];

    private static IEnumerable<ChannelStream> Pair(int port, int index)
    {
        var greeting = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(greeting, (ushort)port);
        yield return new ChannelStream((byte)((2 * index) + 1), Headers("error")) { ToClient = true, IsError = true, Greeting = greeting };
        yield return new ChannelStream((byte)(2 * index), Headers("data")) { FromClient = true, ToClient = true, Greeting = greeting };

        KeyValuePair<string, string>[] Headers(string type) =>
            [new("streamtype", type), new("port", port.ToString(CultureInfo.InvariantCulture)), new("requestid", index.ToString(CultureInfo.InvariantCulture))];
    }
}
