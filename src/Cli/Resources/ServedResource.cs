using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Cli.Resources;

/// <summary>A resource that the server serves, in its preferred version, as discovery names it.</summary>
internal sealed record ServedResource(string Group, string Version, string Plural, string Singular, string Kind, bool Namespaced, IReadOnlyList<string> ShortNames)
{
    /// <summary>Path of the collection: of one namespace, or of all when <paramref name="ns"/> is null or the resource is cluster-scoped.</summary>
    public string CollectionPath(string? ns)
    {
        var root = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        return Namespaced && ns is not null ? $"{root}/namespaces/{Uri.EscapeDataString(ns)}/{Plural}" : $"{root}/{Plural}";
    }

    /// <summary>Path of one object.</summary>
    public string ObjectPath(string? ns, string name) => $"{CollectionPath(ns)}/{Uri.EscapeDataString(name)}";

    /// <summary>How messages name an object: <c>job.batch/train</c>.</summary>
    public string Describe(string name) => $"{Singular}{(Group.Length == 0 ? "" : $".{Group}")}/{name}";
}

/// <summary>What the server serves, from aggregated discovery (<see href="https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery"/>).</summary>
internal sealed class ServedResources(IReadOnlyList<ServedResource> all)
{
    private const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    /// <summary>Asks the server.</summary>
    public static async Task<ServedResources> LoadAsync(IApi api, CancellationToken cancellation)
    {
        var all = new List<ServedResource>();
        foreach (var path in (string[])["/api", "/apis"])
        {
            var body = await api.SendForBodyAsync(new("GET", path) { Accept = Aggregated }, cancellation);
            all.AddRange(Read(JsonNode.Parse(body.Span)!.AsObject()));
        }
        return new(all);
    }

    /// <summary>Reads an <c>APIGroupDiscoveryList</c>; of a resource in several versions, all are kept, the preferred first.</summary>
    internal static IEnumerable<ServedResource> Read(JsonObject groups) =>
        from item in groups["items"]?.AsArray() ?? []
        let name = (string?)item["metadata"]?["name"] ?? ""
        from version in item["versions"]?.AsArray() ?? []
        from resource in version!["resources"]?.AsArray() ?? []
        select new ServedResource(
            name, (string)version["version"]!, (string)resource!["resource"]!, (string?)resource["singularResource"] ?? "",
            (string?)resource["responseKind"]?["kind"] ?? "", (string?)resource["scope"] == "Namespaced",
            [.. (resource["shortNames"]?.AsArray() ?? []).Select(s => (string)s!)]);

    /// <summary>The resource that a user means by <c>pods</c>, <c>pod</c>, <c>po</c>, <c>Pod</c> or <c>pods.group</c>.</summary>
    /// <exception cref="CommandException">There is none; the message names the nearest.</exception>
    public ServedResource Find(string word) =>
        all.FirstOrDefault(resource => Names(resource).Contains(word, StringComparer.OrdinalIgnoreCase))
        ?? throw new CommandException($"the server has no resource \"{word}\"{NearestName.Hint(word, all.SelectMany(Names))}");

    /// <summary>The resource of a kind, or of a plural name, in its preferred version; null when there is none.</summary>
    public ServedResource? FindOrNull(string group, string kind) => all.FirstOrDefault(resource => resource.Group == group && (resource.Kind == kind || resource.Plural == kind));

    /// <summary>Whether objects of this apiVersion and kind are served.</summary>
    public bool Serves(string apiVersion, string kind) => all.Any(resource => ApiVersion(resource) == apiVersion && resource.Kind == kind);

    /// <summary>The resource that a document belongs to.</summary>
    /// <exception cref="CommandException">There is none; the message names the nearest.</exception>
    public ServedResource Find(string apiVersion, string kind)
    {
        var (group, version) = apiVersion.Split('/') is [var g, var v] ? (g, v) : ("", apiVersion);
        return all.FirstOrDefault(resource => resource.Group == group && resource.Version == version && resource.Kind == kind)
            ?? throw new CommandException(all.Any(resource => resource.Kind == kind)
                ? $"kind {kind} is not served as apiVersion {apiVersion}; use {string.Join(" or ", all.Where(r => r.Kind == kind).Select(ApiVersion).Distinct())}"
                : $"the server has no kind {kind} (apiVersion {apiVersion}){NearestName.Hint(kind, all.Select(resource => resource.Kind))}");
    }

    private static IEnumerable<string> Names(ServedResource resource) =>
        [resource.Plural, resource.Singular, resource.Kind, $"{resource.Plural}.{resource.Group}", .. resource.ShortNames];

    private static string ApiVersion(ServedResource resource) => resource.Group.Length == 0 ? resource.Version : $"{resource.Group}/{resource.Version}";
}
