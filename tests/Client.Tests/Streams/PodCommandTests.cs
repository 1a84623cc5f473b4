using System.Net.WebSockets;
using System.Text;
using Slipway.Api;

namespace Slipway.Client.Tests.Streams;

/// <summary>Commands in containers, with a server's side that the test plays.</summary>
public sealed class PodCommandTests
{
    private const string Success = """{"status":"Success"}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_written_the_command_reads_and_what_it_writes_is_read()
    {
        var server = new Server(async socket =>
        {
            var echo = new List<byte>();
            while (echo.Count < 100_000)
                echo.AddRange((await TakeAsync(socket))[1..]);
            await SayAsync(socket, 1, []);
            await SayAsync(socket, 2, "words"u8.ToArray());
            for (var start = 0; start < echo.Count; start += 40_000)
                await SayAsync(socket, 1, [.. echo.Skip(start).Take(40_000)]);
            await SayAsync(socket, 3, Encoding.UTF8.GetBytes(Success));
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", Cancellation);
        });
        await using var command = await server.ExecAsync("n", "p", "c", ["cat", "a b"], Cancellation);
        Assert.Equal("/api/v1/namespaces/n/pods/p/exec?stdin=true&stdout=true&stderr=true&container=c&command=cat&command=a%20b", server.Path);
        var content = new byte[100_000];
        new Random(1).NextBytes(content);
        await command.WriteAsync(content, Cancellation);
        var copy = new MemoryStream();
        await command.CopyToAsync(copy, Cancellation);
        Assert.Equal(content, copy.ToArray());
    }

    [Theory]
    [InlineData("""{"status":"Failure","message":"command terminated with exit code 3"}""", "command terminated with exit code 3: words")]
    [InlineData("", "the connection to the command is lost: words")]
    [InlineData("no JSON", "the command has ended: no JSON: words")]
    public async Task A_command_that_fails_is_no_end_of_what_it_writes(string status, string expected)
    {
        var server = new Server(async socket =>
        {
            await SayAsync(socket, 1, "some"u8.ToArray());
            await SayAsync(socket, 2, "words\n"u8.ToArray());
            if (status.Length > 0)
                await SayAsync(socket, 3, Encoding.UTF8.GetBytes(status));
        });
        await using var command = await server.ExecAsync("n", "p", "c", ["fail"], Cancellation);
        var copy = new MemoryStream();
        Assert.Equal(expected, (await Assert.ThrowsAsync<IOException>(() => command.CopyToAsync(copy, Cancellation))).Message);
        Assert.Equal("some", Encoding.UTF8.GetString(copy.ToArray()));
        Assert.Equal(expected, (await Assert.ThrowsAsync<IOException>(async () => await command.ReadExactlyAsync(new byte[1], Cancellation))).Message);
    }

    [Fact]
    public async Task A_command_that_is_left_finds_its_input_at_an_end()
    {
        var ended = new TaskCompletionSource();
        var server = new Server(async socket =>
        {
            await Assert.ThrowsAsync<WebSocketException>(() => TakeAsync(socket));
            ended.SetResult();
        });
        await (await server.ExecAsync("n", "p", "c", ["cat"], Cancellation)).DisposeAsync();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
    }

    [Fact]
    public async Task A_refusal_is_told()
    {
        var api = new ScriptedApi();
        var asking = api.ExecAsync("n", "p", "c", ["cat"], Cancellation);
        var exchange = await api.NextAsync();
        Assert.Equal("websocket", exchange.Request.Upgrade);
        exchange.Refuse(403, "Forbidden", "not you");
        Assert.Equal((403, "not you"), (await Assert.ThrowsAsync<ApiException>(() => asking)) is var e ? (e.Code, e.Message) : default);
    }

    private static async Task<byte[]> TakeAsync(WebSocket socket)
    {
        var buffer = new byte[64 << 10];
        var piece = await socket.ReceiveAsync(buffer.AsMemory(), Cancellation);
        return buffer[..piece.Count];
    }

    private static async Task SayAsync(WebSocket socket, byte channel, byte[] data) =>
        await socket.SendAsync(new byte[] { channel }.Concat(data).ToArray().AsMemory(), WebSocketMessageType.Binary, true, Cancellation);

    private sealed class Server(Func<WebSocket, Task> serve) : IApi, IConnectionHandler
    {
        public string Path { get; private set; } = "";

        public ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
        {
            Path = request.PathAndQuery;
            Assert.Equal(["v5.channel.k8s.io", "v4.channel.k8s.io"], request.ListHeader("Sec-WebSocket-Protocol"));
            return ValueTask.FromResult(new ApiResponse { StatusCode = 101, Connection = this });
        }

        public async Task RunAsync(Stream client, CancellationToken cancellation)
        {
            using var socket = WebSocket.CreateFromStream(client, new WebSocketCreationOptions { IsServer = true });
            await serve(socket);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
