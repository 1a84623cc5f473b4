using System.Net;
using System.Security.Cryptography.X509Certificates;
using Slipway.ApiServer.Serving;
using Slipway.Testing;

namespace Slipway.ApiServer.Tests.Metrics;

/// <summary>An API server that is served over HTTPS.</summary>
internal sealed class ServedApi : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly X509Certificate2 _own;
    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _client;
    private readonly HttpsEndpoint _endpoint;

    private ServedApi(DirectoryInfo directory, TestApi api, X509Certificate2 own, X509Certificate2 authority, X509Certificate2 client, HttpsEndpoint endpoint) =>
        (_directory, Api, _own, _authority, _client, _endpoint) = (directory, api, own, authority, client, endpoint);

    public TestApi Api { get; }

    public IPEndPoint Address => _endpoint.Addresses[0];

    public static async Task<ServedApi> StartAsync(ApiServerOptions? options = null, TimeSpan? requestTimeout = null)
    {
        var directory = Directory.CreateTempSubdirectory("slipway-served-");
        var pki = ProcessPki.Create(directory.FullName);
        var own = X509Certificate2.CreateFromPemFile(pki.Server.Certificate, pki.Server.Key);
        var authority = X509CertificateLoader.LoadCertificateFromFile(pki.Authority);
        var api = await TestApi.StartAsync(options);
        var endpoint = await api.Server.ListenAsync(new HttpsOptions
        {
            Addresses = [new(IPAddress.Loopback, 0)],
            ServerCertificate = () => own,
            ClientAuthorities = () => [authority],
            RequestTimeout = requestTimeout ?? TimeSpan.FromMinutes(1),
        }, TestContext.Current.CancellationToken);
        return new ServedApi(directory, api, own, authority, X509Certificate2.CreateFromPemFile(pki.Client.Certificate, pki.Client.Key), endpoint);
    }

    /// <summary>Whether a certificate is the server's.</summary>
    public bool IsOwn(X509Certificate? certificate) => _own.Equals(certificate);

    /// <summary>A client: a stranger, or <c>client</c> by its certificate, which is valid for less than a day.</summary>
    public HttpClient Client(bool isKnown)
    {
        var handler = new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, certificate, _, _) => IsOwn(certificate) } };
        if (isKnown) handler.SslOptions.ClientCertificates = [_client];
        return new HttpClient(handler) { BaseAddress = new($"https://{Address}") };
    }

    public async ValueTask DisposeAsync()
    {
        await _endpoint.DisposeAsync();
        await Api.DisposeAsync();
        _own.Dispose();
        _authority.Dispose();
        _client.Dispose();
        _directory.Delete(recursive: true);
    }
}
