using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.ApiServer.Authentication;

namespace Slipway.ApiServer.Serving;

/// <summary>The API on HTTPS addresses, and that of a node's agent beside it if asked, until disposed.</summary>
public sealed class HttpsEndpoint : IAsyncDisposable
{
    private const int MaxHead = 1 << 20;   // bytes of a request's line and headers
    private static readonly object AgentKey = new();

    private readonly WebApplication _host;

    private HttpsEndpoint(WebApplication host, IReadOnlyList<IPEndPoint> addresses, IPEndPoint? agent) => (_host, Addresses, Agent) = (host, addresses, agent);

    /// <summary>The addresses at which the API is served, with the ports that were taken.</summary>
    public IReadOnlyList<IPEndPoint> Addresses { get; }

    /// <summary>The address of the node's agent, with the port that was taken; null where it is not served.</summary>
    public IPEndPoint? Agent { get; }

    internal static async Task<HttpsEndpoint> StartAsync(
        HttpsOptions options, Identification identification, IRequestTarget target, IRequestTarget? agent, TimeProvider clock, ILoggerFactory logs, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Configure(kestrel, options, clock));
        var host = builder.Build();
        var handler = new HttpHandler(identification, target, options, clock, host.Lifetime.ApplicationStopping);
        if (agent is null) host.Run(handler.HandleAsync);
        else
        {
            var ofAgent = new HttpHandler(identification, agent, options, clock, host.Lifetime.ApplicationStopping);
            host.Run(http => (IsForAgent(http) ? ofAgent : handler).HandleAsync(http));
        }
        await host.StartAsync(cancellation);
        var addresses = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        // In the order in which they were asked for.
        IPEndPoint[] taken = [.. addresses.Select(a => IPEndPoint.Parse(new Uri(a).Authority))];
        return options.Agent is null ? new HttpsEndpoint(host, taken, null) : new HttpsEndpoint(host, taken[..^1], taken[^1]);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _host.StopAsync(limit.Token);
        await _host.DisposeAsync();
    }

    private static void Configure(KestrelServerOptions kestrel, HttpsOptions options, TimeProvider clock)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.UTF8;   // those of servers behind proxies may be anything
        kestrel.Limits.MaxRequestBodySize = null;      // the handler answers with a Status instead
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.RequestHeadersTimeout = options.HeadersTimeout;
        // Commands of exec travel in the address: as long as Go's servers take it, and so clients make it.
        kestrel.Limits.MaxRequestLineSize = MaxHead;
        kestrel.Limits.MaxRequestHeadersTotalSize = MaxHead;
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = MaxHead;
        kestrel.Limits.MaxRequestBufferSize = MaxHead;
        kestrel.Limits.MaxResponseBufferSize = 1 << 20;
        kestrel.Limits.MinResponseDataRate = null;     // watches are quiet for long
        kestrel.Limits.MinRequestBodyDataRate = null;  // a request has its own time, and what is passed on may be quiet too
        kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
        var sources = new Shares(options.MaxConnectionsOfAddress);
        foreach (var address in options.Addresses) Listen(address, isOfAgent: false);
        if (options.Agent is { } agent) Listen(agent.Address, isOfAgent: true);

        void Listen(IPEndPoint address, bool isOfAgent) => kestrel.Listen(address, listen =>
        {
            listen.Use(next => connection =>
            {
                if (isOfAgent) connection.Items[AgentKey] = AgentKey;
                return ConnectAsync(connection, sources, next);
            });
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(Authentication(options, clock)),
            });
        });
    }

    private static bool IsForAgent(HttpContext http) => http.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(AgentKey) == true;

    // What is over an address's share is closed before it costs a handshake.
    private static async Task ConnectAsync(ConnectionContext connection, Shares sources, ConnectionDelegate next)
    {
        if (sources.Take((connection.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "") is not { } share)
        {
            connection.Abort();
            return;
        }
        using (share) await next(connection);
    }

    private static SslServerAuthenticationOptions Authentication(HttpsOptions options, TimeProvider clock) => new()
    {
        ServerCertificate = options.ServerCertificate(),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateRequired = true,   // asked for; a client without one is anonymous
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            certificate is null || ClientCertificates.IsTrusted((X509Certificate2)certificate, options.ClientAuthorities(), clock.GetUtcNow()),
    };

    // Signals are the host program's business, not the endpoint's.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
