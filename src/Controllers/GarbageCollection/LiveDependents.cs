using System.Collections.Concurrent;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>The dependents of an owner as the API has them, where the watches may be behind.</summary>
/// <param name="graph">What the watches have shown.</param>
/// <param name="monitors">The watches.</param>
/// <param name="api">The API.</param>
internal sealed class LiveDependents(OwnershipGraph graph, ResourceMonitors monitors, IApi api)
{
    private const int MostLists = 4096;

    // One list serves all owners that were deleted before it. Only what the watches had not shown is kept of it.
    private readonly ConcurrentDictionary<(DiscoveredResource, string Namespace), (string Version, ILookup<string, GraphObject> Unseen)> _lists = new();

    /// <summary>What the watches have shown, and what the API has of resources whose watch is behind.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="since">The resource version at which what was there is told.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <remarks>A resource that does not answer is left out: an owner is not to wait for ever for what may have nothing of it.</remarks>
    public async Task<IReadOnlyList<GraphObject>> OfAsync(GraphObject owner, string since, CancellationToken cancellation)
    {
        var found = new List<GraphObject>();
        foreach (var resource in monitors.Behind(since).Where(resource => MayDependOn(owner, resource)))
            try
            {
                found.AddRange((await UnseenAsync(resource, owner.Key.Namespace, since, cancellation))[owner.Uid].Where(IsUnseen));
            }
            catch (ApiException)
            {
                // Such as one whose conversion webhook is down.
            }
        // Read last: what a watch comes to show meanwhile is in both, never in neither.
        return [.. found, .. graph.DependentsOf(owner.Uid)];
    }

    /// <summary>What the API has, of all resources that are served by now.</summary>
    /// <exception cref="ApiException">A resource cannot be read: nothing is sure then.</exception>
    public async Task<IReadOnlyList<GraphObject>> AllOfAsync(GraphObject owner, CancellationToken cancellation)
    {
        var served = await ResourceDiscovery.DiscoverAsync(api, cancellation);
        // A group that cannot be asked is taken to serve what it did.
        var unasked = monitors.Resources.Where(known => served.Failures.ContainsKey(known.Metadata.ApiVersion));
        var found = new List<GraphObject>();
        foreach (var resource in served.Resources.Concat(unasked).Where(resource => ResourceMonitors.IsWatched(resource) && MayDependOn(owner, resource)))
            found.AddRange((await ReadAsync(resource, owner.Key.Namespace, cancellation)).Objects.Where(item => item.Owners.Any(other => other.Uid == owner.Uid)));
        return found;
    }

    private async Task<ILookup<string, GraphObject>> UnseenAsync(DiscoveredResource resource, string ns, string since, CancellationToken cancellation)
    {
        if (_lists.TryGetValue((resource, ns), out var known) && ResourceMonitors.HasReached(known.Version, since))
            return known.Unseen;
        var (version, objects) = await ReadAsync(resource, ns, cancellation);
        var unseen = objects.Where(IsUnseen).SelectMany(item => item.Owners.Select(owner => (owner.Uid, item))).ToLookup(pair => pair.Uid, pair => pair.item, StringComparer.Ordinal);
        if (_lists.Count >= MostLists)
            _lists.Clear();
        _lists[(resource, ns)] = (version, unseen);
        return unseen;
    }

    private async Task<(string Version, IEnumerable<GraphObject> Objects)> ReadAsync(DiscoveredResource resource, string ns, CancellationToken cancellation)
    {
        var kind = OwnedObject.ResourceOf(resource);
        var list = await api.ListAsync(kind, ns.Length == 0 ? null : ns, new() { PageSize = 500, Accept = PartialObjectMetadata.Accept }, cancellation);
        return (list.ResourceVersion, list.Items.Where(item => item.Metadata.OwnerReferences is { Count: > 0 }).Select(item => GraphObject.Of(kind, item)));
    }

    private bool IsUnseen(GraphObject item) => graph.Get(item.Uid) is not { } seen || !ResourceMonitors.HasReached(seen.ResourceVersion, item.ResourceVersion);

    // Nothing that is in no namespace, or in another one, depends on what is in a namespace.
    private static bool MayDependOn(GraphObject owner, DiscoveredResource resource) => resource.Namespaced || owner.Key.Namespace.Length == 0;
}
