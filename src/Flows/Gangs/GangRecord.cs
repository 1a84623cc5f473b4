using k8s.Models;

namespace Slipway.Flows;

/// <summary>What became of one replica of an attempt.</summary>
/// <param name="Index">Its number, from 0.</param>
/// <param name="Pod">Name of its pod.</param>
/// <param name="Reason">One word, as of an attempt.</param>
public sealed record ReplicaRecord(int Index, string Pod, string Reason)
{
    /// <summary>Node that ran it; null if none did.</summary>
    public string? Node { get; init; }

    /// <summary>When its command was started; null if it was not.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>When it ended; null if it was never there.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>CPU time in seconds.</summary>
    public double? CpuSeconds { get; init; }

    /// <summary>Peak memory in bytes.</summary>
    public long? PeakMemoryBytes { get; init; }

    /// <summary>Exit code; null if its command was not started or its end is not known.</summary>
    public int? ExitCode { get; init; }
}

/// <summary>Makes one record of the pods of a gang.</summary>
internal static class GangRecord
{
    /// <summary>What a replica is that had no pod.</summary>
    private const string Absent = "NotStarted";

    /// <summary>
    /// The record of the attempt. It has succeeded if all have; otherwise it is what the first that failed by itself came to, those that were ended because
    /// of it left out. Times before the end are those of the first, CPU time and bytes those of all together, peak memory the highest of one, and what it left is what replica 0 left.
    /// </summary>
    /// <param name="members">The pods of the attempt, each with its own record.</param>
    /// <param name="hopeless">Why the attempt was given up, if it was: the record of that pod tells it.</param>
    /// <param name="nameOf">Name of the pod of a replica.</param>
    public static AttemptRecord Of(IReadOnlyList<(V1Pod Pod, AttemptRecord Record)> members, HopelessPod? hopeless, Func<int, string> nameOf)
    {
        var byIndex = members.DistinctBy(m => m.Pod.Metadata.Name).ToDictionary(m => PodIdentity.Of(m.Pod)!.Replica!.Value);
        var count = members.Max(m => FlowNames.ReplicasOf(m.Pod));
        var first = byIndex[byIndex.Keys.Min()].Record;
        var all = members.Select(m => m.Record).ToList();
        var whole = first with
        {
            Pod = nameOf(0),
            Queued = all.Min(r => r.Queued),
            Scheduled = all.Min(r => r.Scheduled),
            Pulled = all.Min(r => r.Pulled),
            Start = all.Min(r => r.Start),
            End = all.Max(r => r.End),
            CpuSeconds = all.Exists(r => r.CpuSeconds is not null) ? all.Sum(r => r.CpuSeconds) : null,
            StorageReadBytes = Sum(r => r.StorageReadBytes),
            StorageWrittenBytes = Sum(r => r.StorageWrittenBytes),
            NetworkReceivedBytes = Sum(r => r.NetworkReceivedBytes),
            NetworkSentBytes = Sum(r => r.NetworkSentBytes),
            PeakMemoryBytes = all.Max(r => r.PeakMemoryBytes),
            PeakMemorySource = all.MaxBy(r => r.PeakMemoryBytes ?? 0)!.PeakMemorySource,
            Replicas = [.. Enumerable.Range(0, count).Select(i => byIndex.TryGetValue(i, out var member)
                ? Replica(i, member.Pod, member.Record)
                : new ReplicaRecord(i, nameOf(i), Absent))],
        };
        long? Sum(Func<AttemptRecord, long?> of) => all.Exists(r => of(r) is not null) ? all.Sum(of) : null;
        var culprit = hopeless is not null ? members.First(m => m.Pod == hopeless.Pod).Record : Culprit(members);
        if (culprit is null && members.Count == count)
            return whole;
        return whole with
        {
            Reason = culprit?.Reason ?? AttemptReason.Deleted,
            Message = culprit?.Message ?? $"{first.Path}: not all of its {count} replicas were there; set retries if this can pass",
            ExitCode = culprit?.ExitCode,
            Files = new Dictionary<string, FileRecord>(),
            Values = new Dictionary<string, ValueRecord>(),
        };
    }

    /// <summary>The one that failed first by itself: those that are being deleted, and not because of the cluster, mostly are so because of it.</summary>
    private static AttemptRecord? Culprit(IEnumerable<(V1Pod Pod, AttemptRecord Record)> members) => members
        .Where(m => !m.Record.Succeeded)
        .OrderBy(m => m.Pod.Metadata.DeletionTimestamp is null || AttemptReason.IsFault(m.Record.Reason) ? 0 : 1)
        .ThenBy(m => m.Pod.Metadata.DeletionTimestamp ?? m.Record.End.UtcDateTime)
        .ThenBy(m => PodIdentity.Of(m.Pod)!.Replica)
        .Select(m => m.Record)
        .FirstOrDefault();

    /// <summary>One that was given up with another has not come to anything itself.</summary>
    private static ReplicaRecord Replica(int index, V1Pod pod, AttemptRecord record) => new(index, record.Pod, IsOver(pod) || record.Reason != AttemptReason.Error ? record.Reason : AttemptReason.Deleted)
    {
        Node = record.Node,
        Start = record.Start,
        End = IsOver(pod) ? record.End : null,
        CpuSeconds = record.CpuSeconds,
        PeakMemoryBytes = record.PeakMemoryBytes,
        ExitCode = record.ExitCode,
    };

    private static bool IsOver(V1Pod pod) => pod.Status?.Phase is "Succeeded" or "Failed" || AttemptReader.Termination(pod) is not null;
}
