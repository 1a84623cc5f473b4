using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Api;

namespace Slipway.Network;

/// <summary>A port of the node that takes HTTP requests, until disposed.</summary>
internal sealed class PortListener : IAsyncDisposable
{
    private const int SocketLevel = 1, ReusePort = 15;
    private const int MaxConnections = 10_000;

    /// <summary>Most connections from one address, so that one client cannot take them all from others; many may be behind one.</summary>
    public const int MaxConnectionsOfAddress = MaxConnections / 2;

    private readonly WebApplication _host;

    private PortListener(WebApplication host, IPEndPoint address) => (_host, Address) = (host, address);

    /// <summary>The address, with the port that was taken.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Listens.</summary>
    /// <param name="address">The address; port 0 takes a free one.</param>
    /// <param name="certificate">Gives the certificate for the name that a client asks for; null: no TLS.</param>
    /// <param name="handle">Answers a request.</param>
    /// <param name="logs">Where the server reports.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <param name="ofAddress">Most connections from one address; more are closed.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<PortListener> StartAsync(
        IPEndPoint address, Func<string?, SslStreamCertificateContext>? certificate, RequestDelegate handle, ILoggerFactory logs, CancellationToken cancellation, int ofAddress = MaxConnectionsOfAddress)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<SocketTransportOptions>(transport => transport.CreateBoundListenSocket = Bind);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Configure(kestrel, address, certificate, new(ofAddress)));
        var host = builder.Build();
        host.Run(handle);
        try
        {
            await host.StartAsync(cancellation);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await host.DisposeAsync();
            throw e as IOException ?? new IOException(e.Message, e);
        }
        var taken = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new(host, IPEndPoint.Parse(new Uri(taken).Authority));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _host.StopAsync(limit.Token);
        await _host.DisposeAsync();
    }

    private static void Configure(KestrelServerOptions kestrel, IPEndPoint address, Func<string?, SslStreamCertificateContext>? certificate, Shares sources)
    {
        kestrel.AddServerHeader = false;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.UTF8;
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = MaxConnections;
        // How long and how slow bodies may be is the backends' business.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Listen(address, listen =>
        {
            listen.Use(next => connection => ConnectAsync(connection, sources, next));
            listen.Protocols = certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            if (certificate is not null)
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = hello => ValueTask.FromResult(Authentication(certificate(hello.ClientHelloInfo.ServerName))) });
        });
    }

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

    private static SslServerAuthenticationOptions Authentication(SslStreamCertificateContext certificate) => new()
    {
        ServerCertificateContext = certificate,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
    };

    // One cluster listens on all addresses of the machine and others on those of their nodes: the kernel lets that be when each
    // shares its port, and gives connections to whose address is more precise.
    private static Socket Bind(EndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address is IPEndPoint { Address: var ip } && ip.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.SetRawSocketOption(SocketLevel, ReusePort, BitConverter.GetBytes(1));
            socket.Bind(address);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    // Signals are the host program's business.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
