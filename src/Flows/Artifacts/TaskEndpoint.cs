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
    private readonly IArtifactSink store;
    private readonly ILogger log;
    private readonly CancellationTokenSource stop = new();
    private readonly Task accepting;

    private TaskEndpoint(Socket listener, string directory, int directoryDescriptor, string podUid, IArtifactSink store, ILogger log)
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
    public static TaskEndpoint Listen(string directory, string name, string podUid, IArtifactSink store, ILogger log)
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
                catch (Exception e) when (e is ProtocolViolationException or ArtifactRefusedException)
                {
                    log.LogWarning("Pod {Pod}: {Reason}", podUid, e.Message);
                    await AnswerAsync(stream, $"error {e.Message.ReplaceLineEndings(" ")}");
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            log.LogInformation("Pod {Pod}: the connection ended: {Reason}", podUid, e.Message);
        }
        catch (Exception e)
        {
            log.LogError(e, "Pod {Pod}: storing an output failed", podUid);
        }
    }

    private async ValueTask<string> StoreAsync(string line, EndpointReader reader)
    {
        switch (line.Split(' '))
        {
            case ["file", var name, var size, _]:
                return await reader.StoreAsync(store, Size(name, size, long.MaxValue), stop.Token);
            case ["directory", var name, _]:
                var directory = await DirectoryUpload.ReceiveAsync(name, reader, store, stop.Token);
                return string.Create(CultureInfo.InvariantCulture, $"{directory.Sha256} {directory.Size} {directory.FileCount}");
            case ["value", var name, var size]:
                return await store.WriteAsync(await ValueAsync(name, Size(name, size, ValueLimit), reader), stop.Token);
            case ["report", var size]:
                return await reader.StoreAsync(store, Size("report", size, ReportLimit), stop.Token);
            default:
                throw new ProtocolViolationException($"unknown request {line}");
        }
    }

    private async ValueTask<byte[]> ValueAsync(string name, long size, EndpointReader reader)
    {
        var text = new byte[size];
        for (var taken = 0; taken < size;)
        {
            var part = await reader.PartAsync(size - taken, stop.Token);
            part.CopyTo(text.AsMemory(taken));
            taken += part.Length;
        }

        CheckJson(name, text);
        return text;
    }

    /// <summary>Reads the size of what follows.</summary>
    /// <exception cref="ProtocolViolationException">It is none, or larger than the limit.</exception>
    internal static long Size(string name, string text, long limit) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size <= limit ? size : throw new ProtocolViolationException($"{name} has {text} bytes, and can have {limit}");

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
}
