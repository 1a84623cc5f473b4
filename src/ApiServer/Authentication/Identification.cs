using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Slipway.Api;
using Slipway.ApiServer.Authorization;
using Slipway.ApiServer.Metrics;

namespace Slipway.ApiServer.Authentication;

/// <summary>Who makes an HTTP request by its credentials, and in whose name.</summary>
internal sealed class Identification(Authenticator authenticator, Authorizer authorizer, AuthenticationMetrics metrics, TimeProvider clock)
{
    private static readonly object IdentityKey = new();

    /// <summary>Who makes the request.</summary>
    /// <exception cref="ApiException">401: no credentials, or none that are good.</exception>
    public async ValueTask<UserInfo> CallerAsync(HttpContext http, string target, CancellationToken cancellation)
    {
        var path = target.AsSpan(0, target.IndexOf('?') is var mark and >= 0 ? mark : target.Length).ToString();
        var authorization = http.Request.Headers.Authorization;
        if (WebSocketBearer.Of(http.Request) is { } shown)
        {
            // Nobody whom the request is passed on to is to see the token.
            http.Request.Headers.SecWebSocketProtocol = shown.Others;
            if (authorization.Count == 0) authorization = $"Bearer {shown.Token}";
        }
        return await AuthenticateAsync(http, authorization, path, cancellation) ?? throw ApiException.Unauthorized();
    }

    /// <summary>As whom the caller makes it.</summary>
    /// <exception cref="ApiException">400: headers that say nothing; 403: the caller may not act as this user.</exception>
    public UserInfo ActingAs(UserInfo caller, HttpContext http) => Impersonation.Apply(caller, http.Request.Headers, authorizer);

    /// <summary>What the audit log says of a request whose caller is not known: which kinds of credentials it showed, in upstream's words.</summary>
    public static string Attempted(HttpContext http)
    {
        var shown = new List<string>();
        var header = http.Request.Headers.Authorization.ToString().Trim();
        if (header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) shown.Add("basic");
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) shown.Add("bearer");
        if (http.Connection.ClientCertificate is not null) shown.Add("x509");
        return shown.Count == 0 ? "Authentication failed, no credentials provided" : $"Authentication failed, attempted: {string.Join(", ", shown)}";
    }

    private async ValueTask<UserInfo?> AuthenticateAsync(HttpContext http, StringValues authorization, string path, CancellationToken cancellation)
    {
        var began = clock.GetTimestamp();
        try
        {
            var certified = CertifiedBy(http);
            if (certified is not null) metrics.ObserveCertificate(certified.Until - clock.GetUtcNow());
            var user = await authenticator.AuthenticateAsync(certified?.User, authorization, path, cancellation);
            metrics.Observe(user, clock.GetElapsedTime(began));
            return user;
        }
        catch (Exception e) when (!(e is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            // Whatever it is, others deal with it; here it is counted. A client that has gone away is no failure to find out who it is.
            metrics.Fail(clock.GetElapsedTime(began));
            throw;
        }
    }

    // The certificate is read once for each connection.
    private static Certified? CertifiedBy(HttpContext http)
    {
        if (http.Connection.ClientCertificate is not { } certificate) return null;
        var items = http.Features.Get<IConnectionItemsFeature>()?.Items;
        if (items?.TryGetValue(IdentityKey, out var known) == true) return (Certified)known!;
        if (ClientCertificates.UserOf(certificate) is not { } user) return null;
        var certified = new Certified(user, certificate.NotAfter);
        if (items is not null) items[IdentityKey] = certified;
        return certified;
    }

    private sealed record Certified(UserInfo User, DateTimeOffset Until);
}
