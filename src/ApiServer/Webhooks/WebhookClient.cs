using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Webhooks;

/// <summary>Posts questions to webhooks over HTTPS. Connections are kept for as long as a configuration stays as it is.</summary>
internal sealed class WebhookClient(TrustedConnections connections, TimeProvider clock)
{
    private const int MaxShownBytes = 1024;
    private readonly ConditionalWeakTable<WebhookAddress, HttpClient> _clients = [];

    /// <summary>Posts a review and reads the answer.</summary>
    /// <param name="address">Where the webhook is.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="review">The review, as JSON.</param>
    /// <param name="maxAnswerBytes">How long the answer may be.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="WebhookFailure">There is no answer, or it is no JSON object.</exception>
    public async ValueTask<JsonObject> PostAsync(WebhookAddress address, TimeSpan timeout, byte[] review, int maxAnswerBytes, CancellationToken cancellation)
    {
        var url = address.UrlFor(timeout);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps)
            throw new WebhookFailure($"could not get REST client: the URL \"{url}\" is not one of https");
        using var limit = new CancellationTokenSource(timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, uri)
            {
                Content = new ByteArrayContent(review) { Headers = { ContentType = new MediaTypeHeaderValue(MediaTypes.Json) } },
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            };
            message.Headers.Accept.ParseAdd(MediaTypes.Json);
            using var answer = await _clients.GetValue(address, Connect).SendAsync(message, HttpCompletionOption.ResponseHeadersRead, both.Token);
            await answer.Content.LoadIntoBufferAsync(maxAnswerBytes, both.Token);
            var body = await answer.Content.ReadAsByteArrayAsync(both.Token);
            if (!answer.IsSuccessStatusCode) throw new WebhookFailure(Complaint(answer.StatusCode, body), duringCall: true);
            return DocumentReader.ParseJson(body);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Failed("context deadline exceeded");
        }
        catch (HttpRequestException e)
        {
            throw Failed(e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded ? $"the answer is larger than {maxAnswerBytes} bytes" : Cause(e, uri));
        }
        catch (ApiException e)
        {
            throw new WebhookFailure($"couldn't get version/kind; json parse error: {e.Message}", duringCall: true);
        }

        WebhookFailure Failed(string why) => new($"Post \"{url}\": {why}", duringCall: true);
    }

    private HttpClient Connect(WebhookAddress address)
    {
        try
        {
            return new HttpClient(connections.Handler(address.Service, address.CaBundle)) { Timeout = Timeout.InfiniteTimeSpan };   // each call has its own
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            throw new WebhookFailure("could not get REST client: unable to load root certificates: unable to parse bytes as PEM block");
        }
    }

    private static string Complaint(HttpStatusCode code, byte[] body) => code == HttpStatusCode.NotFound
        ? "the server could not find the requested resource"
        : $"an error on the server (\"{Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, MaxShownBytes))).Trim()}\") has prevented the request from succeeding";

    private static string Cause(HttpRequestException e, Uri uri) => e switch
    {
        { InnerException: AuthenticationException inner } => $"tls: failed to verify certificate: {inner.Message}",
        { InnerException: WebhookFailure inner } => inner.Message,
        { HttpRequestError: HttpRequestError.NameResolutionError } => $"dial tcp: lookup {uri.Host}: no such host",
        { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } => $"dial tcp {uri.Authority}: connect: connection refused",
        _ => (e.InnerException ?? e).Message,
    };
}
