using System.Collections.Frozen;

namespace Slipway.ApiServer.Catalog;

/// <summary>All served resources at one moment; replaced as a whole when definitions change.</summary>
internal sealed class ResourceCatalog
{
    private readonly FrozenDictionary<(string Group, string Version, string Plural), ServedResource> _byPath;

    /// <param name="resources">The resources; of several versions of a group, the preferred first.</param>
    public ResourceCatalog(IReadOnlyList<ServedResource> resources)
    {
        Resources = resources;
        _byPath = resources.ToFrozenDictionary(r => (r.Type.Group, r.Type.Version, r.Type.Plural));
        Groups = [.. resources.GroupBy(r => r.Type.Group).Select(g => new GroupEntry(g.Key, [.. g.GroupBy(r => r.Type.Version).Select(v => new VersionEntry(v.Key, [.. v]))]))];
    }

    public IReadOnlyList<ServedResource> Resources { get; }

    /// <summary>The groups, the core group first, each with its versions.</summary>
    public IReadOnlyList<GroupEntry> Groups { get; }

    public ServedResource? Find(string group, string version, string plural) => _byPath.GetValueOrDefault((group, version, plural));

    public VersionEntry? FindVersion(string group, string version) =>
        Groups.FirstOrDefault(g => g.Name == group)?.Versions.FirstOrDefault(v => v.Name == version);
}

/// <summary>An API group.</summary>
internal sealed record GroupEntry(string Name, IReadOnlyList<VersionEntry> Versions);

/// <summary>A version of a group.</summary>
internal sealed record VersionEntry(string Name, IReadOnlyList<ServedResource> Resources);
