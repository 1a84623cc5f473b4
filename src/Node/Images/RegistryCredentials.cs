using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Node.Cri;

namespace Slipway.Node.Images;

/// <summary>The credentials of a docker configuration file (a Secret of type <c>kubernetes.io/dockerconfigjson</c>).</summary>
internal static class RegistryCredentials
{
    /// <summary>Those that fit an image, the most specific first.</summary>
    public static IEnumerable<AuthConfig> For(ImageName image, ReadOnlySpan<byte> configuration)
    {
        JsonNode? document;
        try
        {
            document = JsonNode.Parse(configuration);
        }
        catch (JsonException)
        {
            return [];
        }
        // A .dockercfg file is the bare table of registries.
        var registries = document?["auths"] as JsonObject ?? document as JsonObject ?? [];
        return registries
            .Where(r => r.Value is JsonObject && Fits(Place(r.Key), image))
            .OrderByDescending(r => Place(r.Key).Length)
            .Select(r => Credential(r.Value!.AsObject()))
            .OfType<AuthConfig>()
            .ToList();
    }

    private static AuthConfig? Credential(JsonObject entry)
    {
        var auth = (string?)entry["auth"] ?? "";
        var (user, password) = ((string?)entry["username"] ?? "", (string?)entry["password"] ?? "");
        if (user.Length == 0 && auth.Length > 0)
        {
            var buffer = new byte[auth.Length];
            if (!Convert.TryFromBase64String(auth, buffer, out var length))
                return null;
            var text = Encoding.UTF8.GetString(buffer, 0, length);
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
                return null;
            (user, password) = (text[..colon], text[(colon + 1)..].TrimEnd('\0'));
        }
        var token = (string?)entry["identitytoken"] ?? "";
        return user.Length == 0 && token.Length == 0 ? null
            : new() { Username = user, Password = password, IdentityToken = token };   // with a server's address, containerd would compare it with the host that it resolved
    }

    // Keys are host names, with or without scheme, port, path and API version.
    private static string Place(string key)
    {
        var place = key;
        foreach (var scheme in new[] { "https://", "http://" })
            if (place.StartsWith(scheme, StringComparison.Ordinal))
                place = place[scheme.Length..];
        place = place.TrimEnd('/');
        foreach (var version in new[] { "/v1", "/v2" })
            if (place.EndsWith(version, StringComparison.Ordinal))
                place = place[..^version.Length];
        return place is "index.docker.io" or "registry-1.docker.io" ? "docker.io" : place;
    }

    private static bool Fits(string place, ImageName image)
    {
        var slash = place.IndexOf('/', StringComparison.Ordinal);
        var (host, path) = slash < 0 ? (place, "") : (place[..slash], place[(slash + 1)..]);
        return HostFits(host, image.Domain) && (path.Length == 0 || image.Path == path || image.Path.StartsWith(path + "/", StringComparison.Ordinal));
    }

    private static bool HostFits(string pattern, string host)
    {
        if (!pattern.StartsWith("*.", StringComparison.Ordinal))
            return pattern == host;
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && host[dot..] == pattern[1..];
    }
}
