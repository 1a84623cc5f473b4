using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Slipway.Api;
using Slipway.ApiServer.Authentication;
using Slipway.ApiServer.Routing;

namespace Slipway.ApiServer.Serving;

/// <summary>How much one user may have going on at once. What is over it is refused with 429 and may be tried again.</summary>
internal sealed class RequestLimits(HttpsOptions options, Func<string, bool> passesOn)
{
    private static readonly object CountedKey = new();

    private readonly Shares _requests = new(options.MaxRequestsOfUser);
    private readonly Shares _watches = new(options.MaxWatchesOfUser);
    private readonly Shares _connections = new(options.MaxConnectionsOfUser);

    /// <summary>Counts a request until the result is disposed, and its connection until that is closed.</summary>
    /// <exception cref="ApiException">429: the user has too much going on already.</exception>
    public Shares.Share Enter(UserInfo user, HttpContext http)
    {
        var name = NameOf(user, http);
        CountConnection(name, http);
        return (IsLong(http.Request) ? _watches : _requests).Take(name)
            ?? throw TooMany($"too many requests of {name} at once (at most {options.MaxRequestsOfUser}, and {options.MaxWatchesOfUser} watches); please try again later");
    }

    // All who post to webhooks are strangers: one who posts much is not to take from the others, nor from who asks for health.
    private static string NameOf(UserInfo user, HttpContext http) =>
        Authenticator.IsHook(http.Request.Path.Value ?? "") ? $"{user.Name} at {http.Connection.RemoteIpAddress}" : user.Name;

    /// <summary>Whether a request asks for what lasts as long as the client wants: a watch, a followed log, a stream or a proxy.</summary>
    private bool IsLong(HttpRequest request) =>
        passesOn(request.Path.ToUriComponent()) || (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && (IsSet(request, "watch") || IsSet(request, "follow") || IsWatchPath(request.Path.Value ?? ""));

    private static bool IsSet(HttpRequest request, string name) => request.Query.TryGetValue(name, out var value) && value.ToString() is not ("0" or "false" or "False");

    private static bool IsWatchPath(string path) => path.Contains("/watch/", StringComparison.Ordinal) && RequestPath.Parse(path).IsWatch;

    // A connection is its first user's.
    private void CountConnection(string name, HttpContext http)
    {
        var items = http.Features.Get<IConnectionItemsFeature>()?.Items;
        if (items is null || http.Features.Get<IConnectionLifetimeFeature>() is not { } life) return;
        lock (items)
        {
            if (items.ContainsKey(CountedKey)) return;
            if (_connections.Take(name) is { } share)
            {
                items[CountedKey] = CountedKey;
                life.ConnectionClosed.Register(static counted => ((Shares.Share)counted!).Dispose(), share);
                return;
            }
        }
        http.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        throw TooMany($"too many connections of {name} at once (at most {options.MaxConnectionsOfUser}); please try again later");
    }

    private static ApiException TooMany(string message) => new(429, "TooManyRequests", message) { RetryAfterSeconds = 1 };
}
