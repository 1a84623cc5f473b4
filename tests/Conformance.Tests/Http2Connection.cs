using System.Buffers.Binary;
using System.Net.Security;
using System.Text;

namespace Slipway.Conformance;

/// <summary>
/// A client of HTTP/2 that need not behave: it writes whatever frames it likes
/// (<see href="https://www.rfc-editor.org/rfc/rfc9113#name-frame-definitions"/>). Headers are literals that are kept in no table.
/// </summary>
internal sealed class Http2Connection(SslStream stream)
{
    private const byte EndStream = 0x1, EndHeaders = 0x4;

    /// <summary>Begins the connection.</summary>
    /// <param name="window">How many bytes of an answer the server may send before it is told that they were read.</param>
    public async Task BeginAsync(int window = 65_535)
    {
        await LimitedServer.WriteAsync(stream, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        var settings = new byte[6];
        settings[1] = 0x4;   // SETTINGS_INITIAL_WINDOW_SIZE
        BinaryPrimitives.WriteInt32BigEndian(settings.AsSpan(2), window);
        await WriteAsync(0x4, 0, 0, settings);
    }

    /// <summary>Begins a request without a body.</summary>
    /// <param name="id">An odd number, higher than those before.</param>
    /// <param name="path">What is asked for.</param>
    /// <param name="isWhole">Whether these are all its headers.</param>
    /// <param name="more">Further headers.</param>
    public Task GetAsync(int id, string path, bool isWhole = true, params (string Name, string Value)[] more) =>
        WriteAsync(0x1, (byte)(EndStream | (isWhole ? EndHeaders : 0)), id,
            Block([(":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", path), .. more]));

    /// <summary>Goes on with the headers of a request, without end.</summary>
    public Task ContinueAsync(int id, params (string Name, string Value)[] more) => WriteAsync(0x9, 0, id, Block(more));

    /// <summary>Gives a request up.</summary>
    public Task ResetAsync(int id) => WriteAsync(0x3, 0, id, [0, 0, 0, 8]);

    /// <summary>Reads frames until the server closes the connection, gives up all of it (GOAWAY) or one request (RST_STREAM).</summary>
    /// <returns>Which of them: <c>closed</c>, <c>GOAWAY</c>, <c>RST_STREAM</c>.</returns>
    public async Task<string> UntilGivenUpAsync()
    {
        var head = new byte[9];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(head, TestContext.Current.CancellationToken);
                await stream.ReadExactlyAsync(new byte[(head[0] << 16) | (head[1] << 8) | head[2]], TestContext.Current.CancellationToken);
                if (head[3] == 0x3) return "RST_STREAM";
                if (head[3] == 0x7) return "GOAWAY";
            }
        }
        catch (Exception e) when (e is IOException or EndOfStreamException)
        {
            return "closed";
        }
    }

    private async Task WriteAsync(byte type, byte flags, int id, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        (frame[0], frame[1], frame[2], frame[3], frame[4]) = ((byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), id);
        payload.CopyTo(frame, 9);
        await stream.WriteAsync(frame, TestContext.Current.CancellationToken);
    }

    private static byte[] Block((string Name, string Value)[] headers)
    {
        var block = new List<byte>();
        foreach (var (name, value) in headers)
        {
            block.Add(0);   // a literal with a name of its own, kept in no table
            AddText(block, name);
            AddText(block, value);
        }
        return [.. block];
    }

    private static void AddText(List<byte> block, string text)
    {
        var rest = text.Length - 127;
        block.Add((byte)Math.Min(text.Length, 127));
        for (; rest >= 0; rest = rest < 128 ? -1 : rest >> 7) block.Add((byte)(rest < 128 ? rest : (rest & 127) | 128));
        block.AddRange(Encoding.ASCII.GetBytes(text));
    }
}
