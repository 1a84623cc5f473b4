using Microsoft.Extensions.Primitives;

namespace Slipway.ApiServer.Authentication;

/// <summary>
/// Finds out who makes a request: the user of a client certificate, of a bearer token, or nobody, who may see the server's
/// health and post to webhooks alone. Credentials that are shown and not good are refused whatever the path.
/// </summary>
internal sealed class Authenticator(ServiceAccountTokens tokens)
{
    /// <summary>The user; null for one who is refused.</summary>
    /// <param name="certificate">The user of the connection's certificate, if it has one.</param>
    /// <param name="authorization">The <c>Authorization</c> header.</param>
    /// <param name="path">Path of the request, without its query.</param>
    /// <param name="cancellation">Ends the wait for what a token is about.</param>
    public async ValueTask<UserInfo?> AuthenticateAsync(UserInfo? certificate, StringValues authorization, string path, CancellationToken cancellation)
    {
        if (certificate is not null) return certificate;
        if (authorization.Count == 0) return IsHealth(path) || IsHook(path) ? UserInfo.Anonymous : null;
        return authorization.Count == 1 && BearerOf(authorization[0]) is { } token
            ? (await tokens.VerifyAsync(token, [], cancellation)).User
            : null;
    }

    /// <summary>Whether strangers may ask for a path: <c>/livez</c>, <c>/readyz</c>, <c>/healthz</c> and the checks below them.</summary>
    public static bool IsHealth(string path) => path.Split('/') is ["", "livez" or "readyz" or "healthz", ..];

    /// <summary>Where webhooks lie.</summary>
    public const string HookPrefix = "/hooks/";

    /// <summary>Whether a path is that of a webhook, which knows its senders itself.</summary>
    public static bool IsHook(string path) => path.StartsWith(HookPrefix, StringComparison.Ordinal);

    private static string? BearerOf(string? header)
    {
        const string scheme = "Bearer ";
        return header is not null && header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) && header[scheme.Length..].Trim() is { Length: > 0 } token ? token : null;
    }
}
