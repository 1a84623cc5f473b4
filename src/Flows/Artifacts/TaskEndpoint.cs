using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Slipway.Flows;

/// <summary>
/// The server's side of the artifact endpoint of one pod: a unix socket that takes what slipway-task sends. The protocol is
/// described with slipway-task's <c>ArtifactEndpoint</c>.
/// </summary>
internal sealed class TaskEndpoint : IAsyncDisposable
{
    private const int ValueLimit = 256 * 1024;
    private const int ReportLimit = 16 * 1024 * 1024;

    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(200);

    private readonly Socket listener;
    private readonly int directoryDescriptor;
    private readonly string podUid;
    private readonly ArtifactStore store;
    private readonly ILogger log;
    private readonly CancellationTokenSource stop = new();
    private readonly Task accepting;

    private TaskEndpoint(Socket listener, string directory, int directoryDescriptor, string podUid, ArtifactStore store, ILogger log)
    {
        this.listener = listener;
        this.directoryDescriptor = directoryDescriptor;
        this.podUid = podUid;
        this.store = store;
        this.log = log;
        Directory = directory;
        accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Directory of the socket.</summary>
    public string Directory { get; }

    /// <summary>Listens in a pod's volume.</summary>
    public static TaskEndpoint Listen(string directory, string name, string podUid, ArtifactStore store, ILogger log)
    {
        var path = Path.Combine(directory, name);
        File.Delete(path); // of an earlier process: nobody listens behind it
        var descriptor = Libc.OpenDirectoryPath(directory);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // Socket paths end at 107 bytes and volumes lie deep: bound by way of the open directory the path is short. The directory stays
            // open as long as the socket, which removes the file by that same path.
            listener.Bind(new UnixDomainSocketEndPoint(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}/{name}")));
            File.SetUnixFileMode(path, (UnixFileMode)0b110_110_110); // tasks run as any user
            listener.Listen();
            return new TaskEndpoint(listener, directory, descriptor, podUid, store, log);
        }
        catch
        {
            listener.Dispose();
            _ = Libc.close(descriptor);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await accepting;
        _ = Libc.close(directoryDescriptor);
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await listener.AcceptAsync(stop.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                if (stop.IsCancellationRequested)
                    return;

                // Out of descriptors, most likely: not to be asked in a loop.
                log.LogWarning("The artifact endpoint of pod {Pod} failed to accept: {Reason}", podUid, e.Message);
                await Task.Delay(AcceptPause, TimeProvider.System, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        await using var stream = new NetworkStream(connection, ownsSocket: true);
        try
        {
            var reader = new EndpointReader(stream);
            if (await reader.LineAsync(stop.Token) != "slipway-task 1")
            {
                await AnswerAsync(stream, "error this endpoint speaks version 1 of the protocol of slipway-task");
                return;
            }

            while (await reader.LineAsync(stop.Token) is { } line)
            {
                try
                {
                    await AnswerAsync(stream, $"ok {await StoreAsync(line, reader)}");
                }
                catch (Exception e) when (e is ProtocolViolationException or ArtifactStoreFullException)
                {
                    log.LogWarning("Pod {Pod}: {Reason}", podUid, e.Message);
                    await AnswerAsync(stream, $"error {e.Message.ReplaceLineEndings(" ")}");
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            log.LogDebug("Pod {Pod}: the connection ended: {Reason}", podUid, e.Message);
        }
        catch (Exception e)
        {
            log.LogError(e, "Pod {Pod}: storing an output failed", podUid);
        }
    }

    private async ValueTask<string> StoreAsync(string line, EndpointReader reader)
    {
        var parts = line.Split(' ');
        var (name, sizeText, limit) = parts switch
        {
            ["file", var n, var s, _] => (n, s, long.MaxValue),
            ["value", var n, var s] => (n, s, ValueLimit),
            ["report", var s] => ("report", s, ReportLimit),
            _ => throw new ProtocolViolationException($"unknown request {line}"),
        };
        if (!long.TryParse(sizeText, NumberStyles.None, CultureInfo.InvariantCulture, out var size) || size > limit)
            throw new ProtocolViolationException($"{name} has {sizeText} bytes, and can have {limit}");

        using var whole = parts[0] == "value" ? new MemoryStream() : null;
        await using var writer = store.Begin(size);
        for (var rest = size; rest > 0;)
        {
            var part = await reader.PartAsync(rest, stop.Token);
            await writer.AppendAsync(part, stop.Token);
            whole?.Write(part.Span);
            rest -= part.Length;
        }

        if (whole is not null)
            CheckJson(name, whole.GetBuffer().AsMemory(0, (int)whole.Length));
        return await writer.CommitAsync(stop.Token);
    }

    private static void CheckJson(string name, ReadOnlyMemory<byte> text)
    {
        try
        {
            JsonDocument.Parse(text).Dispose();
        }
        catch (JsonException e)
        {
            throw new ProtocolViolationException($"value {name} is no JSON: line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}; write JSON, a text in quotes for instance");
        }
    }

    private async ValueTask AnswerAsync(NetworkStream stream, string line) => await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), stop.Token);

    private sealed class ProtocolViolationException(string message) : Exception(message);

    /// <summary>Lines and content from one stream.</summary>
    private sealed class EndpointReader(Stream stream)
    {
        private const int LineLimit = 4096;
        private readonly byte[] buffer = new byte[1 << 16];
        private int start;
        private int end;

        /// <summary>The next line; null at the end.</summary>
        public async ValueTask<string?> LineAsync(CancellationToken cancellation)
        {
            while (true)
            {
                var length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
                if (length >= 0)
                {
                    var line = Encoding.UTF8.GetString(buffer, start, length);
                    start += length + 1;
                    return line;
                }

                if (end - start >= LineLimit)
                    throw new IOException("a line is too long");
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                (start, end) = (0, end - start);
                var count = await stream.ReadAsync(buffer.AsMemory(end), cancellation);
                if (count == 0)
                    return null;
                end += count;
            }
        }

        /// <summary>The next bytes of content, at most <paramref name="limit"/>; valid until the next call.</summary>
        public async ValueTask<ReadOnlyMemory<byte>> PartAsync(long limit, CancellationToken cancellation)
        {
            if (start == end)
            {
                (start, end) = (0, await stream.ReadAsync(buffer, cancellation));
                if (end == 0)
                    throw new IOException("the content ended early");
            }

            var length = (int)Math.Min(limit, end - start);
            var part = buffer.AsMemory(start, length);
            start += length;
            return part;
        }
    }
}
