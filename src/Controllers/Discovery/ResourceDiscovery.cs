using System.Text.Json;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>One resource that the API serves, in the version that its group prefers.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">Version within the group.</param>
/// <param name="Plural">Plural name in paths.</param>
/// <param name="Kind">Kind of its objects.</param>
/// <param name="Namespaced">Whether its objects live in namespaces.</param>
/// <param name="Verbs">What can be done with it.</param>
internal sealed record DiscoveredResource(string Group, string Version, string Plural, string Kind, bool Namespaced, IReadOnlyList<string> Verbs)
{
    /// <summary><c>plural.group</c>, or the plural alone for the core group.</summary>
    public string Name => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>The resource, read as metadata alone.</summary>
    public Resource<PartialObjectMetadata> Metadata => PartialObjectMetadata.ResourceOf(Group, Version, Plural, Kind, Namespaced);

    /// <summary>Whether all of these can be done with it.</summary>
    public bool Can(params ReadOnlySpan<string> verbs)
    {
        foreach (var verb in verbs)
            if (!Verbs.Contains(verb))
                return false;
        return true;
    }
}

/// <summary>What the API serves, and which groups could not be asked.</summary>
/// <param name="Resources">The resources, each once.</param>
/// <param name="Failures">Why group versions could not be read, by <c>group/version</c>.</param>
internal sealed record DiscoveredApi(IReadOnlyList<DiscoveredResource> Resources, IReadOnlyDictionary<string, string> Failures);

/// <summary>Asks the API what it serves (<see href="https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api"/>).</summary>
internal static class ResourceDiscovery
{
    public static async Task<DiscoveredApi> DiscoverAsync(IApi api, CancellationToken cancellation)
    {
        var groups = await ReadAsync<GroupList>(api, "/apis", cancellation);
        var versions = new List<(string Group, string Version, string Path)> { ("", "v1", "/api/v1") };
        foreach (var group in groups.Groups ?? [])
        {
            // The preferred version first: a resource is taken from the first that has it.
            var preferred = group.PreferredVersion?.Version;
            foreach (var version in (group.Versions ?? []).OrderByDescending(version => version.Version == preferred))
                versions.Add((group.Name, version.Version, $"/apis/{group.Name}/{version.Version}"));
        }

        var found = new Dictionary<(string Group, string Plural), DiscoveredResource>();
        var failures = new Dictionary<string, string>();
        foreach (var (group, version, path) in versions)
        {
            try
            {
                foreach (var resource in (await ReadAsync<ResourceList>(api, path, cancellation)).Resources ?? [])
                    if (!resource.Name.Contains('/'))
                        found.TryAdd((group, resource.Name), new(group, version, resource.Name, resource.Kind, resource.Namespaced, resource.Verbs ?? []));
            }
            catch (ApiException e)
            {
                // The server behind one group may be away; the others still count.
                failures[group.Length == 0 ? version : $"{group}/{version}"] = e.Message;
            }
        }
        return new([.. found.Values], failures);
    }

    private static async Task<T> ReadAsync<T>(IApi api, string path, CancellationToken cancellation) where T : class
    {
        var body = await api.SendForBodyAsync(new("GET", path), cancellation);
        try
        {
            return JsonSerializer.Deserialize(body.Span, Kinds.Set.Type<T>())!;
        }
        catch (JsonException e)
        {
            throw new ApiException(500, "InternalError", $"{path} is no discovery document: {e.Message}");
        }
    }
}

internal sealed class GroupList
{
    public List<Group>? Groups { get; set; }

    internal sealed class Group
    {
        public string Name { get; set; } = "";
        public List<GroupVersion>? Versions { get; set; }
        public GroupVersion? PreferredVersion { get; set; }
    }

    internal sealed class GroupVersion
    {
        public string Version { get; set; } = "";
    }
}

internal sealed class ResourceList
{
    public List<Resource>? Resources { get; set; }

    internal sealed class Resource
    {
        public string Name { get; set; } = "";
        public string Kind { get; set; } = "";
        public bool Namespaced { get; set; }
        public List<string>? Verbs { get; set; }
    }
}
