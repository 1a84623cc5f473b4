using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Posts documents to URLs that users name, and reads the Secrets that hold them. Nothing is opened before the first.</summary>
/// <param name="api">Reads Secrets.</param>
/// <param name="transport">Makes what carries requests.</param>
internal sealed class OutboundPost(IApi api, Func<HttpMessageHandler> transport)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(15);

    private readonly Lazy<HttpMessageInvoker> http = new(() => new HttpMessageInvoker(transport()));

    /// <summary>How long one delivery may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>How long to wait after a number of failures in a row before the next try.</summary>
    public static TimeSpan After(int failures) => Backoff.Step(FirstWait, LongestWait, failures - 1);

    /// <summary>Posts a document; the answer's status.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="document">The document.</param>
    /// <param name="headers">Adds headers; it is given the body.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="HttpRequestException">Nobody answered.</exception>
    /// <exception cref="IOException">The connection broke, or must not be made.</exception>
    public async Task<(int Code, string? Reason)> PostAsync(Uri url, JsonObject document, Action<HttpRequestHeaders, byte[]> headers, CancellationToken cancellation)
    {
        var body = Encoding.UTF8.GetBytes(document.ToJsonString());
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } } };
        headers(request.Headers, body);
        using var response = await http.Value.SendAsync(request, cancellation);
        return ((int)response.StatusCode, response.ReasonPhrase);
    }

    /// <summary>Does a delivery within <see cref="Patience"/>.</summary>
    /// <exception cref="NotificationException">It was not taken.</exception>
    public static async Task DeliverAsync(Func<CancellationToken, Task> deliver, TimeProvider clock, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await deliver(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new NotificationException($"it was not taken within {Patience.TotalSeconds:0} seconds");
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw NotTaken(e);
        }
    }

    /// <summary>Whether a delivery has failed by what others do, and may be tried again.</summary>
    public static bool IsFailure(Exception e) => e is HttpRequestException or IOException or AuthenticationException or ApiException;

    /// <summary>That a delivery has failed by an exception; its cause is told where it says more.</summary>
    public static NotificationException NotTaken(Exception e) =>
        new(PodTrouble.OneLine(e.InnerException is { } inner && !e.Message.Contains(inner.Message, StringComparison.Ordinal) ? $"{e.Message} ({inner.Message})" : e.Message));

    /// <summary>The URL of a target.</summary>
    /// <param name="ns">Its namespace.</param>
    /// <param name="target">The target.</param>
    /// <param name="isFinal">Whether a Secret that is not there now never will be.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="NotificationException">There is no Secret, or no URL in it.</exception>
    public async Task<Uri> UrlAsync(string ns, NotificationTarget target, bool isFinal, CancellationToken cancellation)
    {
        var text = target.Url ?? (target.UrlFrom is { } from ? await SecretAsync(ns, from, isFinal, cancellation) : "");
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw new NotificationException($"key {target.UrlFrom?.Key} of secret {target.UrlFrom?.Name} holds no URL that begins with http:// or https://");
    }

    /// <summary>A token that a Secret holds, as a header can carry it.</summary>
    /// <param name="ns">Its namespace.</param>
    /// <param name="from">Which key of which.</param>
    /// <param name="isFinal">Whether what is not there now never will be.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="NotificationException">It is not there, or is no token.</exception>
    public async Task<string> TokenAsync(string ns, TaskKeyReference from, bool isFinal, CancellationToken cancellation)
    {
        var token = await SecretAsync(ns, from, isFinal, cancellation);
        return token.All(c => c is > ' ' and < '\u007f')
            ? token
            : throw new NotificationException($"key {from.Key} of secret {from.Name} holds no token: it has line breaks, blanks or characters beyond ASCII");
    }

    /// <summary>What a Secret holds.</summary>
    /// <param name="ns">Its namespace.</param>
    /// <param name="from">Which key of which.</param>
    /// <param name="isFinal">Whether what is not there now never will be.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="NotificationException">It is not there.</exception>
    public async Task<string> SecretAsync(string ns, TaskKeyReference from, bool isFinal, CancellationToken cancellation)
    {
        var secret = await api.GetAsync(FlowKinds.Secrets, ns, from.Name, cancellation) ?? throw new NotificationException($"there is no secret {from.Name}", isFinal);
        return secret.Data?.TryGetValue(from.Key, out var value) == true ? Encoding.UTF8.GetString(value).Trim() : throw new NotificationException($"secret {from.Name} has no key {from.Key}", isFinal);
    }
}
