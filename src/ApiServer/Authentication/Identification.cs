using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Slipway.Api;
using Slipway.ApiServer.Authorization;

namespace Slipway.ApiServer.Authentication;

/// <summary>In whose name an HTTP request is made: who its credentials say, or whom they may act as.</summary>
internal sealed class Identification(Authenticator authenticator, Authorizer authorizer)
{
    private static readonly object UserKey = new();

    /// <exception cref="ApiException">401: no credentials, or none that are good; 403: the caller may not act as another user.</exception>
    public async ValueTask<UserInfo> OfAsync(HttpContext http, string target, CancellationToken cancellation)
    {
        var path = target.AsSpan(0, target.IndexOf('?') is var mark and >= 0 ? mark : target.Length).ToString();
        var caller = await authenticator.AuthenticateAsync(UserOfCertificate(http), http.Request.Headers.Authorization, path, cancellation)
            ?? throw ApiException.Unauthorized();
        return Impersonation.Apply(caller, http.Request.Headers, authorizer);
    }

    // The user is read from the certificate once for each connection.
    private static UserInfo? UserOfCertificate(HttpContext http)
    {
        if (http.Connection.ClientCertificate is not { } certificate) return null;
        var items = http.Features.Get<IConnectionItemsFeature>()?.Items;
        if (items?.TryGetValue(UserKey, out var known) == true) return (UserInfo)known!;
        var user = ClientCertificates.UserOf(certificate);
        if (items is not null && user is not null) items[UserKey] = user;
        return user;
    }
}
