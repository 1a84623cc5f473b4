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
/// until they change, and <c>/openapi/v2</c>, everything in one document. Documents are made when they are asked for.
/// </summary>
internal static class OpenApiDocuments
{
    private const string V3 = "/openapi/v3";
    private const string Swagger = "application/com.github.proto-openapi.spec.v2@v1.0+json";

    /// <summary>The document at a path; null when there is none.</summary>
    public static Reply? Answer(string path, string query, ResourceCatalog catalog, ApiRequest request, string build)
    {
        if (path == V3) return Reply.Json(JsonBytes.Of(Index(catalog, build)));
        if (path == "/openapi/v2") return AnswerV2(catalog, request, build);
        if (!path.StartsWith(V3 + "/", StringComparison.Ordinal)) return null;
        var entry = path[(V3.Length + 1)..].Split('/') switch
        {
            ["api", var version] => catalog.FindVersion("", version),
            ["apis", var group, var version] => catalog.FindVersion(group, version),
            _ => null,
        };
        if (entry is null) return null;
        if (!Accept.Parse(request.Accept).Any(r => r.AcceptsJson || r.Type == "application/com.github.proto-openapi.spec.v3@v1.0+json"))
            throw Accept.NotAcceptable(MediaTypes.Json);

        var hash = HashOf(entry, build);
        var asked = Routing.Query.Parse(query)["hash"];
        if (asked is not null && asked != hash)
            return new Reply { StatusCode = 301, Headers = [new("Location", AddressOf(entry, hash))] };
        return new Reply
        {
            Body = JsonBytes.Of(new OpenApiDocument(entry).V3(TitleVersion(build))),
            Headers = asked is null
                ? [new("ETag", $"\"{hash}\"")]
                : [new("ETag", $"\"{hash}\""), new("Cache-Control", "public, immutable, max-age=31536000"), new("Vary", "Accept")],
        };
    }

    private static JsonObject Index(ResourceCatalog catalog, string build)
    {
        var paths = new JsonObject();
        foreach (var entry in catalog.Groups.SelectMany(g => g.Versions))
            paths[PathOf(entry)] = new JsonObject { ["serverRelativeURL"] = AddressOf(entry, HashOf(entry, build)) };
        return new JsonObject { ["paths"] = paths };
    }

    private static Reply AnswerV2(ResourceCatalog catalog, ApiRequest request, string build)
    {
        var range = Accept.Parse(request.Accept).FirstOrDefault(r => r.AcceptsJson || r.Type is Swagger or OpenApiV2Protobuf.MediaType);
        if (range.Type == OpenApiV2Protobuf.MediaType)
            return new Reply { ContentType = OpenApiV2Protobuf.MediaType.Replace('@', '.'), Body = OpenApiV2Protobuf.Of(catalog, TitleVersion(build)) };
        if (range.Type is null) throw Accept.NotAcceptable(MediaTypes.Json, Swagger);
        return new Reply
        {
            ContentType = range.AcceptsJson ? MediaTypes.Json : Swagger.Replace('@', '.'),   // the name with @ is one to ask for: it is no valid media type
            Body = JsonBytes.Of(OpenApiDocument.V2([.. catalog.Groups.SelectMany(g => g.Versions)], TitleVersion(build))),
        };
    }

    private static string TitleVersion(string build) => $"v{VersionDocument.Major}.{VersionDocument.Minor}.0+{build}";

    private static string PathOf(VersionEntry entry) =>
        entry.Resources[0].Type is { Group.Length: > 0 } type ? $"apis/{type.Group}/{entry.Name}" : $"api/{entry.Name}";

    private static string AddressOf(VersionEntry entry, string hash) => $"{V3}/{PathOf(entry)}?hash={hash}";

    // Built-in schemas change with the program only, so its module's id stands for them.
    private static string HashOf(VersionEntry entry, string build)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{build} {typeof(ResourceType).Module.ModuleVersionId} {typeof(OpenApiDocument).Module.ModuleVersionId} {PathOf(entry)}"));
        foreach (var resource in entry.Resources)
            hash.AppendData(Encoding.UTF8.GetBytes($" {resource.Type.Plural} {resource.Type.Kind} {resource.Custom?.SchemaHash}"));
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
