using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Slipway.Api;

namespace Slipway.Client;

/// <summary>The API of any Kubernetes over HTTPS, with HTTP/2 where it is offered, as the user of a kubeconfig.</summary>
public sealed class HttpsApi : IApi, IDisposable
{
    private readonly HttpClient _http;
    private readonly string? _token;
    private readonly string? _tokenFile;
    private readonly ExecCredentials? _plugin;

    /// <summary>A client of the cluster of <paramref name="context"/>. Nothing is sent yet.</summary>
    /// <param name="context">The cluster, and who one is there.</param>
    /// <param name="clock">The clock by which tokens of plugins expire; that of the system if null.</param>
    /// <exception cref="InvalidDataException">The certificates cannot be read.</exception>
    public HttpsApi(KubeconfigContext context, TimeProvider? clock = null)
    {
        var server = new Uri(context.Server.TrimEnd('/') + "/");
        (_token, _tokenFile) = (context.Token, context.TokenFile);
        _plugin = context is { Token: null, TokenFile: null, ClientCertificate: null, Plugin: { } plugin } ? new(plugin, clock ?? TimeProvider.System) : null;
        _http = new(new SocketsHttpHandler
        {
            SslOptions = TlsOptions(context),
            EnableMultipleHttp2Connections = true,
            AutomaticDecompression = DecompressionMethods.GZip,
            // A peer that vanished without a word is noticed while a watch waits.
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            UseCookies = false,
            AllowAutoRedirect = false,
            // As other Kubernetes clients: what is on this machine is never reached through a proxy.
            UseProxy = !server.IsLoopback,
        })
        {
            BaseAddress = server,
            Timeout = Timeout.InfiniteTimeSpan, // watches last; callers cancel
        };
    }

    /// <inheritdoc/>
    public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), request.PathAndQuery.TrimStart('/'))
        {
            Version = request.Upgrade.Length > 0 ? HttpVersion.Version11 : HttpVersion.Version20, // connections are switched as a whole
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        if (request.Upgrade.Length > 0)
        {
            Add(message.Headers, "Connection", "Upgrade");
            Add(message.Headers, "Upgrade", request.Upgrade);
            foreach (var (name, value) in request.Headers)
                Add(message.Headers, name, value);
        }

        Add(message.Headers, "Accept", request.Accept);
        Add(message.Headers, "User-Agent", request.UserAgent);
        if (request.ActAs.Length > 0)
            Add(message.Headers, "Impersonate-User", request.ActAs);
        if (await TokenAsync(cancellation) is { } token)
            Add(message.Headers, "Authorization", $"Bearer {token}");
        if (!request.Body.IsEmpty)
        {
            message.Content = new ReadOnlyMemoryContent(request.Body);
            Add(message.Content.Headers, "Content-Type", request.ContentType);
        }

        HttpResponseMessage? answer = null;
        try
        {
            answer = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
            var response = await ReadAsync(request, answer, cancellation);
            if (response.Stream is not null || response.Connection is not null)
                answer = null; // the stream owns it now
            return response;
        }
        catch (Exception e) when (e is HttpRequestException or SocketException) // a connection that is reset at once gives the second
        {
            throw new IOException($"the API server at {_http.BaseAddress} cannot be reached: {Innermost(e)}", e);
        }
        finally
        {
            answer?.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _plugin?.Dispose();
    }

    // A line break would begin another header, which says what nobody was allowed to say.
    private static void Add(HttpHeaders headers, string name, string value)
    {
        if (value.Any(char.IsControl))
            throw ApiException.BadRequest($"the header {name} cannot hold line breaks and other control characters");
        headers.TryAddWithoutValidation(name, value);
    }

    /// <exception cref="IOException">The file cannot be read, or the plugin gives nothing.</exception>
    private async ValueTask<string?> TokenAsync(CancellationToken cancellation)
    {
        if (_plugin is not null)
            return await _plugin.TokenAsync(cancellation);
        if (_tokenFile is null)
            return _token;
        try
        {
            return (await File.ReadAllTextAsync(_tokenFile, cancellation)).Trim();
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"the token {_tokenFile} cannot be read: {e.Message}", e);
        }
    }

    private static async ValueTask<ApiResponse> ReadAsync(ApiRequest request, HttpResponseMessage answer, CancellationToken cancellation)
    {
        var isSwitched = answer.StatusCode == HttpStatusCode.SwitchingProtocols;
        var streams = answer.IsSuccessStatusCode && IsStreamed(request.PathAndQuery);
        return new()
        {
            StatusCode = (int)answer.StatusCode,
            ContentType = answer.Content.Headers.ContentType?.ToString() ?? MediaTypes.Json,
            Headers = [.. from header in answer.Headers from value in header.Value select KeyValuePair.Create(header.Key, value)],
            Body = streams || isSwitched ? default : await answer.Content.ReadAsByteArrayAsync(cancellation),
            Stream = streams ? new AnswerStream(answer, await answer.Content.ReadAsStreamAsync(cancellation)) : null,
            Connection = isSwitched ? new ConnectedStreams(await answer.Content.ReadAsStreamAsync(cancellation)) : null,
        };
    }

    // What may last, or be larger than memory.
    private static bool IsStreamed(string pathAndQuery)
    {
        var question = pathAndQuery.IndexOf('?');
        var path = question < 0 ? pathAndQuery : pathAndQuery[..question];
        if (path.EndsWith("/log", StringComparison.Ordinal) || path.Contains("/artifacts/", StringComparison.Ordinal))
            return true;
        return question >= 0 && pathAndQuery[(question + 1)..].Split('&').Any(static pair => pair is "watch=true" or "watch=1" or "watch" or "follow=true" or "follow=1");
    }

    private static SslClientAuthenticationOptions TlsOptions(KubeconfigContext context)
    {
        var options = new SslClientAuthenticationOptions();
        if (context.TlsServerName is { } name)
            options.TargetHost = name;
        try
        {
            if (context.CertificateAuthority is { } authority)
            {
                var trusted = new X509Certificate2Collection();
                trusted.ImportFromPem(authority);
                options.CertificateChainPolicy = new()
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                };
                options.CertificateChainPolicy.CustomTrustStore.AddRange(trusted);
            }
            if (context is { ClientCertificate: { } certificate, ClientKey: { } key })
                options.ClientCertificateContext = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(certificate, key), additionalCertificates: null, offline: true);
        }
        catch (System.Security.Cryptography.CryptographicException e)
        {
            throw new InvalidDataException($"the certificates of context {context.Name} cannot be read: {e.Message}", e);
        }
        return options;
    }

    private static string Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
            e = inner;
        return e.Message;
    }
}
