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
    public void Set(ObjectKey key, PodGroupView? group)
    {
        if (group is null)
            _groups.Remove(key);
        else
            _groups[key] = group;
    }

    /// <summary>How many of its pods have a node, or have done their work on one.</summary>
    public int PlacedOf(ObjectKey group) => _placedOf.GetValueOrDefault(group);

    /// <summary>Takes note whether a pod counts as placed.</summary>
    public void Note(ObjectKey pod, ObjectKey? group, bool isPlaced)
    {
        if (_placed.Remove(pod, out var known) && --_placedOf[known] == 0)
            _placedOf.Remove(known);
        if (!isPlaced || group is not { } of)
            return;
        _placed[pod] = of;
        _placedOf[of] = _placedOf.GetValueOrDefault(of) + 1;
    }
}
