using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>The groups of pods that are scheduled together, and those of their pods that have been given a node.</summary>
internal sealed class PodGroups
{
    private readonly Dictionary<ObjectKey, PodGroupView> _groups = [];
    private readonly Dictionary<ObjectKey, ObjectKey> _placed = [];
    private readonly Dictionary<ObjectKey, int> _placedOf = [];

    /// <summary>A group; null when there is none.</summary>
    public PodGroupView? Find(ObjectKey group) => _groups.GetValueOrDefault(group);

    /// <summary>Sets a group; null forgets it.</summary>
    /// <returns>Whether it asks for something else than before: its status changes without that.</returns>
    public bool Set(ObjectKey key, PodGroupView? group)
    {
        var known = Find(key);
        if (group is null)
            return _groups.Remove(key);
        _groups[key] = group;
        return known?.Metadata.Uid != group.Metadata.Uid || known?.MinCount != group.MinCount;
    }

    /// <summary>How many of its pods have a node, or have done their work on one.</summary>
    public int PlacedOf(ObjectKey group) => _placedOf.GetValueOrDefault(group);

    /// <summary>Takes note of the group for which a pod counts as placed; null: for none.</summary>
    /// <returns>The groups that have more or fewer such pods now.</returns>
    public IReadOnlyList<ObjectKey> Note(ObjectKey pod, ObjectKey? group)
    {
        ObjectKey? was = _placed.TryGetValue(pod, out var known) ? known : null;
        if (was == group)
            return [];
        if (was is { } left)
        {
            _placed.Remove(pod);
            if (--_placedOf[left] == 0)
                _placedOf.Remove(left);
        }
        if (group is { } joined)
        {
            _placed[pod] = joined;
            _placedOf[joined] = _placedOf.GetValueOrDefault(joined) + 1;
        }
        return [.. new[] { was, group }.OfType<ObjectKey>()];
    }
}
