using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Testing;

namespace Slipway.ApiServer.Tests.SeveralServers;

/// <summary>One of several API servers: a process that is killed and started again, and its clients' way to it.</summary>
internal sealed class ServerProcess(string endpoints, string prefix, ProcessPki pki) : IAsyncDisposable
{
    private Process? _process;
    private volatile HttpClient? _http;

    /// <summary>Starts it, and waits until it serves.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        _process = Process.Start(new ProcessStartInfo(
            Path.Combine(AppContext.BaseDirectory, "ApiServer.Process"), [endpoints, prefix, pki.Authority, pki.Server.Certificate, pki.Server.Key])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = _process.StandardError.ReadToEndAsync(CancellationToken.None);
        var address = await _process.StandardOutput.ReadLineAsync(cancellation) ?? throw new InvalidOperationException($"the server ended: {await errors}");
        _http = Client(new Uri($"https://{address}"));
    }

    /// <summary>Sends it SIGKILL, and waits for its end.</summary>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _process = null;
    }

    /// <summary>Sends a request; the status code and the document.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public async Task<(int Code, JsonNode Body)> SendAsync(string method, string path, JsonNode? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await _http!.SendAsync(request, cancellation);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellation))!);
    }

    /// <summary>The lines of a watch, until the server ends.</summary>
    public async IAsyncEnumerable<JsonNode> WatchAsync(string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        using var response = await _http!.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellation);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
        while (await lines.ReadLineAsync(cancellation) is { } line)
            yield return JsonNode.Parse(line)!;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _http?.Dispose();
    }

    private HttpClient Client(Uri address) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            ClientCertificates = [X509Certificate2.CreateFromPemFile(pki.Client.Certificate, pki.Client.Key)],
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(pki.Authority) },
            },
        },
    })
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromSeconds(60),
    };
}
