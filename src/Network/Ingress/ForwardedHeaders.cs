using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Slipway.Network;

/// <summary>
/// Passes on all headers, <c>Host</c> included, and tells the backend who asked for what. What the client says about that itself is
/// replaced: nobody stands before this proxy whom it could trust. The headers of an answer of unknown length go out at once, since
/// its first byte may be long in coming.
/// </summary>
internal sealed class ForwardedHeaders : HttpTransformer
{
    public static readonly ForwardedHeaders Instance = new();

    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var (request, connection) = (httpContext.Request, httpContext.Connection);
        var client = connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : connection.RemoteIpAddress;
        Set("X-Forwarded-For", $"{client}");
        Set("X-Real-IP", $"{client}");
        Set("X-Forwarded-Host", request.Host.Value ?? "");
        Set("X-Forwarded-Proto", request.Scheme);
        Set("X-Forwarded-Port", connection.LocalPort.ToString(CultureInfo.InvariantCulture));
        proxyRequest.Headers.Remove("Forwarded");
        // Many servers take X_Real_IP for X-Real-IP.
        foreach (var name in proxyRequest.Headers.NonValidated.Select(header => header.Key).Where(name => name.Contains('_', StringComparison.Ordinal)).ToList())
            proxyRequest.Headers.Remove(name);

        void Set(string name, string value)
        {
            proxyRequest.Headers.Remove(name);
            if (value.Length > 0) proxyRequest.Headers.TryAddWithoutValidation(name, value);
        }
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (!await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken)) return false;
        // An answer of gRPC that is an error must be all trailers, which is known only at its end.
        if (proxyResponse is { StatusCode: not HttpStatusCode.SwitchingProtocols, Content.Headers.ContentLength: null } && !IsGrpc(proxyResponse.Content.Headers.ContentType?.MediaType))
            await httpContext.Response.Body.FlushAsync(cancellationToken);
        return true;
    }

    /// <summary>Whether a body is gRPC's.</summary>
    public static bool IsGrpc(string? contentType) => contentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;
}
