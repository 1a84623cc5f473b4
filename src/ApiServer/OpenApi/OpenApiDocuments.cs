using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer.Aggregation;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Discovery;
using Slipway.ApiServer.Negotiation;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.OpenApi;

/// <summary>
/// Answers <c>/openapi/v3</c>, an index of documents by group and version whose addresses carry a hash, so that clients keep them
/// until they change, and <c>/openapi/v2</c>, everything in one document. A document is made when it is first asked for, and kept
/// compressed until what it describes changes. What other servers serve is in both, as they describe it;
/// of those that know no v3, what is made of their v2.
/// </summary>
/// <param name="build">Version of the server.</param>
/// <param name="handlers">The handlers of parts of the path space, which say once what they serve.</param>
/// <param name="extensions">What servers behind APIServices say; its specs are the same list for as long as nothing changes.</param>
internal sealed class OpenApiDocuments(string build, IReadOnlyList<IExtensionApi> handlers, ExtensionOpenApi extensions)
{
    private const string V3 = "/openapi/v3";
    private const string Swagger = "application/com.github.proto-openapi.spec.v2@v1.0+json";
    private const string V3Json = "application/com.github.proto-openapi.spec.v3@v1.0+json";
    private const string ProtobufSuffix = "-protobuf";

    private readonly KeptDocuments _documents = new();
    private volatile Sources? _pruned;
    private volatile Specs? _specs;

    /// <summary>The document at a path; null when there is none.</summary>
    /// <exception cref="ApiException">503: the server that has it does not give it.</exception>
    public async ValueTask<Reply?> AnswerAsync(string path, string query, ResourceCatalog catalog, ApiRequest request, CancellationToken cancellation)
    {
        var sources = new Sources(catalog, await SpecsAsync(cancellation));
        Prune(sources);
        if (path == V3) return Reply.Json(JsonBytes.Of(Index(sources)));
        if (path == "/openapi/v2") return AnswerV2(sources, request);
        if (!path.StartsWith(V3 + "/", StringComparison.Ordinal)) return null;
        if (sources.Specs.FirstOrDefault(s => s.ServedHash.Length > 0 && path.AsSpan(V3.Length + 1).SequenceEqual(s.Path)) is { } spec)
            return await AnswerAsync(spec.Path, spec.ServedHash, query, request, () => spec.Hash.Length > 0
                ? extensions.DocumentAsync(spec, cancellation)
                : ValueTask.FromResult(_documents.Get(spec.ServedHash, () => SwaggerConversion.ToV3(spec.Swagger!, $"{spec.Group}/{spec.Version}", spec.Version))));
        var entry = path[(V3.Length + 1)..].Split('/') switch
        {
            ["api", var version] => catalog.FindVersion("", version),
            ["apis", var group, var version] => catalog.FindVersion(group, version),
            _ => null,
        };
        if (entry is null) return null;
        var known = HashOf(entry);
        return await AnswerAsync(PathOf(entry), known, query, request, () => ValueTask.FromResult(_documents.Get(known, () => CompressedBody.Of(JsonBytes.Of(new OpenApiDocument(entry).V3(TitleVersion))))));
    }

    // The same list for as long as nothing changes.
    private async ValueTask<IReadOnlyList<ExtensionSpec>> SpecsAsync(CancellationToken cancellation)
    {
        var (known, others) = (_specs, extensions.Specs);
        if (known is not null && ReferenceEquals(known.Others, others)) return known.All;
        var own = known?.Own ?? await ExtensionSpec.AskAsync(handlers, cancellation);
        _specs = known = new(own, others, [.. own, .. others]);
        return known.All;
    }

    private async ValueTask<Reply> AnswerAsync(string path, string hash, string query, ApiRequest request, Func<ValueTask<CompressedBody>> document)
    {
        var range = Accept.Parse(request.Accept).FirstOrDefault(r => r.AcceptsJson || r.Type is V3Json or OpenApiV3Protobuf.MediaType or OpenApiV3Protobuf.OldMediaType);
        if (range.Type is null) throw Accept.NotAcceptable(MediaTypes.Json, OpenApiV3Protobuf.MediaType);

        var asked = Routing.Query.Parse(query)["hash"];
        if (asked is not null && asked != hash)
            return new Reply { StatusCode = 301, Headers = [new("Location", AddressOf(path, hash))] };
        var body = await document();
        var isProtobuf = range.Type is OpenApiV3Protobuf.MediaType or OpenApiV3Protobuf.OldMediaType;
        if (isProtobuf) body = _documents.Get(hash + ProtobufSuffix, () => OpenApiV3Protobuf.Of(body));
        return body.Reply(isProtobuf ? OpenApiV3Protobuf.MediaType : MediaTypes.Json, request.IfNoneMatch, asked is null ? [] : [new("Cache-Control", "public, immutable, max-age=31536000")], $"\"{hash}\"");
    }

    private JsonObject Index(Sources sources)
    {
        var paths = new JsonObject();
        foreach (var entry in sources.Catalog.Groups.SelectMany(g => g.Versions)) Add(PathOf(entry), HashOf(entry));
        foreach (var spec in sources.Specs.Where(s => s.ServedHash.Length > 0)) Add(spec.Path, spec.ServedHash);

        void Add(string path, string hash) => paths[path] = new JsonObject { ["serverRelativeURL"] = AddressOf(path, hash) };
        return new JsonObject { ["paths"] = paths };
    }

    private Reply AnswerV2(Sources sources, ApiRequest request)
    {
        var range = Accept.Parse(request.Accept).FirstOrDefault(r => r.AcceptsJson || r.Type is Swagger or OpenApiV2Protobuf.MediaType);
        var hash = HashOf(sources);
        // The names with @ are ones to ask for: they are no valid media types.
        return range.Type switch
        {
            null => throw Accept.NotAcceptable(MediaTypes.Json, Swagger, OpenApiV2Protobuf.MediaType),
            OpenApiV2Protobuf.MediaType => _documents.Get(hash + ProtobufSuffix, () => CompressedBody.Make(output => OpenApiV2Protobuf.Write(output, sources.OwnV2, sources.Parts, TitleVersion)))
                .Reply(OpenApiV2Protobuf.MediaType.Replace('@', '.'), request.IfNoneMatch),
            _ => _documents.Get(hash, () => CompressedBody.Make(output => OpenApiDocument.WriteV2(output, sources.OwnV2, sources.Parts, TitleVersion)))
                .Reply(range.AcceptsJson ? MediaTypes.Json : Swagger.Replace('@', '.'), request.IfNoneMatch),
        };
    }

    // What describes an older catalog is not asked for again.
    private void Prune(Sources sources)
    {
        if (_pruned is { } pruned && ReferenceEquals(pruned.Catalog, sources.Catalog) && ReferenceEquals(pruned.Specs, sources.Specs)) return;
        _pruned = sources;
        var whole = HashOf(sources);
        var current = sources.Catalog.Groups.SelectMany(g => g.Versions).Select(HashOf).Concat(sources.Specs.Select(s => s.ServedHash)).Append(whole).ToHashSet();
        _documents.KeepOnly(current.Concat(current.Select(h => h + ProtobufSuffix)).ToHashSet());
    }

    private string TitleVersion => $"v{VersionDocument.Major}.{VersionDocument.Minor}.0+{build}";

    private static string PathOf(VersionEntry entry) =>
        entry.Resources[0].Type is { Group.Length: > 0 } type ? $"apis/{type.Group}/{entry.Name}" : $"api/{entry.Name}";

    private static string AddressOf(string path, string hash) => $"{V3}/{path}?hash={hash}";

    private string HashOf(Sources sources) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(sources.OwnV2.Select(HashOf).Concat(sources.Parts.Select(p => p.Document.Tag))))));

    // Built-in schemas change with the program only, so its module's id stands for them.
    private string HashOf(VersionEntry entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{build} {typeof(ResourceType).Module.ModuleVersionId} {typeof(OpenApiDocument).Module.ModuleVersionId} {PathOf(entry)}"));
        foreach (var resource in entry.Resources)
            hash.AppendData(Encoding.UTF8.GetBytes($" {resource.Type.Plural} {resource.Type.Kind} {resource.Custom?.SchemaHash}"));
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private sealed record Specs(IReadOnlyList<ExtensionSpec> Own, IReadOnlyList<ExtensionSpec> Others, IReadOnlyList<ExtensionSpec> All);

    /// <summary>What is described: by this server, and by others.</summary>
    private sealed record Sources(ResourceCatalog Catalog, IReadOnlyList<ExtensionSpec> Specs)
    {
        public IReadOnlyList<SwaggerPart> Parts { get; } = [.. Specs.Select(s => s.Swagger).OfType<SwaggerPart>()];

        // A version that another server has taken over is described by that one.
        public IReadOnlyList<VersionEntry> OwnV2 { get; } = [.. Catalog.Groups.SelectMany(g => g.Versions.Where(v => !Specs.Any(s => s.Swagger is not null && s.Group == g.Name && s.Version == v.Name)))];
    }
}
