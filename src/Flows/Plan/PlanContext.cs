using System.Runtime.InteropServices;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>What all groups of a run share while a plan is made.</summary>
internal sealed class PlanContext
{
    private readonly ILookup<TaskPath, AttemptRecord> attempts;
    private readonly Dictionary<TaskPath, List<V1Pod>> pods = [];
    private readonly HashSet<TaskPath> touched = [];
    private readonly Dictionary<string, PodToEnd> ending = [];

    public PlanContext(RunView view)
    {
        View = view;
        attempts = view.Attempts.OrderBy(a => a.Number).ToLookup(a => a.Path);
        var ended = view.Attempts.SelectMany(a => a.Pods).ToHashSet();
        foreach (var pod in view.Pods)
        {
            if (ended.Contains(pod.Metadata.Name) || PodIdentity.Of(pod) is not { } identity)
                continue;
            if (identity.Replica is null || !pods.TryGetValue(identity.Path, out var others))
                pods[identity.Path] = [pod];
            else
                others.Add(pod);
        }

        foreach (var gang in pods.Values.Where(p => p.Count > 1))
            gang.Select(p => PodIdentity.Of(p)?.Replica ?? 0).ToArray().AsSpan().Sort(CollectionsMarshal.AsSpan(gang));

        foreach (var path in attempts.Select(a => a.Key).Concat(pods.Keys))
            Touch(path);
        Starter = new PodStarter(view, pods.Values.SelectMany(p => p));
        Stop = StopOfRun.Find(view);
        Memory = view.Memory.During(view.Attempts);
    }

    public RunView View { get; }

    public PodStarter Starter { get; }

    public List<HopelessPod> Hopeless { get; } = [];

    /// <summary>Pods to end.</summary>
    public IReadOnlyList<PodToEnd> Ending => [.. ending.Values];

    /// <summary>What people have decided and the ledger does not have.</summary>
    public List<AttemptRecord> Decided { get; } = [];

    /// <summary>Why the run ends before all is done; null if it does not.</summary>
    public StopOfRun? Stop { get; }

    /// <summary>What attempts begin with.</summary>
    public FlowMemory Memory { get; }

    /// <summary>Whether a task waits for somebody's decision.</summary>
    public bool AwaitsDecision { get; set; }

    /// <summary>Whether pods are there, or to be there, whose attempts have not ended, or the cluster is what the run waits for. Known once the run's tasks are worked out.</summary>
    public bool IsUnderWay =>
        pods.Count > 0 || Starter.Planned.Count > 0 || Starter.WaitsForLock || View.HeldBack.Count > 0
            || View.Pods.Any(p => ImagePod.Is(p) && PodImage.Digest(p) is null && !ImagePod.IsLost(p, View.Now));

    /// <summary>When a plan will differ by time alone; null if only changes matter.</summary>
    public DateTimeOffset? NextDeadline { get; private set; }

    public IReadOnlyList<AttemptRecord> AttemptsAt(TaskPath path) => [.. attempts[path]];

    /// <summary>The pods of the attempt at a path that has not ended, in the order of the replicas; none if there is no such attempt.</summary>
    public IReadOnlyList<V1Pod> PodsAt(TaskPath path) => pods.TryGetValue(path, out var found) ? found : [];

    /// <summary>Whether anything was started at a path or below it.</summary>
    public bool IsTouched(TaskPath path) => touched.Contains(path);

    /// <summary>Ends those of some pods that run. Of a gang that fails while its run ends, both say so: the note counts.</summary>
    public void End(IEnumerable<V1Pod> some, string? note)
    {
        foreach (var pod in some.Where(p => p.Metadata.DeletionTimestamp is null && !AttemptReader.IsEnded(p, View.Now)))
        {
            if (ending.GetValueOrDefault(pod.Metadata.Name)?.Note is null)
                ending[pod.Metadata.Name] = new PodToEnd(pod, note);
        }
    }

    public void LookAgain(DateTimeOffset at) => NextDeadline = NextDeadline is { } known && known < at ? known : at;

    private void Touch(TaskPath path)
    {
        for (var at = path; at is not null && touched.Add(at); at = at.Parent)
        {
            if (at.Round is not null)
                touched.Add(TaskPath.Of(at.Parent, at.Name, at.Index));
            if (at.Index is not null)
                touched.Add(TaskPath.Of(at.Parent, at.Name));
        }
    }
}
