using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Slipway.Client;

/// <summary>Splits a stream into its newline-separated frames.</summary>
internal static class WatchStream
{
    /// <summary>The frames of a stream until it ends. A frame's memory is valid until the next one is asked for.</summary>
    /// <exception cref="IOException">The stream ended within a frame, or the connection broke.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> FramesAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // The response owns the stream.
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
        byte[] joined = [];
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(cancellation);
                var rest = read.Buffer;
                while (rest.PositionOf((byte)'\n') is { } newline)
                {
                    var frame = rest.Slice(0, newline);
                    rest = rest.Slice(rest.GetPosition(1, newline));
                    if (frame.IsEmpty)
                        continue;
                    if (frame.IsSingleSegment)
                    {
                        yield return frame.First;
                        continue;
                    }
                    var length = checked((int)frame.Length);
                    if (joined.Length < length)
                        joined = new byte[length * 2];
                    frame.CopyTo(joined);
                    yield return joined.AsMemory(0, length);
                }
                if (read.IsCompleted)
                {
                    if (!rest.IsEmpty)
                        throw new IOException("the watch ended in the middle of an event");
                    yield break;
                }
                reader.AdvanceTo(rest.Start, rest.End);
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }
}
