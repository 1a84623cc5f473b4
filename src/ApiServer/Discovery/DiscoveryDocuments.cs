using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Slipway.Api.Documents;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Discovery;

/// <summary>The discovery documents of one catalog (<see href="https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api"/>).</summary>
/// <param name="catalog">What is served.</param>
/// <param name="extensions">What handlers of parts of the path space serve beside it.</param>
internal sealed class DiscoveryDocuments(ResourceCatalog catalog, IReadOnlyList<ExtensionResources> extensions)
{
    private readonly ConcurrentDictionary<string, CompressedBody> _aggregated = new(StringComparer.Ordinal);

    public ResourceCatalog Catalog => catalog;

    /// <summary>All paths, at <c>/</c>.</summary>
    public byte[] Paths => Written(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("paths");
        string[] fixedPaths = ["/.well-known/openid-configuration", "/healthz", "/livez", "/metrics", "/metrics/slis", "/openapi/v2", "/openapi/v3", "/openid/v1/jwks", "/readyz", "/version"];
        foreach (var path in catalog.Groups.SelectMany(g => g.Name.Length == 0
            ? ["/api", .. g.Versions.Select(v => $"/api/{v.Name}")]
            : (IEnumerable<string>)["/apis", $"/apis/{g.Name}", .. g.Versions.Select(v => $"/apis/{g.Name}/{v.Name}")]).Concat(fixedPaths).Distinct().Order(StringComparer.Ordinal))
        {
            json.WriteStringValue(path);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary><c>APIVersions</c>, at <c>/api</c>, with the address at which clients reach the server; null when that is not told.</summary>
    public static byte[] ApiVersions(IPEndPoint? server) => Written(json =>
    {
        Start(json, "APIVersions");
        json.WriteStartArray("versions");
        json.WriteStringValue("v1");
        json.WriteEndArray();
        json.WriteStartArray("serverAddressByClientCIDRs");
        if (server is not null)
        {
            json.WriteStartObject();
            json.WriteString("clientCIDR", "0.0.0.0/0");
            json.WriteString("serverAddress", server.ToString());
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary><c>APIGroupList</c>, at <c>/apis</c>.</summary>
    public byte[] Groups => Written(json =>
    {
        Start(json, "APIGroupList", "v1");
        json.WriteStartArray("groups");
        foreach (var group in NamedGroups) WriteGroup(json, group, withKind: false);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private IEnumerable<GroupEntry> NamedGroups => catalog.Groups.Where(g => g.Name.Length > 0).Concat(
        extensions.Where(e => catalog.Groups.All(g => g.Name != e.Group)).GroupBy(e => e.Group).Select(g => new GroupEntry(g.Key, [.. g.Select(e => new VersionEntry(e.Version, []))])));

    /// <summary><c>APIGroup</c>, at <c>/apis/GROUP</c>; null for an unknown one.</summary>
    public byte[]? Group(string name) =>
        NamedGroups.FirstOrDefault(g => g.Name == name) is { } group ? Written(json => WriteGroup(json, group, withKind: true)) : null;

    /// <summary><c>APIResourceList</c>, at <c>/api/v1</c> and <c>/apis/GROUP/VERSION</c>; null for an unknown one.</summary>
    public byte[]? Resources(string group, string version) => catalog.FindVersion(group, version) is not { } entry ? null : Written(json =>
    {
        Start(json, "APIResourceList", "v1");
        json.WriteString("groupVersion", group.Length == 0 ? version : $"{group}/{version}");
        json.WriteStartArray("resources");
        foreach (var resource in entry.Resources) WriteResource(json, resource);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>The core group as aggregated discovery, at <c>/api</c>.</summary>
    public CompressedBody AggregatedCore(string version) =>
        _aggregated.GetOrAdd($"core {version}", _ => CompressedBody.Of(Aggregated(catalog.Groups.Where(g => g.Name.Length == 0), version)));

    /// <summary>The named groups as aggregated discovery, at <c>/apis</c>.</summary>
    public CompressedBody AggregatedGroups(string version) => _aggregated.GetOrAdd($"groups {version}", _ => CompressedBody.Of(Aggregated(NamedGroups, version)));

    private byte[] Aggregated(IEnumerable<GroupEntry> groups, string version) => Written(json =>
    {
        Start(json, "APIGroupDiscoveryList", $"apidiscovery.k8s.io/{version}");
        json.WriteStartObject("metadata");
        json.WriteEndObject();
        json.WriteStartArray("items");
        foreach (var group in groups)
        {
            json.WriteStartObject();
            json.WriteStartObject("metadata");
            if (group.Name.Length > 0) json.WriteString("name", group.Name);
            json.WriteNull("creationTimestamp");
            json.WriteEndObject();
            json.WriteStartArray("versions");
            foreach (var entry in group.Versions)
            {
                json.WriteStartObject();
                json.WriteString("version", entry.Name);
                json.WriteStartArray("resources");
                foreach (var resource in entry.Resources) WriteAggregated(json, resource);
                foreach (var extension in extensions.Where(e => e.Group == group.Name && e.Version == entry.Name)) WriteAggregated(json, extension);
                json.WriteEndArray();
                json.WriteString("freshness", "Current");
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void WriteAggregated(Utf8JsonWriter json, ServedResource resource)
    {
        var type = resource.Type;
        json.WriteStartObject();
        json.WriteString("resource", type.Plural);
        WriteKind(json, "responseKind", type.Group, type.Version, type.Kind);
        json.WriteString("scope", type.Namespaced ? "Namespaced" : "Cluster");
        json.WriteString("singularResource", type.Singular);
        WriteTexts(json, "verbs", Verbs.Listed(resource));
        if (type.ShortNames.Count > 0) WriteTexts(json, "shortNames", type.ShortNames);
        if (type.Categories.Count > 0) WriteTexts(json, "categories", type.Categories);
        json.WriteStartArray("subresources");
        foreach (var (name, subresource) in Verbs.Subresources(resource))
        {
            json.WriteStartObject();
            json.WriteString("subresource", name);
            WriteKind(json, "responseKind", subresource.Group, subresource.Version, subresource.Kind);
            WriteTexts(json, "verbs", subresource.Verbs);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteAggregated(Utf8JsonWriter json, ExtensionResources extension)
    {
        foreach (var resource in extension.Resources.Where(r => r.Text("name")?.Contains('/') == false))
        {
            json.WriteStartObject();
            json.WriteString("resource", resource.Text("name"));
            WriteKind(json, "responseKind", resource.Text("group") ?? extension.Group, resource.Text("version") ?? extension.Version, resource.Text("kind") ?? "");
            json.WriteString("scope", resource.Boolean("namespaced") == true ? "Namespaced" : "Cluster");
            json.WriteString("singularResource", resource.Text("singularName"));
            foreach (var list in (ReadOnlySpan<string>)["verbs", "shortNames", "categories"])
                if (resource.Array(list) is { } texts) WriteTexts(json, list, texts.Select(t => t.AsText() ?? ""));
            json.WriteEndObject();
        }
    }

    private static void WriteKind(Utf8JsonWriter json, string property, string group, string version, string kind)
    {
        json.WriteStartObject(property);
        json.WriteString("group", group);
        json.WriteString("version", version);
        json.WriteString("kind", kind);
        json.WriteEndObject();
    }

    private static void WriteResource(Utf8JsonWriter json, ServedResource resource)
    {
        var type = resource.Type;
        json.WriteStartObject();
        json.WriteString("name", type.Plural);
        json.WriteString("singularName", type.Singular);
        json.WriteBoolean("namespaced", type.Namespaced);
        json.WriteString("kind", type.Kind);
        WriteTexts(json, "verbs", Verbs.Listed(resource));
        if (type.ShortNames.Count > 0) WriteTexts(json, "shortNames", type.ShortNames);
        if (type.Categories.Count > 0) WriteTexts(json, "categories", type.Categories);
        if (type.IsStored) json.WriteString("storageVersionHash", StorageVersionHash(resource));
        json.WriteEndObject();
        foreach (var (name, subresource) in Verbs.Subresources(resource))
        {
            json.WriteStartObject();
            json.WriteString("name", $"{type.Plural}/{name}");
            json.WriteString("singularName", "");
            json.WriteBoolean("namespaced", type.Namespaced);
            if ((subresource.Group, subresource.Version) != (type.Group, type.Version))
            {
                if (subresource.Group.Length > 0) json.WriteString("group", subresource.Group);
                json.WriteString("version", subresource.Version);
            }
            json.WriteString("kind", subresource.Kind);
            WriteTexts(json, "verbs", subresource.Verbs);
            json.WriteEndObject();
        }
    }

    // Names the version that objects are stored in, as https://github.com/kubernetes/apiserver/blob/master/pkg/endpoints/discovery/storageversionhash.go does.
    private static string StorageVersionHash(ServedResource resource)
    {
        var type = resource.Form?.Type ?? resource.Type;
        var version = resource.Custom is { } custom ? custom.StorageApiVersion[(custom.StorageApiVersion.IndexOf('/') + 1)..] : type.Version;
        return Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes($"{type.Group}/{version}/{type.Kind}")).AsSpan(0, 8));
    }

    private static void WriteGroup(Utf8JsonWriter json, GroupEntry group, bool withKind)
    {
        if (withKind) Start(json, "APIGroup", "v1");
        else json.WriteStartObject();
        json.WriteString("name", group.Name);
        json.WriteStartArray("versions");
        foreach (var version in group.Versions) WriteVersion(json, group, version);
        json.WriteEndArray();
        json.WritePropertyName("preferredVersion");
        WriteVersion(json, group, group.Versions[0]);
        json.WriteEndObject();
    }

    private static void WriteVersion(Utf8JsonWriter json, GroupEntry group, VersionEntry version)
    {
        json.WriteStartObject();
        json.WriteString("groupVersion", $"{group.Name}/{version.Name}");
        json.WriteString("version", version.Name);
        json.WriteEndObject();
    }

    private static void Start(Utf8JsonWriter json, string kind, string? apiVersion = null)
    {
        json.WriteStartObject();
        json.WriteString("kind", kind);
        if (apiVersion is not null) json.WriteString("apiVersion", apiVersion);
    }

    private static void WriteTexts(Utf8JsonWriter json, string property, IEnumerable<string> texts)
    {
        json.WriteStartArray(property);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static byte[] Written(Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        using (var json = JsonBytes.Writer(output)) write(json);
        return output.WrittenSpan.ToArray();
    }
}
