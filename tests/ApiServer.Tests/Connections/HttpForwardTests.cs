using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Slipway.Api;
using Slipway.ApiServer.Subresources.Connections;

namespace Slipway.ApiServer.Tests.Connections;

/// <summary>What passes a proxy, against a server that is nothing but a socket.</summary>
public sealed class HttpForwardTests : IDisposable
{
    private const string Prefix = "/api/v1/namespaces/n/pods/p/proxy";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly HttpForward _forward = new();

    public HttpForwardTests() => _listener.Start();

    public void Dispose()
    {
        _listener.Dispose();
        _forward.Dispose();
    }

    [Fact]
    public async Task Requests_and_answers_pass_as_they_are()
    {
        var served = ServeAsync("HTTP/1.1 302 Found\r\nLocation: /login\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\nContent-Type: text/x\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\nKeep-Alive: timeout=5\r\n\r\nxyz", until: "body");
        await using var answer = await _forward.SendAsync(Target("/a%2Fb/?q=1%20"), Prefix, new ApiRequest("PUT", $"{Prefix}/a%2Fb/?q=1%20")
        {
            Headers = [new("Content-Type", "text/y"), new("Content-Length", "4"), new("Host", "cluster.example:6443"), new("X-One", "1")],
            Stream = new MemoryStream("body"u8.ToArray()),
        }, TestContext.Current.CancellationToken);

        var request = await served;
        Assert.StartsWith("PUT /a%2Fb/?q=1%20 HTTP/1.1\r\n", request, StringComparison.Ordinal);
        foreach (var line in new[] { "Content-Type: text/y", "Content-Length: 4", "Host: cluster.example:6443", "X-One: 1", $"X-Forwarded-Uri: {Prefix}/a%2Fb/?q=1%20" })
            Assert.Contains($"{line}\r\n", request, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nbody", request, StringComparison.Ordinal);
        Assert.Equal((302, "text/x"), (answer.StatusCode, answer.ContentType));
        Assert.Equal([$"Location: {Prefix}/login", "Set-Cookie: a=b", "Set-Cookie: c=d", "Content-Encoding: gzip", "Content-Length: 3"], answer.Headers.Select(h => $"{h.Key}: {h.Value}"));
        Assert.Equal("xyz", await new StreamReader(answer.Stream!).ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Pages_come_with_links_that_lead_back()
    {
        var served = ServeAsync("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 15\r\n\r\n<a href=\"/next\">", until: "\r\n\r\n");
        await using var answer = await _forward.SendAsync(Target("/"), Prefix, new ApiRequest("GET", Prefix + "/"), TestContext.Current.CancellationToken);
        await served;
        Assert.Empty(answer.Headers);
        Assert.Equal($"<a href=\"{Prefix}/next\"", await new StreamReader(answer.Stream!).ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Connections_pass_when_the_server_switches()
    {
        var served = ServeAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Own: 1\r\n\r\n", until: "\r\n\r\n", echo: true);
        await using var answer = await _forward.SendAsync(Target("/"), Prefix, new ApiRequest("GET", Prefix + "/") { Upgrade = "echo" }, TestContext.Current.CancellationToken);
        Assert.Equal(101, answer.StatusCode);
        Assert.Equal([new("Upgrade", "echo"), new("X-Own", "1")], answer.Headers);

        var (there, back) = (new Pipe(), new Pipe());
        await using var client = new TwoWays(there.Reader.AsStream(), back.Writer.AsStream());
        var running = answer.Connection!.RunAsync(client, TestContext.Current.CancellationToken);
        await there.Writer.WriteAsync("through"u8.ToArray(), TestContext.Current.CancellationToken);
        var echoed = await back.Reader.ReadAtLeastAsync(7, TestContext.Current.CancellationToken);
        Assert.Equal("through", Encoding.ASCII.GetString(echoed.Buffer));
        await there.Writer.CompleteAsync();
        await running;
        Assert.Contains("Upgrade: echo", await served, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_of()
    {
        var target = Target("/");
        _listener.Stop();
        var refusal = await Assert.ThrowsAsync<ApiException>(async () => await _forward.SendAsync(target, Prefix, new ApiRequest("GET", Prefix + "/"), TestContext.Current.CancellationToken));
        Assert.Equal((503, $"error trying to reach service: dial tcp 127.0.0.1:{target.Port}: connect: connection refused"), (refusal.Code, refusal.Message));
    }

    private Uri Target(string path) => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}{path}");

    private async Task<string> ServeAsync(string answer, string until, bool echo = false)
    {
        using var socket = await _listener.AcceptTcpClientAsync();
        await using var stream = socket.GetStream();
        var request = new StringBuilder();
        var buffer = new byte[4096];
        while (!request.ToString().EndsWith(until, StringComparison.Ordinal)) request.Append(Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer)));
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
        while (echo && await stream.ReadAsync(buffer) is > 0 and var length) await stream.WriteAsync(buffer.AsMemory(0, length));
        return request.ToString();
    }

    private sealed class TwoWays(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => output.WriteAsync(buffer, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
