using System.Collections.Concurrent;
using System.Globalization;
using Slipway.Api;

namespace Slipway.Controllers;

/// <summary>
/// Tells which change in life a new state of endpoints follows: a pod that became ready or unready, or a new service. From it
/// the delay of the network's programming is measured.
/// </summary>
internal sealed class TriggerTimes
{
    private readonly ConcurrentDictionary<ObjectKey, Dictionary<string, DateTime>> _known = new();

    /// <summary>The earliest change since the last call for this service, as it is annotated; null when nothing has changed.</summary>
    public string? Next(ObjectKey key, ServiceView service, IEnumerable<PodView> pods)
    {
        var now = new Dictionary<string, DateTime>();
        if (service.Metadata.CreationTimestamp is { } created) now[""] = created;
        foreach (var pod in pods)
            if (pod.ReadinessChangedAt is { } at) now[pod.Metadata.Name] = at;
        var before = _known.GetValueOrDefault(key);
        _known[key] = now;
        var changed = now.Where(entry => before is null || !before.TryGetValue(entry.Key, out var earlier) || entry.Value > earlier).Select(entry => entry.Value).ToList();
        return changed.Count == 0 ? null : changed.Min().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }

    public void Forget(ObjectKey key) => _known.TryRemove(key, out _);
}
