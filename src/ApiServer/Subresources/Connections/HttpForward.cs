using System.IO.Compression;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Slipway.Api;

namespace Slipway.ApiServer.Subresources.Connections;

/// <summary>Passes requests on to HTTP servers, and their answers and connections back.</summary>
internal sealed class HttpForward : IDisposable
{
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        ConnectTimeout = TimeSpan.FromSeconds(30),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        // As with Kubernetes: nobody has told whose certificate it should be.
#pragma warning disable CA5359
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
#pragma warning restore CA5359
    });

    /// <summary>Sends a request on.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="prefix">Path below which the client sees the server, without a slash at its end.</param>
    /// <param name="request">The request.</param>
    /// <param name="cancellation">Ends the wait for the answer.</param>
    /// <exception cref="ApiException">503: the server cannot be reached.</exception>
    public async ValueTask<ApiResponse> SendAsync(Uri target, string prefix, ApiRequest request, CancellationToken cancellation)
    {
        using var message = Message(target, request);
        try
        {
            var answer = await _client.SendAsync(message, cancellation);
            var stream = await answer.Content.ReadAsStreamAsync(cancellation);
            var isSwitched = answer.StatusCode == HttpStatusCode.SwitchingProtocols;
            var type = answer.Content.Headers.TryGetValues("Content-Type", out var types) ? types.First() : "";
            var headers = ProxyHeaders.OfAnswer(answer, target, prefix, isSwitched);
            if (request.Method != "HEAD" && LinksOf(type, answer, stream, prefix) is { } page)
            {
                stream = page;
                headers = [.. headers.Where(h => !ProxyHeaders.IsOfContent(h.Key))];
            }
            return new ApiResponse
            {
                StatusCode = (int)answer.StatusCode,
                ContentType = type,
                Headers = headers,
                Stream = isSwitched ? null : stream,
                Connection = isSwitched ? new ConnectedStreams(stream) : null,
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            throw new ApiException(503, "ServiceUnavailable", $"error trying to reach service: {Cause(e, target)}");
        }
    }

    public void Dispose() => _client.Dispose();

    // Pages that are compressed in another way than gzip pass with the links that they have.
    private static LinkedPage? LinksOf(string type, HttpResponseMessage answer, Stream stream, string prefix)
    {
        if (!type.Split(';')[0].Trim().Equals("text/html", StringComparison.OrdinalIgnoreCase)) return null;
        return string.Join(',', answer.Content.Headers.ContentEncoding) switch
        {
            "" => new LinkedPage(stream, prefix),
            "gzip" => new LinkedPage(new GZipStream(stream, CompressionMode.Decompress), prefix),
            _ => null,
        };
    }

    private static HttpRequestMessage Message(Uri target, ApiRequest request)
    {
        var message = new HttpRequestMessage(new HttpMethod(request.Method), target) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (request.Stream is { } stream) message.Content = new StreamContent(stream);
        else if (!request.Body.IsEmpty) message.Content = new ReadOnlyMemoryContent(request.Body);
        foreach (var (name, value) in ProxyHeaders.OfRequest(request))
            if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content?.Headers.TryAddWithoutValidation(name, value);
        return message;
    }

    private static string Cause(Exception e, Uri target) => e switch
    {
        { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } => $"dial tcp {target.Host}:{target.Port}: connect: connection refused",
        { InnerException: AuthenticationException inner } => $"tls: {inner.Message}",
        { InnerException: { } inner } => $"{e.Message}: {inner.Message}",
        _ => e.Message,
    };
}
