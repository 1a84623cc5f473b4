using System.Buffers;
using System.Text.Json;
using Slipway.Api;
using Slipway.ApiServer.Aggregation;
using Slipway.ApiServer.CustomResources;
using Slipway.ApiServer.Negotiation;
using Slipway.ApiServer.OpenApi;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Discovery;

/// <summary>Answers what the server says of itself: version, health, discovery and OpenAPI.</summary>
/// <param name="options">With the handlers of parts of the path space.</param>
/// <param name="definitions">What this server serves.</param>
/// <param name="aggregated">What other servers serve; the same list for as long as nothing changes.</param>
/// <param name="openApi">What other servers say in OpenAPI.</param>
/// <param name="health">The health checks.</param>
internal sealed class Descriptions(ApiServerOptions options, CustomResourceService definitions, Func<IReadOnlyList<ExtensionResources>> aggregated, ExtensionOpenApi openApi, HealthChecks health)
{
    private readonly OpenApiDocuments _openApi = new(options.Version, options.Extensions, openApi);
    private volatile Known? _known;
    private IReadOnlyList<ExtensionResources>? _extensions;

    /// <summary>The answer for a path that names no resource; null when there is none.</summary>
    public async ValueTask<Reply?> AnswerAsync(string path, string query, ApiRequest request, CancellationToken cancellation)
    {
        if (request.Method is not ("GET" or "HEAD")) throw new ApiException(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
        var trimmed = path.TrimEnd('/') is { Length: > 0 } named ? named : "/";
        if (await health.AnswerAsync(trimmed, query, cancellation) is { } state) return state;
        if (trimmed.StartsWith("/openapi/", StringComparison.Ordinal)) return await _openApi.AnswerAsync(trimmed, query, definitions.Catalog, request, cancellation);
        var documents = Documents(_extensions ??= await ExtensionResources.AskAsync(options.Extensions, cancellation));
        switch (trimmed)
        {
            case "/": return Reply.Json(documents.Paths);
            case "/version": return Reply.Json(VersionDocument.Of(options.Version));
            case "/api": return Aggregated(request.Accept) is { } version ? Cached(documents.AggregatedCore(version), version, request) : Reply.Json(DiscoveryDocuments.ApiVersions(options.Services.Server));
            case "/apis": return Aggregated(request.Accept) is { } groupsVersion ? Cached(documents.AggregatedGroups(groupsVersion), groupsVersion, request) : Reply.Json(documents.Groups);
        }
        return trimmed.Split('/') switch
        {
            ["", "api", var version] => Found(documents.Resources("", version)),
            ["", "apis", var group] => Found(documents.Group(group)),
            ["", "apis", var group, var version] => Found(documents.Resources(group, version)),
            _ => null,
        };
    }

    private static Reply? Found(byte[]? body) => body is null ? null : Reply.Json(body);

    // The documents change with the catalog, and with what other servers serve.
    private DiscoveryDocuments Documents(IReadOnlyList<ExtensionResources> extensions)
    {
        var (catalog, others) = (definitions.Catalog, aggregated());
        if (_known is { } known && known.Documents.Catalog == catalog && known.Others == others) return known.Documents;
        _known = new(new DiscoveryDocuments(catalog, [.. extensions, .. others]), others);
        return _known.Documents;
    }

    private sealed record Known(DiscoveryDocuments Documents, IReadOnlyList<ExtensionResources> Others);

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

    private static Reply Cached(CompressedBody document, string version, ApiRequest request) => document.Reply(
        $"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList", request.IfNoneMatch, [new("Cache-Control", "public")]);
}

/// <summary>The document at <c>/version</c>.</summary>
internal static class VersionDocument
{
    /// <summary>The level of the API that is served.</summary>
    public const string Major = "1", Minor = "37";

    /// <summary>The version in full, such as <c>v1.37.0+slipway-0.1.0</c>.</summary>
    public static string GitVersion(string build) => $"v{Major}.{Minor}.0+{build}";

    public static byte[] Of(string build)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("major", Major);
            json.WriteString("minor", Minor);
            json.WriteString("gitVersion", GitVersion(build));
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
