using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Slipway.Api;
using Slipway.ApiServer.CustomResources;
using Slipway.ApiServer.Negotiation;
using Slipway.ApiServer.OpenApi;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Discovery;

/// <summary>Answers what the server says of itself: version, health, discovery and OpenAPI.</summary>
internal sealed class Descriptions(ApiServerOptions options, CustomResourceService definitions, HealthChecks health)
{
    private volatile DiscoveryDocuments? _documents;

    /// <summary>The answer for a path that names no resource; null when there is none.</summary>
    public Reply? Answer(string path, string query, ApiRequest request)
    {
        if (request.Method is not ("GET" or "HEAD")) throw new ApiException(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
        var trimmed = path.Length > 1 ? path.TrimEnd('/') : path;
        switch (trimmed)
        {
            case "/": return Reply.Json(Documents().Paths);
            case "/version": return Reply.Json(VersionDocument.Of(options.Version));
            case "/api": return Aggregated(request.Accept) is { } version ? Cached(Documents().AggregatedCore(version), request) : Reply.Json(DiscoveryDocuments.ApiVersions);
            case "/apis": return Aggregated(request.Accept) is { } groupsVersion ? Cached(Documents().AggregatedGroups(groupsVersion), request) : Reply.Json(Documents().Groups);
        }
        if (health.Answer(trimmed, query) is { } state) return state;
        if (trimmed.StartsWith("/openapi/", StringComparison.Ordinal)) return OpenApiDocuments.Answer(trimmed, query, definitions.Catalog, request, options.Version);
        return trimmed.Split('/') switch
        {
            ["", "api", var version] => Found(Documents().Resources("", version)),
            ["", "apis", var group] => Found(Documents().Group(group)),
            ["", "apis", var group, var version] => Found(Documents().Resources(group, version)),
            _ => null,
        };
    }

    private static Reply? Found(byte[]? body) => body is null ? null : Reply.Json(body);

    // The documents change with the catalog only.
    private DiscoveryDocuments Documents()
    {
        var catalog = definitions.Catalog;
        if (_documents is { } known && known.Catalog == catalog) return known;
        return _documents = new DiscoveryDocuments(catalog);
    }

    /// <summary>The version of aggregated discovery that is asked for; null for the plain documents.</summary>
    private static string? Aggregated(string accept)
    {
        foreach (var range in Accept.Parse(accept))
        {
            if (!range.AcceptsJson) continue;
            if (range.As.Length == 0) return null;
            if (range is { As: "APIGroupDiscoveryList", Group: "apidiscovery.k8s.io", Version: "v2" or "v2beta1" }) return range.Version;
        }
        throw Accept.NotAcceptable(MediaTypes.Json, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
    }

    private static Reply Cached((byte[] Body, string Version) document, ApiRequest request) => new()
    {
        ContentType = $"application/json;g=apidiscovery.k8s.io;v={document.Version};as=APIGroupDiscoveryList",
        Body = document.Body,
        Headers = [new("ETag", $"\"{Convert.ToHexString(SHA512.HashData(document.Body))}\""), new("Vary", "Accept"), new("Cache-Control", "public")],
    };
}

/// <summary>The document at <c>/version</c>.</summary>
internal static class VersionDocument
{
    /// <summary>The level of the API that is served.</summary>
    public const string Major = "1", Minor = "37";

    public static byte[] Of(string build)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("major", Major);
            json.WriteString("minor", Minor);
            json.WriteString("gitVersion", $"v{Major}.{Minor}.0+{build}");
            json.WriteString("gitCommit", "");
            json.WriteString("gitTreeState", "clean");
            json.WriteString("buildDate", "1970-01-01T00:00:00Z");
            json.WriteString("goVersion", "");
            json.WriteString("compiler", "dotnet");
            json.WriteString("platform", "linux/amd64");
            json.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }
}
