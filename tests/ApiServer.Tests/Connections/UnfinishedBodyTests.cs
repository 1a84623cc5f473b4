using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slipway.Api;
using Slipway.ApiServer.Serving;
using Slipway.Storage;
using Slipway.Testing;

namespace Slipway.ApiServer.Tests.Connections;

/// <summary>Requests whose body is not there when they are answered: no read of it is left under way, and the connection ends in order.</summary>
public sealed class UnfinishedBodyTests
{
    private const string Nodes = "/api/v1/nodes";

    [Theory]
    [InlineData("/api/v1/namespaces/default/configmaps?timeout=50ms", "HTTP/1.1 504")]
    [InlineData("/api/v1/nodes/n/proxy/reads", "HTTP/1.1 200")]
    [InlineData("/api/v1/nodes/n/proxy/gives-up", "HTTP/1.1 200")]
    public async Task Nothing_is_left_of_it(string target, string expected)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var directory = Directory.CreateTempSubdirectory("slipway-body-").FullName;
        var pki = ProcessPki.Create(directory);
        using var own = X509Certificate2.CreateFromPemFile(pki.Server.Certificate, pki.Server.Key);
        using var user = X509Certificate2.CreateFromPemFile(pki.Client.Certificate, pki.Client.Key);
        using var authority = X509CertificateLoader.LoadCertificateFromFile(pki.Authority);
        Directory.Delete(directory, recursive: true);
        using var logs = new ErrorLog();
        await using var store = new MemoryStore();
        await using var server = new ApiServer(store, new ApiServerOptions { Nodes = new Agent() }, TimeProvider.System, logs);
        await server.StartAsync(cancellation);
        await using (var made = await server.For(TestApi.Admin).SendAsync(new ApiRequest("POST", Nodes) { Body = """{"metadata":{"name":"n"}}"""u8.ToArray() }, cancellation)) Assert.Equal(201, made.StatusCode);
        await using (var endpoint = await server.ListenAsync(new HttpsOptions { Addresses = [new(IPAddress.Loopback, 0)], ServerCertificate = () => own, ClientAuthorities = () => [authority] }, cancellation))
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(endpoint.Addresses[0], cancellation);
            await using var client = new SslStream(tcp.GetStream());
            await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", ClientCertificates = [user], RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.Issuer == authority.Subject }, cancellation);

            await SendAsync(client, $"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{{\"a\"");
            Assert.Equal(expected, (await AnswerAsync(client))[..expected.Length]);
            // The rest of the body, and another request where the server still takes one.
            await SendAsync(client, ":1}GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            using var rest = new StreamReader(client);
            var last = await rest.ReadToEndAsync(cancellation);
            Assert.True(expected.EndsWith("504", StringComparison.Ordinal) || last.Contains("HTTP/1.1 200", StringComparison.Ordinal), last);
        }
        Assert.Empty(logs.Errors);
    }

    private static async Task SendAsync(Stream stream, string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);

    private static async Task<string> AnswerAsync(Stream stream)
    {
        var (text, piece) = ("", new byte[4096]);
        while (!text.Contains("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(piece, TestContext.Current.CancellationToken) is > 0 and var read) text += Encoding.ASCII.GetString(piece, 0, read);
        return text;
    }

    // An agent that answers while it reads, or after it has given up to.
    private sealed class Agent : INodeTransport
    {
        public async ValueTask<ApiResponse> SendAsync(string node, ApiRequest request, CancellationToken cancellation)
        {
            var buffer = new byte[4];
            await request.Stream!.ReadExactlyAsync(buffer, cancellation);
            if (request.PathAndQuery.Contains("gives-up", StringComparison.Ordinal))
            {
                using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request.Stream.ReadAsync(buffer, limit.Token).AsTask());
            }
            else
            {
                _ = request.Stream.ReadAsync(buffer, CancellationToken.None).AsTask();
            }
            return new ApiResponse { StatusCode = 200, ContentType = MediaTypes.Text, Body = "ok"u8.ToArray() };
        }
    }
}
