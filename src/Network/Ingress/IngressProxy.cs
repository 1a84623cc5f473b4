using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;
using Yarp.ReverseProxy.Forwarder;

namespace Slipway.Network;

/// <summary>
/// Sends requests on to the endpoints of the backends that ingresses name, and their answers back: bodies of any length and
/// WebSockets as they come, gRPC over HTTP/2.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>The host and the path decide on the backend.</item>
/// <item>The pool of the backend chooses an endpoint.</item>
/// <item>The request is sent there. If no connection came about, another endpoint is tried; once one has, it may have seen something, and the client hears of what went wrong.</item>
/// </list>
/// </remarks>
internal sealed class IngressProxy : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan IdleConnections = TimeSpan.FromSeconds(60);

    // A pause of any length is allowed; connections whose other side is gone end by keep-alive.
    private static readonly ForwarderRequestConfig Http = new() { ActivityTimeout = Timeout.InfiniteTimeSpan, Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
    private static readonly ForwarderRequestConfig H2c = Http with { Version = HttpVersion.Version20 };
    private static readonly ForwarderRequestConfig Https = Http with { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };

    private readonly ConcurrentDictionary<IngressBackend, EndpointPool> _pools = [];
    private readonly Func<ObjectKey, ServiceState> _look;
    private readonly ServiceProvider _services;
    private readonly IHttpForwarder _forwarder;
    private readonly HttpMessageInvoker _client;
    private volatile IngressRoutes _routes = new([]);

    /// <param name="look">Tells the state of a service.</param>
    public IngressProxy(Func<ObjectKey, ServiceState> look)
    {
        _look = look;
        // The forwarder tells of each request, which the server's log is not for.
        _services = new ServiceCollection().AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).AddLogging().AddHttpForwarder().BuildServiceProvider();
        _forwarder = _services.GetRequiredService<IHttpForwarder>();
        _client = new(Handler());
    }

    /// <summary>Takes the routes of all ingresses.</summary>
    public void SetRoutes(IngressRoutes routes)
    {
        _routes = routes;
        var backends = routes.Backends.ToHashSet();
        foreach (var backend in _pools.Keys)
            if (!backends.Contains(backend)) _pools.TryRemove(backend, out _);
    }

    /// <summary>Says that a service or a slice of it has changed.</summary>
    public void Invalidate(ObjectKey service)
    {
        foreach (var (backend, pool) in _pools)
            if (backend.Service == service) pool.Invalidate();
    }

    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var route = _routes.Find(HostOf(context.Request.Host.Value), context.Request.Path.Value);
        if (route is null)
        {
            await AnswerAsync(context, StatusCodes.Status404NotFound, "no Ingress has a rule for this host and path");
            return;
        }
        if (route.Backend is not { } backend)
        {
            await AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, $"the Ingress {route.Ingress} leads to a resource that is no service");
            return;
        }
        var pool = _pools.GetOrAdd(backend, static (key, look) => new(key, look), _look);
        var tried = new List<IngressEndpoint>(0);
        while (pool.Choose(tried) is { } endpoint)
        {
            if (await ForwardAsync(context, endpoint, pool.Protocol)) return;
            tried.Add(endpoint);
        }
        await (tried.Count == 0
            ? AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, $"no endpoint of {backend} is ready")
            : AnswerAsync(context, StatusCodes.Status502BadGateway, $"no endpoint of {backend} accepts connections"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _services.Dispose();
    }

    /// <summary>The name in a <c>Host</c> header, without its port.</summary>
    internal static ReadOnlySpan<char> HostOf(ReadOnlySpan<char> host)
    {
        var port = host.LastIndexOf(':');
        return port < 0 || host.EndsWith("]") ? host : host[..port];
    }

    // Whether the request is answered, be it with an error; otherwise nobody has seen it yet.
    private async Task<bool> ForwardAsync(HttpContext context, IngressEndpoint endpoint, BackendProtocol protocol)
    {
        // Only HTTP/2 carries gRPC, so that nothing need be declared for it.
        if (protocol == BackendProtocol.Http && HttpProtocol.IsHttp2(context.Request.Protocol) && ForwardedHeaders.IsGrpc(context.Request.ContentType)) protocol = BackendProtocol.H2c;
        var scheme = protocol == BackendProtocol.Https ? "https" : "http";
        var config = protocol switch { BackendProtocol.H2c => H2c, BackendProtocol.Https => Https, _ => Http };
        endpoint.Begin();
        try
        {
            context.Response.StatusCode = StatusCodes.Status200OK;   // the forwarder takes another one for an answer
            var address = string.Create(CultureInfo.InvariantCulture, $"{scheme}://{endpoint.At.Address}:{endpoint.At.Port}");
            if (await _forwarder.SendAsync(context, address, _client, config, ForwardedHeaders.Instance) == ForwarderError.None || context.Response.HasStarted) return true;
            if (IsUnreached(context.Features.Get<IForwarderErrorFeature>()?.Exception)) return false;
            if (!context.RequestAborted.IsCancellationRequested) await AnswerAsync(context, context.Response.StatusCode, "the connection to the backend ended before it had answered");
            return true;
        }
        finally
        {
            endpoint.End();
        }
    }

    // Nothing else is limited in time than the making of a connection.
    private static bool IsUnreached(Exception? error) =>
        error is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError } or OperationCanceledException { InnerException: TimeoutException };

    private static Task AnswerAsync(HttpContext context, int code, string text)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync($"{text}\n", context.RequestAborted);
    }

    private static SocketsHttpHandler Handler() => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = ConnectTimeout,
        PooledConnectionIdleTimeout = IdleConnections,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
#pragma warning disable CA5359 // Pods have certificates of their own making, and an Ingress cannot say whom to trust.
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
#pragma warning restore CA5359
        ConnectCallback = static async (target, cancellation) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 60);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 15);
                await socket.ConnectAsync(target.DnsEndPoint, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };
}
