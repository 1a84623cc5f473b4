using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;
using Slipway.ApiServer.Serving;
using Slipway.Storage;
using Slipway.Testing;

namespace Slipway.ApiServer.Tests;

public sealed class HttpsEndpointTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-https-").FullName;
    private readonly MemoryStore _store = new();
    private readonly ApiServer _server;
    private readonly X509Certificate2 _own;
    private readonly X509Certificate2 _authority;

    public HttpsEndpointTests()
    {
        var pki = ProcessPki.Create(_directory);
        _own = X509Certificate2.CreateFromPemFile(pki.Server.Certificate, pki.Server.Key);
        _authority = X509CertificateLoader.LoadCertificateFromFile(pki.Authority);
        _server = new(_store, new ApiServerOptions { Nodes = new Nowhere(), Hooks = Echo }, TimeProvider.System, NullLoggerFactory.Instance);
    }

    public async ValueTask InitializeAsync() => await _server.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
        _own.Dispose();
        _authority.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Where_the_agents_address_is_taken_that_of_the_API_is_free_for_another_try()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        int port;
        await using (var first = await ListenAsync(0, new(IPAddress.Loopback, 0))) port = first.Addresses[0].Port;

        await Assert.ThrowsAsync<IOException>(() => ListenAsync(port, (IPEndPoint)other.LocalEndpoint));
        await using var second = await ListenAsync(port, new(IPAddress.Loopback, 0));
        Assert.Equal(port, second.Addresses[0].Port);

        Task<HttpsEndpoint> ListenAsync(int ofApi, IPEndPoint agent) => _server.ListenAsync(new HttpsOptions
        {
            Addresses = [new(IPAddress.Loopback, ofApi)],
            ServerCertificate = () => _own,
            ClientAuthorities = () => [_authority],
            Agent = new() { Node = "node", Address = agent },
        }, cancellation);
    }

    [Fact]
    public async Task Strangers_may_post_to_webhooks_and_ask_for_nothing_else()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var endpoint = await _server.ListenAsync(new HttpsOptions { Addresses = [new(IPAddress.Loopback, 0)], ServerCertificate = () => _own, ClientAuthorities = () => [_authority] }, cancellation);
        using var handler = new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, certificate, _, _) => _own.Equals(certificate) } };
        using var client = new HttpClient(handler) { BaseAddress = new($"https://{endpoint.Addresses[0]}") };
        using var post = new HttpRequestMessage(HttpMethod.Post, "/hooks/default/f/push") { Content = new StringContent("body"), Headers = { { "X-Signature", "shown" } } };
        using var answer = await client.SendAsync(post, cancellation);
        Assert.Equal((HttpStatusCode.Accepted, "POST /hooks/default/f/push shown body"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellation)));
        using var large = new HttpRequestMessage(HttpMethod.Post, "/hooks/default/f/push") { Content = new ByteArrayContent(new byte[(1 << 20) + 1]), Headers = { ExpectContinue = true } };
        using var tooLarge = await client.SendAsync(large, cancellation);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge.StatusCode);
        foreach (var path in new[] { "/hooks", "/hooksx/default/f/push", "/version" })
        {
            using var refused = await client.GetAsync(path, cancellation);
            Assert.Equal((path, HttpStatusCode.Unauthorized), (path, refused.StatusCode));
        }
    }

    private static ValueTask<ApiResponse> Echo(ApiRequest request, CancellationToken cancellation) => ValueTask.FromResult(new ApiResponse
    {
        StatusCode = 202,
        Body = System.Text.Encoding.UTF8.GetBytes($"{request.Method} {request.PathAndQuery} {request.ListHeader("x-signature").Single()} {System.Text.Encoding.UTF8.GetString(request.Body.Span)}"),
    });

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task An_address_may_be_as_long_as_a_script_that_is_run_by_exec(string version)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var endpoint = await _server.ListenAsync(new HttpsOptions { Addresses = [new(IPAddress.Loopback, 0)], ServerCertificate = () => _own, ClientAuthorities = () => [_authority] }, cancellation);
        using var handler = new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, certificate, _, _) => _own.Equals(certificate) } };
        using var client = new HttpClient(handler);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(800_000));
        Assert.NotEqual(HttpStatusCode.OK, await StatusAsync(3_000_000));

        async Task<HttpStatusCode?> StatusAsync(int length)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"https://{endpoint.Addresses[0]}/livez?command={new string('a', 60_000)}")
            {
                Version = Version.Parse(version),
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Headers = { { "X-Long", new string('a', length) } },
            };
            try
            {
                using var answer = await client.SendAsync(request, cancellation);
                return answer.StatusCode;
            }
            catch (HttpRequestException)
            {
                return null; // the connection was ended
            }
        }
    }

    private sealed class Nowhere : INodeTransport
    {
        public ValueTask<ApiResponse> SendAsync(string node, ApiRequest request, CancellationToken cancellation) => throw new NotSupportedException();
    }
}
