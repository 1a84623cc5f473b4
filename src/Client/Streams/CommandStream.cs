using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Slipway.Client;

/// <summary>
/// Standard input and output of a command in a container, over a WebSocket whose messages begin with the number of their channel.
/// </summary>
/// <param name="socket">The WebSocket.</param>
/// <param name="serving">Ends with the connection.</param>
/// <remarks><see href="https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets"/></remarks>
internal sealed class CommandStream(WebSocket socket, Task serving) : Stream
{
    private const byte Input = 0, Output = 1, Errors = 2, Outcome = 3;
    private const int PieceSize = 32 << 10;
    private const int MostWords = 4 << 10;

    private readonly byte[] sent = new byte[1 + PieceSize];
    private readonly byte[] received = new byte[PieceSize];
    private readonly MemoryStream errors = new(), outcome = new();
    private int start, end;
    private byte channel;
    private bool isWithin, isOver;
    private string? failure;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads on in what the command writes.</summary>
    /// <returns>How many bytes; 0 when the command has ended, and with success.</returns>
    /// <exception cref="IOException">The command has failed, or the connection is lost.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;
        while (start == end)
        {
            if (!isOver)
                await ReceiveAsync(cancellationToken);
            else if (failure is not null)
                throw new IOException(failure);
            else
                return 0;
        }

        var count = Math.Min(buffer.Length, end - start);
        received.AsMemory(start, count).CopyTo(buffer);
        start += count;
        return count;
    }

    /// <summary>Writes to what the command reads.</summary>
    /// <exception cref="IOException">The connection is lost.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            for (; buffer.Length > 0; buffer = buffer[Math.Min(PieceSize, buffer.Length)..])
            {
                var piece = buffer[..Math.Min(PieceSize, buffer.Length)];
                sent[0] = Input;
                piece.CopyTo(sent.AsMemory(1));
                await socket.SendAsync(sent.AsMemory(0, 1 + piece.Length), WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
            }
        }
        catch (Exception e) when (IsLoss(e))
        {
            throw new IOException($"the connection to the command is lost: {e.Message}", e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask; // what is written is sent

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("read asynchronously");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("write asynchronously");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        socket.Dispose();
        await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            socket.Dispose();
        base.Dispose(disposing);
    }

    private async Task ReceiveAsync(CancellationToken cancellation)
    {
        try
        {
            var piece = await socket.ReceiveAsync(received.AsMemory(), cancellation);
            if (piece.MessageType == WebSocketMessageType.Close)
            {
                End();
                return;
            }

            (start, end) = (0, piece.Count);
            if (!isWithin && piece.Count > 0)
                channel = received[start++];
            isWithin = !piece.EndOfMessage;
            if (channel == Output)
                return;
            if (channel is Errors or Outcome)
                Keep(channel == Errors ? errors : outcome, received.AsSpan(start, end - start));
            start = end;
        }
        catch (Exception e) when (IsLoss(e))
        {
            End(); // some servers say how the command has ended, and close without a farewell
        }
    }

    private void End()
    {
        isOver = true;
        var words = Encoding.UTF8.GetString(errors.ToArray()).Trim().ReplaceLineEndings(" ");
        if (Failure() is { } reason)
            failure = words.Length == 0 ? reason : $"{reason}: {words}";
    }

    /// <summary>What the <c>Status</c> says that comes at the end; that none came is a failure, too.</summary>
    private string? Failure()
    {
        if (outcome.Length == 0)
            return "the connection to the command is lost";
        try
        {
            using var status = JsonDocument.Parse(outcome.ToArray());
            if (status.RootElement.TryGetProperty("status", out var word) && word.ValueEquals("Success"))
                return null;
            return status.RootElement.TryGetProperty("message", out var message) && message.GetString() is { Length: > 0 } text ? text : "the command has failed";
        }
        catch (JsonException)
        {
            return $"the command has ended: {Encoding.UTF8.GetString(outcome.ToArray())}";
        }
    }

    private static void Keep(MemoryStream words, ReadOnlySpan<byte> more) => words.Write(more[..(int)Math.Min(more.Length, Math.Max(0, MostWords - words.Length))]);

    private static bool IsLoss(Exception e) => e is WebSocketException or IOException or ObjectDisposedException or InvalidOperationException;
}
