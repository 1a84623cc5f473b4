using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.ApiServer;
using Slipway.ApiServer.Serving;
using Slipway.Storage;

namespace Slipway.Conformance;

/// <summary>An API server over TLS with limits of a test, and clients that need not behave.</summary>
internal sealed class LimitedServer : IAsyncDisposable
{
    private readonly TestPki _pki = new();
    private readonly MemoryStore _store = new();
    private readonly List<IDisposable> _clients = [];
    private ApiServer.ApiServer? _server;
    private HttpsEndpoint? _endpoint;

    public static async Task<LimitedServer> StartAsync(Func<HttpsOptions, HttpsOptions> limit, ApiServerOptions? options = null)
    {
        var server = new LimitedServer();
        server._server = new ApiServer.ApiServer(server._store, options ?? new ApiServerOptions(), TimeProvider.System, NullLoggerFactory.Instance);
        await server._server.StartAsync(TestContext.Current.CancellationToken);
        server._endpoint = await server._server.ListenAsync(limit(new HttpsOptions
        {
            Addresses = [new IPEndPoint(IPAddress.Loopback, 0)],
            ServerCertificate = () => server._pki.Server,
            ClientAuthorities = () => [server._pki.Authority],
        }), TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>A well-behaved client of a user, who is an administrator unless another group is given; null: of nobody.</summary>
    public HttpClient Client(string? user, string from = "127.0.0.1", string? group = "system:masters", bool ofAgent = false)
    {
        var handler = new SocketsHttpHandler { ConnectCallback = async (_, cancellation) => new NetworkStream(await OpenAsync(from, ofAgent, cancellation), ownsSocket: true) };
        handler.SslOptions.CertificateChainPolicy = Trust();
        if (user is not null) handler.SslOptions.ClientCertificates = [_pki.Client(user, group)];
        return Kept(new HttpClient(handler) { BaseAddress = new Uri($"https://{AddressOf(ofAgent)}") });
    }

    /// <summary>A connection on which anything can be written.</summary>
    public async Task<SslStream> ConnectAsync(string user, SslApplicationProtocol? protocol = null, bool ofAgent = false)
    {
        var stream = Kept(new SslStream(Kept(new NetworkStream(await OpenAsync("127.0.0.1", ofAgent, TestContext.Current.CancellationToken), ownsSocket: true))));
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            CertificateChainPolicy = Trust(),
            ClientCertificates = [_pki.Client(user, "system:masters")],
            ApplicationProtocols = protocol is { } only ? [only] : null,
        }, TestContext.Current.CancellationToken);
        return stream;
    }

    /// <summary>A connection on which nothing is said.</summary>
    public async Task OpenIdleAsync() => Kept(await OpenAsync("127.0.0.1", ofAgent: false, TestContext.Current.CancellationToken));

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        if (_endpoint is not null) await _endpoint.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
        await _store.DisposeAsync();
        _pki.Dispose();
    }

    public static ValueTask WriteAsync(SslStream stream, string text) => stream.WriteAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);

    /// <summary>What the server says until it closes the connection.</summary>
    public static async Task<string> ReadToEndAsync(SslStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer, TestContext.Current.CancellationToken) is > 0 and var read) text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        catch (IOException)
        {
            // Closed without ceremony.
        }
        return text.ToString();
    }

    /// <summary>Asks until the server answers with what is asked for; an <see cref="OperationCanceledException"/> when it does not in two minutes.</summary>
    public static async Task UntilServedAsync(HttpClient client, string path)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        while (true)
        {
            using var response = await client.GetAsync(path, patience.Token);
            if (response.IsSuccessStatusCode) return;
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token);
        }
    }

    private async Task<Socket> OpenAsync(string from, bool ofAgent, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(AddressOf(ofAgent), cancellation);
        return socket;
    }

    private IPEndPoint AddressOf(bool ofAgent) => ofAgent ? _endpoint!.Agent! : _endpoint!.Addresses[0];

    private X509ChainPolicy Trust() => new() { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { _pki.Authority }, RevocationMode = X509RevocationMode.NoCheck };

    private T Kept<T>(T client) where T : IDisposable
    {
        lock (_clients) _clients.Add(client);
        return client;
    }
}
