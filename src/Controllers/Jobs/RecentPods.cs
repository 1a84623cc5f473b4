using System.Collections.Concurrent;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Pods that have just been created and that the cache does not show yet: without them a stale cache would have
/// them created twice.
/// </summary>
internal sealed class RecentPods(TimeProvider clock)
{
    // A watch that shows a pod neither come nor gone in this time has missed it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, (JobPodView Pod, long Created)> _pods = new();

    public void Add(JobPodView pod) => _pods[pod.Uid] = (pod, clock.GetTimestamp());

    /// <summary>The cache has seen a pod.</summary>
    public void Seen(ObjectChange<JobPodView> change) => _pods.TryRemove(change.Latest.Uid, out _);

    /// <summary>The pods related to a Job: those that the cache shows, and those of the Job that it does not show yet.</summary>
    public IReadOnlyList<JobPodView> With(ObjectKey job, InformerIndex<JobPodView> cache)
    {
        // First these: a pod that comes into the cache meanwhile is in both, never in neither.
        var recent = _pods.Values.Where(entry => entry.Pod.Controller?.Name == job.Name && entry.Pod.Metadata.NamespaceProperty == job.Namespace).ToList();
        var shown = cache.Find(job.ToString());
        if (recent.Count == 0)
            return shown;
        var uids = shown.Select(pod => pod.Uid).ToHashSet();
        var pods = shown.ToList();
        foreach (var (pod, created) in recent)
        {
            // It may have been seen before it was added here.
            if (uids.Contains(pod.Uid) || clock.GetElapsedTime(created) > Patience)
                _pods.TryRemove(pod.Uid, out _);
            else
                pods.Add(pod);
        }
        return pods;
    }
}
