using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Slipway.Api;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Routing;
using Slipway.ApiServer.Usage;
using Slipway.ApiServer.Webhooks;

namespace Slipway.ApiServer.Aggregation;

/// <summary>
/// Passes requests on to the servers that APIServices name, and tells them who asks. They come in place of nothing that this server
/// serves but the metrics of nodes and pods.
/// </summary>
/// <param name="feed">Feeds the caches.</param>
/// <param name="catalog">What this server serves.</param>
/// <param name="connections">Connects to services.</param>
/// <param name="options">With the certificate to show.</param>
internal sealed class Aggregator(CacheFeed feed, Func<ResourceCatalog> catalog, TrustedConnections connections, ApiServerOptions options) : IDisposable
{
    private readonly ConcurrentDictionary<AggregatedApi, HttpMessageInvoker> _clients = new();
    private Known? _known;

    /// <summary>What APIServices say.</summary>
    public PolicyObjects<AggregatedApi> Apis { get; } = new(feed, "apiregistration.k8s.io", "apiservices", AggregatedApi.Read);

    /// <summary>Who serves what a path is about; null when this server does.</summary>
    public AggregatedApi? Find(RequestPath path)
    {
        if (!HasOthers) return null;
        if (path.IsResource) return Find(path.Group, path.Version);
        return path.Path.Trim('/').Split('/') is ["apis", var group, var version] ? Find(group, version) : null;
    }

    /// <summary>Who serves a version of a group; null when this server does, or nobody.</summary>
    public AggregatedApi? Find(string group, string version) =>
        group.Length > 0 && Apis.Find("", $"{version}.{group}") is { Service: not null } api && !options.Extensions.Any(own => own.PathPrefix == $"/apis/{group}/{version}") && (group == UsageMetrics.Group || catalog().FindVersion(group, version) is null) ? api : null;

    /// <summary>Asks the server behind an API, in the name of a user.</summary>
    /// <exception cref="ApiException">503: it cannot be reached.</exception>
    public async ValueTask<ApiResponse> SendAsync(AggregatedApi api, UserInfo user, ApiRequest request, CancellationToken cancellation)
    {
        // What was authorized is what is asked for: dots would lead elsewhere.
        if (request.PathAndQuery.Split('?')[0].Split('/').Any(static part => Uri.UnescapeDataString(part) is "." or ".."))
            throw ApiException.BadRequest("a path with \".\" or \"..\" is not passed on");
        using var message = Message(api, user, request);
        try
        {
            var answer = await ClientOf(api).SendAsync(message, cancellation);
            return new ApiResponse
            {
                StatusCode = (int)answer.StatusCode,
                ContentType = answer.Content.Headers.TryGetValues("Content-Type", out var types) ? types.First() : MediaTypes.Json,
                Headers = [.. answer.Headers.NonValidated.Where(h => h.Key is "Warning" or "Retry-After" or "ETag" or "Audit-Id").SelectMany(h => h.Value.Select(value => KeyValuePair.Create(h.Key, value)))],
                Stream = await answer.Content.ReadAsStreamAsync(cancellation),
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or WebhookFailure)
        {
            throw new ApiException(503, "ServiceUnavailable", $"error trying to reach service: {Cause(e)}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in _clients.Values) client.Dispose();
    }

    // Most clusters have no other servers, and no request should look for one there.
    private bool HasOthers
    {
        get
        {
            var all = Apis.All;
            if (_known is { } known && known.All == all) return known.HasOthers;
            _known = new(all, all.Any(api => api.Service is not null));
            return _known.HasOthers;
        }
    }

    private HttpMessageInvoker ClientOf(AggregatedApi api)
    {
        // What was said of an API before it changed is of no more use.
        foreach (var (known, client) in _clients)
            if (Apis.Find("", known.Name) != known && _clients.TryRemove(known, out _)) client.Dispose();
        try
        {
            return _clients.GetOrAdd(api, a =>
            {
                var handler = connections.Handler(a.Service, a.CaBundle, a.Anyone, options.FrontProxyCertificate);
                handler.RequestHeaderEncodingSelector = static (name, _) => IdentityHeaders.EncodingOf(name);
                return new HttpMessageInvoker(handler);
            });
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            throw new ApiException(503, "ServiceUnavailable", $"spec.caBundle of the APIService {api.Name} is no list of certificates");
        }
    }

    private static HttpRequestMessage Message(AggregatedApi api, UserInfo user, ApiRequest request)
    {
        var message = new HttpRequestMessage(new HttpMethod(request.Method), new Uri($"https://{api.Service!.Host}:{api.Service.Port}{request.PathAndQuery}"))
        {
            Version = HttpVersion.Version11,   // in which a header can be written in several lines
        };
        if (!request.Body.IsEmpty)
        {
            message.Content = new ReadOnlyMemoryContent(request.Body);
            message.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        }
        if (request.Accept.Length > 0) message.Headers.TryAddWithoutValidation("Accept", request.Accept);
        if (request.IfNoneMatch.Length > 0) message.Headers.TryAddWithoutValidation("If-None-Match", request.IfNoneMatch);
        message.Headers.TryAddWithoutValidation("User-Agent", request.UserAgent);
        message.Headers.TryAddWithoutValidation("X-Forwarded-For", request.SourceAddress ?? "127.0.0.1");
        foreach (var (name, value) in IdentityHeaders.Of(user)) message.Headers.TryAddWithoutValidation(name, value);
        return message;
    }

    private static string Cause(Exception e) => e switch
    {
        { InnerException: WebhookFailure inner } => inner.Message,
        { InnerException: AuthenticationException inner } => $"tls: failed to verify certificate: {inner.Message}",
        _ => (e.InnerException ?? e).Message,
    };

    private sealed record Known(IReadOnlyList<AggregatedApi> All, bool HasOthers);
}
