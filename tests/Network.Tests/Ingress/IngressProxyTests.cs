using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;
using Slipway.Network.Services;

namespace Slipway.Network.Ingress;

/// <summary>Requests over real connections, with servers of this process as pods.</summary>
public sealed class IngressProxyTests
{
    private static readonly ObjectKey Web = new("shop", "web");

    [Fact]
    public async Task A_request_and_its_answer_are_passed_on_with_who_asked()
    {
        await using var pod = await Pod.StartAsync(async context =>
        {
            context.Response.StatusCode = 418;
            context.Response.Headers["X-Pod"] = "1";
            var body = await new StreamReader(context.Request.Body).ReadToEndAsync();
            var headers = new[] { "Host", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "X-Own", "X_Real_IP" }.Select(name => $"{name}={context.Request.Headers[name]}");
            await context.Response.WriteAsync($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {body} {string.Join(' ', headers)}");
        });
        await using var ingress = await Ingress.StartAsync(pod);
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(ingress.Address, "/a%20b/c?x=1%2F2")) { Content = new StringContent("body") };
        request.Headers.Host = "shop.example.org:8080";
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "203.0.113.9");
        request.Headers.TryAddWithoutValidation("Forwarded", "for=203.0.113.9");
        request.Headers.TryAddWithoutValidation("X-Own", "kept");
        request.Headers.TryAddWithoutValidation("X_Real_IP", "203.0.113.9");
        using var answer = await ingress.Client.SendAsync(request);
        Assert.Equal(418, (int)answer.StatusCode);
        Assert.Equal("1", Assert.Single(answer.Headers.GetValues("X-Pod")));
        Assert.Equal("PUT /a%20b/c?x=1%2F2 body Host=shop.example.org:8080 X-Forwarded-For=127.0.0.1 X-Forwarded-Proto=http X-Forwarded-Host=shop.example.org:8080 X-Real-IP=127.0.0.1 Forwarded= X-Own=kept X_Real_IP=",
            await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Requests_are_shared_out_among_ready_endpoints_and_follow_changes()
    {
        await using var one = await Pod.StartAsync(context => context.Response.WriteAsync("one"));
        await using var two = await Pod.StartAsync(context => context.Response.WriteAsync("two"));
        await using var ingress = await Ingress.StartAsync(one, two);
        Assert.Equal(["one", "two"], await ingress.SeenAsync());
        ingress.SetPods(two);
        Assert.Equal(["two"], await ingress.SeenAsync());
        ingress.SetPods();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await ingress.Client.GetAsync(ingress.Address)).StatusCode);
        ingress.SetPods(one);
        Assert.Equal(["one"], await ingress.SeenAsync());
    }

    [Fact]
    public async Task An_endpoint_that_refuses_connections_costs_no_request()
    {
        await using var alive = await Pod.StartAsync(context => context.Response.WriteAsync("alive"));
        var gone = await Pod.StartAsync(context => context.Response.WriteAsync("gone"));
        await gone.DisposeAsync();
        await using var ingress = await Ingress.StartAsync(gone, alive);
        Assert.Equal(["alive"], await ingress.SeenAsync());
        ingress.SetPods(gone);
        using var answer = await ingress.Client.PostAsync(ingress.Address, new StringContent("body"));
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("no endpoint of shop/web:80 accepts connections\n", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_request_that_a_pod_has_seen_is_not_sent_again()
    {
        var seen = 0;
        await using var pod = await Pod.StartAsync(context =>
        {
            Interlocked.Increment(ref seen);
            context.Abort();
            return Task.CompletedTask;
        });
        await using var ingress = await Ingress.StartAsync(pod, pod);
        using var answer = await ingress.Client.PostAsync(ingress.Address, new StringContent("pay 10"));
        Assert.Equal((HttpStatusCode.BadGateway, 1), (answer.StatusCode, seen));
    }

    [Fact]
    public async Task Answers_are_passed_on_piece_by_piece()
    {
        var next = new SemaphoreSlim(0);
        await using var pod = await Pod.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.FlushAsync();
            for (var i = 0; i < 3; i++)
            {
                await next.WaitAsync();
                await context.Response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"data: {i}\n"));
                await context.Response.Body.FlushAsync();
            }
        });
        await using var ingress = await Ingress.StartAsync(pod);
        using var answer = await ingress.Client.GetAsync(ingress.Address, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        for (var i = 0; i < 3; i++)
        {
            next.Release();
            Assert.Equal($"data: {i}", await lines.ReadLineAsync());
        }
    }

    [Fact]
    public async Task Bodies_of_any_length_pass_in_both_directions()
    {
        const int Size = 64 << 20;
        await using var pod = await Pod.StartAsync(async context =>
        {
            var (piece, total) = (new byte[1 << 20], 0L);
            while (await context.Request.Body.ReadAsync(piece) is > 0 and var read) total += read;
            for (var sent = 0L; sent < total; sent += piece.Length) await context.Response.Body.WriteAsync(piece);
        });
        await using var ingress = await Ingress.StartAsync(pod);
        using var request = new HttpRequestMessage(HttpMethod.Post, ingress.Address) { Content = new ByteArrayContent(new byte[Size]) };
        using var answer = await ingress.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var (buffer, received) = (new byte[1 << 20], 0L);
        await using var body = await answer.Content.ReadAsStreamAsync();
        while (await body.ReadAsync(buffer) is > 0 and var read) received += read;
        Assert.Equal(Size, received);
    }

    [Fact]
    public async Task WebSockets_pass()
    {
        await using var pod = await Pod.StartAsync(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[100];
            while (await socket.ReceiveAsync(buffer, default) is { MessageType: not WebSocketMessageType.Close } part) await socket.SendAsync(buffer.AsMemory(0, part.Count), part.MessageType, part.EndOfMessage, default);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "over", default);
        });
        await using var ingress = await Ingress.StartAsync(pod);
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new UriBuilder(ingress.Address) { Scheme = "ws" }.Uri, default);
        await client.SendAsync(Encoding.UTF8.GetBytes("hello"), WebSocketMessageType.Text, true, default);
        var buffer = new byte[100];
        var part = await client.ReceiveAsync(buffer, default);
        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, part.Count));
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", default);
        Assert.Equal("over", client.CloseStatusDescription);
    }

    [Fact]
    public async Task GRPC_passes_over_HTTP2_with_its_trailers()
    {
        await using var pod = await Pod.StartAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            var body = await new StreamReader(context.Request.Body).ReadToEndAsync();
            await context.Response.WriteAsync($"{context.Request.Protocol} {context.Request.Scheme} {context.Request.Headers["X-Forwarded-Proto"]} {body}");
            context.Response.AppendTrailer("grpc-status", "0");
        }, HttpProtocols.Http2);
        await using var ingress = await Ingress.StartAsync(tls: true, pod);
        using var request = new HttpRequestMessage(HttpMethod.Post, ingress.Address) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new StringContent("call") };
        request.Content.Headers.ContentType = new("application/grpc");
        using var answer = await ingress.Client.SendAsync(request);
        Assert.Equal("HTTP/2 http https call", await answer.Content.ReadAsStringAsync());
        Assert.Equal("0", Assert.Single(answer.TrailingHeaders.GetValues("grpc-status")));
    }

    [Theory]
    [InlineData("shop.org", "shop.org")]
    [InlineData("shop.org:8080", "shop.org")]
    [InlineData("[2001:db8::1]", "[2001:db8::1]")]
    [InlineData("[2001:db8::1]:80", "[2001:db8::1]")]
    [InlineData("", "")]
    public void The_host_of_a_request_is_without_its_port(string header, string host) => Assert.Equal(host, IngressProxy.HostOf(header).ToString());

    [Fact]
    public async Task A_port_that_is_taken_is_told()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        await Assert.ThrowsAnyAsync<IOException>(() => PortListener.StartAsync((IPEndPoint)other.LocalEndPoint!, null, _ => Task.CompletedTask, NullLoggerFactory.Instance, CancellationToken.None));
    }

    [Fact]
    public async Task All_addresses_and_a_more_precise_one_share_a_port()
    {
        await using var precise = await PortListener.StartAsync(new(IPAddress.Parse("127.0.0.2"), 0), null, context => context.Response.WriteAsync("precise"), NullLoggerFactory.Instance, CancellationToken.None);
        await using var all = await PortListener.StartAsync(new(IPAddress.IPv6Any, precise.Address.Port), null, context => context.Response.WriteAsync("all"), NullLoggerFactory.Instance, CancellationToken.None);
        using var client = new HttpClient();
        Assert.Equal("precise", await client.GetStringAsync(new Uri($"http://127.0.0.2:{precise.Address.Port}")));
        Assert.Equal("all", await client.GetStringAsync(new Uri($"http://127.0.0.1:{precise.Address.Port}")));
    }

    [Fact]
    public async Task One_address_does_not_take_all_connections_from_others()
    {
        await using var port = await PortListener.StartAsync(new(IPAddress.Loopback, 0), null, context => context.Response.WriteAsync("served"), NullLoggerFactory.Instance, CancellationToken.None, ofAddress: 2);
        using var one = NewSocket("127.0.0.1");
        using var two = NewSocket("127.0.0.1");
        Assert.True(await IsServedAsync(one));
        Assert.True(await IsServedAsync(two));
        using (var three = NewSocket("127.0.0.1"))
            Assert.False(await IsServedAsync(three));
        using (var other = NewSocket("127.0.0.3"))
            Assert.True(await IsServedAsync(other));
        one.Dispose();
        for (var isServed = false; !isServed;)
        {
            using var next = NewSocket("127.0.0.1");
            isServed = await IsServedAsync(next);
        }

        static Socket NewSocket(string from)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            return socket;
        }

        // A connection too many is reset at once, which connecting, sending or receiving may be the first to see.
        async Task<bool> IsServedAsync(Socket socket)
        {
            var buffer = new byte[4096];
            try
            {
                await socket.ConnectAsync(port.Address, TestContext.Current.CancellationToken);
                await socket.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
                return await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken) > 0;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }

    /// <summary>A listener whose one ingress leads everything to the service <c>web</c>.</summary>
    private sealed class Ingress : IAsyncDisposable
    {
        private readonly IngressProxy _proxy;
        private IReadOnlyList<SliceView> _slices = [];
        private bool _tls;
        private PortListener? _listener;

        private Ingress() => _proxy = new(_ => new(Make.Service("""{"clusterIP":"10.128.16.7","ports":[{"port":80}]}"""), _slices));

#pragma warning disable CA5359 // The certificate is of the test's own making.
        public HttpClient Client { get; } = new(new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, _, _, _) => true } });
#pragma warning restore CA5359

        public Uri Address => new($"{(_tls ? "https" : "http")}://{_listener!.Address}");

        public static Task<Ingress> StartAsync(params Pod[] pods) => StartAsync(tls: false, pods);

        public static async Task<Ingress> StartAsync(bool tls, params Pod[] pods)
        {
            var ingress = new Ingress { _tls = tls };
            var certificate = IngressCertificates.MakeUnknown(TimeProvider.System);
            ingress.SetPods(pods);
            ingress._proxy.SetRoutes(new([MakeIngress.Of("a", """ "defaultBackend":{"service":{"name":"web","port":{"number":80}}} """)]));
            ingress._listener = await PortListener.StartAsync(new(IPAddress.Loopback, 0), tls ? _ => certificate : null, ingress._proxy.HandleAsync, NullLoggerFactory.Instance, CancellationToken.None);
            return ingress;
        }

        public void SetPods(params Pod[] pods)
        {
            // A slice has one port for all of its endpoints, and each pod of this process one of its own.
            _slices = [.. pods.Select(pod => Make.Slice(string.Create(CultureInfo.InvariantCulture, $$"""[{"name":"","port":{{pod.Address.Port}},"protocol":"TCP"}]"""), "127.0.0.1"))];
            _proxy.Invalidate(Web);
        }

        public async Task<string[]> SeenAsync()
        {
            var seen = new SortedSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < 40; i++) seen.Add(await Client.GetStringAsync(Address));
            return [.. seen];
        }

        public async ValueTask DisposeAsync()
        {
            await _listener!.DisposeAsync();
            _proxy.Dispose();
            Client.Dispose();
        }
    }

    /// <summary>A server on a free port.</summary>
    private sealed class Pod(WebApplication host, Uri address) : IAsyncDisposable
    {
        public Uri Address => address;

        public static async Task<Pod> StartAsync(RequestDelegate handle, HttpProtocols protocols = HttpProtocols.Http1)
        {
            var builder = WebApplication.CreateEmptyBuilder(new());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            {
                kestrel.Limits.MaxRequestBodySize = null;
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
            });
            var host = builder.Build();
            host.UseWebSockets();
            host.Run(handle);
            await host.StartAsync();
            return new(host, new(host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()));
        }

        public async ValueTask DisposeAsync()
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await host.StopAsync(limit.Token);
            await host.DisposeAsync();
        }
    }
}
