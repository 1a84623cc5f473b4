using k8s.Models;

namespace Slipway.Flows;

/// <summary>How far the pods of a gang are.</summary>
/// <param name="Missing">Replicas that have no pod.</param>
/// <param name="Failed">Whether one has failed or is going, so that the others are of no use.</param>
/// <param name="IsEnded">Whether the attempt is over: all have succeeded, or one has failed and none of the others is left.</param>
internal sealed record GangState(IReadOnlyList<int> Missing, bool Failed, bool IsEnded)
{
    /// <summary>Looks at the pods that there are.</summary>
    /// <param name="pods">The pods of one attempt.</param>
    /// <param name="now">The present.</param>
    public static GangState Of(IReadOnlyCollection<V1Pod> pods, DateTimeOffset now)
    {
        var present = pods.Select(p => PodIdentity.Of(p)?.Replica).ToHashSet();
        var count = pods.Max(FlowNames.ReplicasOf);
        var missing = Enumerable.Range(0, count).Where(i => !present.Contains(i)).ToList();
        var failed = pods.Any(p => p.Status?.Phase != "Succeeded" && (p.Metadata.DeletionTimestamp is not null || AttemptReader.IsEnded(p, now)));
        return new GangState(missing, failed, pods.All(p => AttemptReader.IsEnded(p, now)) && (failed || missing.Count == 0));
    }

    /// <summary>The pods whose attempts have ended: one by one, and those of a gang with the last of them.</summary>
    /// <param name="pods">Pods of a run.</param>
    /// <param name="now">The present.</param>
    /// <param name="isComplete">Whether no more pods of a gang will come, as when its run is over.</param>
    public static List<V1Pod> Ended(IEnumerable<V1Pod> pods, DateTimeOffset now, bool isComplete = false)
    {
        var ended = new List<V1Pod>();
        Dictionary<string, List<V1Pod>>? gangs = null;
        foreach (var pod in pods)
        {
            if (FlowNames.GangOf(pod) is { } gang)
                Add(gangs ??= [], gang, pod);
            else if (AttemptReader.IsEnded(pod, now))
                ended.Add(pod);
        }

        foreach (var gang in gangs?.Values ?? Enumerable.Empty<List<V1Pod>>())
        {
            if (isComplete ? gang.TrueForAll(p => AttemptReader.IsEnded(p, now)) : Of(gang, now).IsEnded)
                ended.AddRange(gang);
        }

        return ended;

        static void Add(Dictionary<string, List<V1Pod>> gangs, string gang, V1Pod pod)
        {
            if (gangs.TryGetValue(gang, out var members))
                members.Add(pod);
            else
                gangs[gang] = [pod];
        }
    }
}
