using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Slipway.Api;
using Slipway.ApiServer.Serving;
using Slipway.Testing;

namespace Slipway.ApiServer.Tests.Metrics;

/// <summary>Requests that are refused or given up so that others fare better, over HTTPS.</summary>
public sealed class CutOffRequestTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-cut-off-").FullName;
    private readonly X509Certificate2 _own;
    private readonly X509Certificate2 _authority;
    private TestApi _api = null!;
    private HttpsEndpoint _endpoint = null!;

    public CutOffRequestTests()
    {
        var pki = ProcessPki.Create(_directory);
        _own = X509Certificate2.CreateFromPemFile(pki.Server.Certificate, pki.Server.Key);
        _authority = X509CertificateLoader.LoadCertificateFromFile(pki.Authority);
    }

    public async ValueTask InitializeAsync()
    {
        _api = await TestApi.StartAsync(new ApiServerOptions { Hooks = AnswerAsync });
        _endpoint = await _api.Server.ListenAsync(new HttpsOptions
        {
            Addresses = [new(IPAddress.Loopback, 0)],
            ServerCertificate = () => _own,
            ClientAuthorities = () => [_authority],
            RequestTimeout = TimeSpan.FromSeconds(1),
        }, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _endpoint.DisposeAsync();
        await _api.DisposeAsync();
        _own.Dispose();
        _authority.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task What_takes_too_long_is_a_termination()
    {
        using var handler = new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, certificate, _, _) => _own.Equals(certificate) } };
        using var client = new HttpClient(handler) { BaseAddress = new($"https://{_endpoint.Addresses[0]}") };
        using var answer = await client.PostAsync(new Uri("/hooks/never", UriKind.Relative), new StringContent(""), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        var page = await MetricsPage.ReadAsync(_api);
        Assert.Equal(1, page.Sum("apiserver_request_terminations_total", "component=\"apiserver\"", "verb=\"POST\"", "code=\"504\""));
        Assert.Null(page.Sum("apiserver_request_aborts_total"));
    }

    [Fact]
    public async Task An_answer_that_is_not_taken_is_an_abort()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(_endpoint.Addresses[0], TestContext.Current.CancellationToken);
        await using var stream = new SslStream(socket.GetStream(), false, (_, certificate, _, _) => _own.Equals(certificate));
        await stream.AuthenticateAsClientAsync("localhost");
        await stream.WriteAsync("POST /hooks/large HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await Waiting.UntilAsync(TimeSpan.FromSeconds(60), async () => (await MetricsPage.ReadAsync(_api)).Sum("apiserver_request_aborts_total", "verb=\"POST\"") == 1);
    }

    // More than sockets hold.
    private static async ValueTask<ApiResponse> AnswerAsync(ApiRequest request, CancellationToken cancellation)
    {
        if (request.PathAndQuery == "/hooks/never") await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        return new ApiResponse { StatusCode = 200, Body = new byte[64 << 20] };
    }
}
