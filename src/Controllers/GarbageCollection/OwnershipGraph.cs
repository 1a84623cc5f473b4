using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>An object as the garbage collector sees it. Immutable.</summary>
internal sealed record GraphObject
{
    public const string OrphanFinalizer = "orphan";
    public const string ForegroundFinalizer = "foregroundDeletion";

    public required Resource<OwnedObject> Resource { get; init; }
    public required ObjectKey Key { get; init; }
    public required string Uid { get; init; }
    public required string ResourceVersion { get; init; }
    public required IReadOnlyList<V1OwnerReference> Owners { get; init; }
    public required IReadOnlyList<string> Finalizers { get; init; }
    public required bool IsBeingDeleted { get; init; }

    /// <summary>Whether it waits, being deleted, for its dependents to go first.</summary>
    public bool WaitsForDependents => IsBeingDeleted && Finalizers.Contains(ForegroundFinalizer);

    /// <summary>Whether its dependents are to be freed from it before it goes.</summary>
    public bool OrphansDependents => IsBeingDeleted && Finalizers.Contains(OrphanFinalizer);

    public static GraphObject Of(Resource<OwnedObject> resource, OwnedObject item) => new()
    {
        Resource = resource,
        Key = resource.KeyOf(item),
        Uid = item.Metadata.Uid ?? "",
        ResourceVersion = item.Metadata.ResourceVersion ?? "",
        Owners = item.Metadata.OwnerReferences?.AsReadOnly() ?? (IReadOnlyList<V1OwnerReference>)[],
        Finalizers = item.Metadata.Finalizers?.AsReadOnly() ?? (IReadOnlyList<string>)[],
        IsBeingDeleted = item.Metadata.DeletionTimestamp is not null,
    };

    /// <summary>Whether it names an owner that must wait for it.</summary>
    public bool Blocks(string ownerUid) => Owners.Any(owner => owner.Uid == ownerUid && owner.BlockOwnerDeletion == true);
}

/// <summary>Who owns whom, by uid, over all resources. Kept by the watches, read by the workers.</summary>
internal sealed class OwnershipGraph
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, GraphObject> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _dependents = new(StringComparer.Ordinal);

    public GraphObject? Get(string uid)
    {
        lock (_lock)
            return _objects.GetValueOrDefault(uid);
    }

    /// <summary>The objects that name this uid as an owner.</summary>
    public IReadOnlyList<GraphObject> DependentsOf(string uid)
    {
        lock (_lock)
            return _dependents.TryGetValue(uid, out var uids) ? [.. uids.Select(dependent => _objects[dependent])] : [];
    }

    /// <summary>Adds or replaces an object.</summary>
    /// <returns>As it was before; null when it is new.</returns>
    public GraphObject? Put(GraphObject item)
    {
        lock (_lock)
        {
            var old = Forget(item.Uid);
            _objects[item.Uid] = item;
            foreach (var owner in item.Owners)
            {
                if (!_dependents.TryGetValue(owner.Uid, out var dependents))
                    _dependents[owner.Uid] = dependents = new(StringComparer.Ordinal);
                dependents.Add(item.Uid);
            }
            return old;
        }
    }

    /// <summary>Removes an object; its dependents stay.</summary>
    public GraphObject? Remove(string uid)
    {
        lock (_lock)
            return Forget(uid);
    }

    private GraphObject? Forget(string uid)
    {
        if (!_objects.Remove(uid, out var old))
            return null;
        foreach (var owner in old.Owners)
            if (_dependents.TryGetValue(owner.Uid, out var dependents) && dependents.Remove(uid) && dependents.Count == 0)
                _dependents.Remove(owner.Uid);
        return old;
    }
}
