using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Discovery;
using Slipway.ApiServer.Negotiation;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.OpenApi;

/// <summary>
/// Answers <c>/openapi/v3</c>, an index of documents by group and version whose addresses carry a hash, so that clients keep them
/// until they change, and <c>/openapi/v2</c>, everything in one document. A document is made when it is first asked for, and kept
/// compressed until what it describes changes.
/// </summary>
/// <param name="build">Version of the server.</param>
internal sealed class OpenApiDocuments(string build)
{
    private const string V3 = "/openapi/v3";
    private const string Swagger = "application/com.github.proto-openapi.spec.v2@v1.0+json";
    private const string V3Protobuf = "application/com.github.proto-openapi.spec.v3@v1.0+json";

    private readonly ConcurrentDictionary<string, Lazy<CompressedBody>> _documents = new(StringComparer.Ordinal);
    private volatile ResourceCatalog? _pruned;

    /// <summary>The document at a path; null when there is none.</summary>
    public Reply? Answer(string path, string query, ResourceCatalog catalog, ApiRequest request)
    {
        Prune(catalog);
        if (path == V3) return Reply.Json(JsonBytes.Of(Index(catalog)));
        if (path == "/openapi/v2") return AnswerV2(catalog, request);
        if (!path.StartsWith(V3 + "/", StringComparison.Ordinal)) return null;
        var entry = path[(V3.Length + 1)..].Split('/') switch
        {
            ["api", var version] => catalog.FindVersion("", version),
            ["apis", var group, var version] => catalog.FindVersion(group, version),
            _ => null,
        };
        if (entry is null) return null;
        if (!Accept.Parse(request.Accept).Any(r => r.AcceptsJson || r.Type == V3Protobuf)) throw Accept.NotAcceptable(MediaTypes.Json);

        var hash = HashOf(entry);
        var asked = Routing.Query.Parse(query)["hash"];
        if (asked is not null && asked != hash)
            return new Reply { StatusCode = 301, Headers = [new("Location", AddressOf(entry, hash))] };
        var document = Document(hash, () => CompressedBody.Of(JsonBytes.Of(new OpenApiDocument(entry).V3(TitleVersion))));
        return document.Reply(MediaTypes.Json, request.IfNoneMatch, asked is null ? [] : [new("Cache-Control", "public, immutable, max-age=31536000")], $"\"{hash}\"");
    }

    private JsonObject Index(ResourceCatalog catalog)
    {
        var paths = new JsonObject();
        foreach (var entry in catalog.Groups.SelectMany(g => g.Versions))
            paths[PathOf(entry)] = new JsonObject { ["serverRelativeURL"] = AddressOf(entry, HashOf(entry)) };
        return new JsonObject { ["paths"] = paths };
    }

    private Reply AnswerV2(ResourceCatalog catalog, ApiRequest request)
    {
        var range = Accept.Parse(request.Accept).FirstOrDefault(r => r.AcceptsJson || r.Type is Swagger or OpenApiV2Protobuf.MediaType);
        var hash = HashOf(catalog);
        // The names with @ are ones to ask for: they are no valid media types.
        return range.Type switch
        {
            null => throw Accept.NotAcceptable(MediaTypes.Json, Swagger, OpenApiV2Protobuf.MediaType),
            OpenApiV2Protobuf.MediaType => Document(hash + "-protobuf", () => CompressedBody.Make(output => OpenApiV2Protobuf.Write(output, catalog, TitleVersion)))
                .Reply(OpenApiV2Protobuf.MediaType.Replace('@', '.'), request.IfNoneMatch),
            _ => Document(hash, () => CompressedBody.Make(output => OpenApiDocument.WriteV2(output, catalog.Groups.SelectMany(g => g.Versions), TitleVersion)))
                .Reply(range.AcceptsJson ? MediaTypes.Json : Swagger.Replace('@', '.'), request.IfNoneMatch),
        };
    }

    private CompressedBody Document(string hash, Func<CompressedBody> make) => _documents.GetOrAdd(hash, _ => new(make)).Value;

    // What describes an older catalog is not asked for again.
    private void Prune(ResourceCatalog catalog)
    {
        if (_pruned == catalog) return;
        _pruned = catalog;
        var whole = HashOf(catalog);
        var current = catalog.Groups.SelectMany(g => g.Versions).Select(HashOf).Append(whole).Append(whole + "-protobuf").ToHashSet();
        foreach (var hash in _documents.Keys)
            if (!current.Contains(hash)) _documents.TryRemove(hash, out _);
    }

    private string TitleVersion => $"v{VersionDocument.Major}.{VersionDocument.Minor}.0+{build}";

    private static string PathOf(VersionEntry entry) =>
        entry.Resources[0].Type is { Group.Length: > 0 } type ? $"apis/{type.Group}/{entry.Name}" : $"api/{entry.Name}";

    private static string AddressOf(VersionEntry entry, string hash) => $"{V3}/{PathOf(entry)}?hash={hash}";

    private string HashOf(ResourceCatalog catalog) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(catalog.Groups.SelectMany(g => g.Versions).Select(HashOf)))));

    // Built-in schemas change with the program only, so its module's id stands for them.
    private string HashOf(VersionEntry entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{build} {typeof(ResourceType).Module.ModuleVersionId} {typeof(OpenApiDocument).Module.ModuleVersionId} {PathOf(entry)}"));
        foreach (var resource in entry.Resources)
            hash.AppendData(Encoding.UTF8.GetBytes($" {resource.Type.Plural} {resource.Type.Kind} {resource.Custom?.SchemaHash}"));
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
