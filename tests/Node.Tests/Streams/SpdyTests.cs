using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;
using Slipway.Node.Streams;

namespace Slipway.Node.Tests.Streams;

public sealed class SpdyTests
{
    [Theory]
    [InlineData("00000001 01000005", SpdyFrameType.Data, 1, 1, 5)]
    [InlineData("00000007 00000000", SpdyFrameType.Data, 7, 0, 0)]
    [InlineData("7FFFFFFF 00FFFFFF", SpdyFrameType.Data, int.MaxValue, 0, 0xFFFFFF)]
    [InlineData("80030001 00000010", SpdyFrameType.SynStream, 0, 0, 16)]
    [InlineData("80030002 01000004", SpdyFrameType.SynReply, 0, 1, 4)]
    [InlineData("80030003 00000008", SpdyFrameType.RstStream, 0, 0, 8)]
    [InlineData("80030006 00000004", SpdyFrameType.Ping, 0, 0, 4)]
    [InlineData("80030007 00000008", SpdyFrameType.GoAway, 0, 0, 8)]
    internal void Headers_are_read_and_written(string bytes, SpdyFrameType type, int stream, byte flags, int length)
    {
        var raw = Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal));
        var header = SpdyHeader.Read(raw);
        Assert.Equal(new SpdyHeader(type, stream, flags, length), header);
        var written = new byte[SpdyHeader.Size];
        header.Write(written);
        Assert.Equal(raw, written);
    }

    [Fact]
    public void Another_version_is_refused() => Assert.Throws<InvalidDataException>(() => SpdyHeader.Read(Convert.FromHexString("8002000100000000")));

    [Fact]
    public void The_headers_of_all_streams_are_one_zlib_stream()
    {
        var frames = new[]
        {
            SpdyFrames.SynStream(1, [new("streamtype", "error")], isFirst: true),
            SpdyFrames.SynStream(3, [new("streamtype", "data"), new("port", "80")], isFirst: false),
        };
        Assert.Equal([1, 3], frames.Select(f => BinaryPrimitives.ReadInt32BigEndian(f.AsSpan(SpdyHeader.Size))));
        Assert.All(frames, f => Assert.Equal(new(SpdyFrameType.SynStream, 0, 0, f.Length - SpdyHeader.Size), SpdyHeader.Read(f)));

        using var inflated = new ZLibStream(new MemoryStream([.. frames.SelectMany(f => f.Skip(SpdyHeader.Size + 10))]), CompressionMode.Decompress);
        Assert.Equal([("streamtype", "error")], Block(inflated));
        Assert.Equal([("streamtype", "data"), ("port", "80")], Block(inflated));
    }

    [Fact]
    public async Task Data_comes_in_pieces_pings_are_answered_and_resets_are_ends()
    {
        var (ours, theirs) = Pair();
        await using var connection = new SpdyConnection(ours);
        await theirs.WriteAsync(SpdyFrames.Control(SpdyFrameType.SynReply, [0, 0, 0, 1, 0, 0]));
        await theirs.WriteAsync(SpdyFrames.Control(SpdyFrameType.Ping, [0, 0, 0, 2]));
        await theirs.WriteAsync(Data(1, "abcdef", isLast: false));
        await theirs.WriteAsync(Data(3, "", isLast: true));
        await theirs.WriteAsync(Data(1, "gh", isLast: true));
        await theirs.WriteAsync(SpdyFrames.Control(SpdyFrameType.RstStream, [0, 0, 0, 5, 0, 0, 0, 5]));
        await theirs.WriteAsync(SpdyFrames.Control(SpdyFrameType.GoAway, new byte[8]));
        theirs.Dispose();

        var seen = new List<string>();
        var buffer = new byte[4];
        while (await connection.ReadAsync(buffer, TestContext.Current.CancellationToken) is { Stream: > 0 } piece)
            seen.Add($"{piece.Stream}{(piece.IsLast ? "!" : ":")}{Encoding.ASCII.GetString(buffer, 0, piece.Length)}");
        Assert.Equal(["1:abcd", "1:ef", "3!", "1!gh", "5!"], seen);
    }

    [Fact]
    public async Task Streams_are_opened_with_odd_numbers_and_written_to()
    {
        var (ours, theirs) = Pair();
        await using var connection = new SpdyConnection(ours);
        Assert.Equal(1, await connection.OpenAsync([], default));
        Assert.Equal(3, await connection.OpenAsync([], default));
        await connection.WriteAsync(3, "hi"u8.ToArray(), isLast: false, default);
        await connection.WriteAsync(3, default, isLast: true, default);
        await ours.DisposeAsync();

        var seen = new List<SpdyHeader>();
        var head = new byte[SpdyHeader.Size];
        while (await theirs.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false) == head.Length)
        {
            seen.Add(SpdyHeader.Read(head));
            await theirs.ReadExactlyAsync(new byte[seen[^1].Length]);
        }
        Assert.Equal([SpdyFrameType.SynStream, SpdyFrameType.SynStream], seen.Take(2).Select(h => h.Type));
        Assert.Equal([new(SpdyFrameType.Data, 3, 0, 2), new(SpdyFrameType.Data, 3, SpdyHeader.Fin, 0)], seen.Skip(2));
    }

    private static (Stream Ours, Stream Theirs) Pair()
    {
        var (there, back) = (new Pipe(), new Pipe());
        return (new Duplex(back.Reader, there.Writer), new Duplex(there.Reader, back.Writer));
    }

    private static byte[] Data(int stream, string text, bool isLast)
    {
        var frame = new byte[SpdyHeader.Size + text.Length];
        new SpdyHeader(SpdyFrameType.Data, stream, isLast ? SpdyHeader.Fin : (byte)0, text.Length).Write(frame);
        Encoding.ASCII.GetBytes(text, frame.AsSpan(SpdyHeader.Size));
        return frame;
    }

    private static List<(string, string)> Block(Stream headers)
    {
        var pairs = new List<(string, string)>();
        for (var count = Number(); count > 0; count--) pairs.Add((Word(), Word()));
        return pairs;

        int Number()
        {
            var bytes = new byte[4];
            headers.ReadExactly(bytes);
            return BinaryPrimitives.ReadInt32BigEndian(bytes);
        }

        string Word()
        {
            var bytes = new byte[Number()];
            headers.ReadExactly(bytes);
            return Encoding.UTF8.GetString(bytes);
        }
    }

    private sealed class Duplex(PipeReader reader, PipeWriter writer) : Stream
    {
        private readonly Stream _input = reader.AsStream();
        private readonly Stream _output = writer.AsStream();

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _output.WriteAsync(buffer, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            writer.Complete();
            base.Dispose(disposing);
        }
    }
}
