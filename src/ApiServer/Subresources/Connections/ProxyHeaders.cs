using System.Collections.Frozen;
using Slipway.Api;

namespace Slipway.ApiServer.Subresources.Connections;

/// <summary>The headers of what passes a proxy, there and back.</summary>
internal static class ProxyHeaders
{
    // Of one connection only (RFC 9110, section 7.6.1).
    private static readonly FrozenSet<string> OfConnection = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade");

    /// <summary>Whether a header says how long the content is or how it is compressed, which changes with it.</summary>
    public static bool IsOfContent(string name) =>
        name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) || name.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase);

    /// <summary>What the server gets: all that the client sent but who the client is to this server, and from where it came.</summary>
    public static IEnumerable<KeyValuePair<string, string>> OfRequest(ApiRequest request)
    {
        string[] named = [.. request.ListHeader("Connection")];
        foreach (var header in request.Headers)
        {
            if (header.Key.StartsWith(':') || OfConnection.Contains(header.Key) || named.Contains(header.Key, StringComparer.OrdinalIgnoreCase)) continue;
            if (header.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase) || header.Key.StartsWith("Impersonate-", StringComparison.OrdinalIgnoreCase)) continue;
            if (header.Key.Equals("X-Forwarded-For", StringComparison.OrdinalIgnoreCase) || header.Key.Equals("X-Forwarded-Uri", StringComparison.OrdinalIgnoreCase)) continue;
            yield return header;
        }
        if (request.Upgrade.Length > 0)
        {
            yield return new("Connection", "Upgrade");
            yield return new("Upgrade", request.Upgrade);
        }
        yield return new("X-Forwarded-For", string.Join(", ", [.. request.ListHeader("X-Forwarded-For"), request.SourceAddress ?? "127.0.0.1"]));
        yield return new("X-Forwarded-Uri", request.PathAndQuery);
    }

    /// <summary>What the client gets, redirections leading below the path at which it sees the server.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> OfAnswer(HttpResponseMessage answer, Uri target, string prefix, bool isSwitched)
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
        {
            if (name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)) continue;
            if (OfConnection.Contains(name) && !(isSwitched && name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase))) continue;
            foreach (var value in values)
                headers.Add(new(name, name.Equals("Location", StringComparison.OrdinalIgnoreCase) ? Location(value, target, prefix) : value));
        }
        return headers;
    }

    /// <summary>Where a redirection of the server leads the client: what is the server's own is below the prefix, all else as it is.</summary>
    public static string Location(string location, Uri target, string prefix)
    {
        if (location.StartsWith('/') && !location.StartsWith("//", StringComparison.Ordinal)) return prefix + location;
        return Uri.TryCreate(location, UriKind.Absolute, out var absolute) && absolute.Scheme is "http" or "https" && absolute.Authority == target.Authority
            ? prefix + absolute.PathAndQuery + absolute.Fragment
            : location;
    }
}
