using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;
using Slipway.ApiServer.Serving;
using Slipway.Storage;
using Slipway.Testing;

namespace Slipway.ApiServer.Tests;

public sealed class HttpsEndpointTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-https-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Where_the_agents_address_is_taken_that_of_the_API_is_free_for_another_try()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var pki = ProcessPki.Create(_directory);
        using var own = X509Certificate2.CreateFromPemFile(pki.Server.Certificate, pki.Server.Key);
        using var authority = X509CertificateLoader.LoadCertificateFromFile(pki.Authority);
        await using var store = new MemoryStore();
        await using var server = new ApiServer(store, new ApiServerOptions { Nodes = new Nowhere() }, TimeProvider.System, NullLoggerFactory.Instance);
        await server.StartAsync(cancellation);
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        int port;
        await using (var first = await ListenAsync(0, new(IPAddress.Loopback, 0))) port = first.Addresses[0].Port;

        await Assert.ThrowsAsync<IOException>(() => ListenAsync(port, (IPEndPoint)other.LocalEndpoint));
        await using var second = await ListenAsync(port, new(IPAddress.Loopback, 0));
        Assert.Equal(port, second.Addresses[0].Port);

        Task<HttpsEndpoint> ListenAsync(int ofApi, IPEndPoint agent) => server.ListenAsync(new HttpsOptions
        {
            Addresses = [new(IPAddress.Loopback, ofApi)],
            ServerCertificate = () => own,
            ClientAuthorities = () => [authority],
            Agent = new() { Node = "node", Address = agent },
        }, cancellation);
    }

    private sealed class Nowhere : INodeTransport
    {
        public ValueTask<ApiResponse> SendAsync(string node, ApiRequest request, CancellationToken cancellation) => throw new NotSupportedException();
    }
}
