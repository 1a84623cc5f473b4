using System.Collections.Concurrent;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>
/// Who holds the locks of tasks: the pods that carry them and have not ended. Runs with locks are planned one after the other, and pods that this process
/// has created count before the cache shows them.
/// </summary>
internal sealed class LockTable
{
    private readonly InformerIndex<V1Pod> podsByNamespace;
    private readonly Informer<V1Pod> pods;
    private readonly TimeProvider clock;
    private readonly Turnstile turnstile = new();
    private readonly ConcurrentDictionary<ObjectKey, V1Pod> created = new();
    private readonly ConcurrentDictionary<ObjectKey, bool> waiting = new();

    public LockTable(Informer<V1Pod> pods, TimeProvider clock)
    {
        this.pods = pods;
        this.clock = clock;
        podsByNamespace = pods.AddIndex(pod => NamesOf(pod).Any() ? [pod.Metadata.NamespaceProperty] : []);
    }

    /// <summary>The names of the locks that a pod carries.</summary>
    public static IEnumerable<string> NamesOf(V1Pod pod) =>
        pod.Metadata.Annotations?.TryGetValue(FlowNames.LocksAnnotation, out var names) == true ? names.Split(',') : [];

    /// <summary>Whether any task of a run takes a lock.</summary>
    public static bool IsUsedBy(RunDefinition definition) => definition.Flows.Values.Prepend(definition.Flow).Any(flow =>
        flow.Defaults?.Locks is not null || flow.WrittenTasks.Any(t => t.Locks is not null));

    /// <summary>Plans a run and creates its pods while no other run with locks is being planned.</summary>
    public Task<T> PassAsync<T>(Func<Task<T>> act) => turnstile.PassAsync(act);

    /// <summary>How many pods hold each lock of a namespace, those of one run left out.</summary>
    public IReadOnlyDictionary<string, int> Held(string ns, string runUid)
    {
        var now = clock.GetUtcNow();
        foreach (var (key, _) in created.Where(c => pods.Get(c.Key) is not null))
            created.TryRemove(key, out _);
        return podsByNamespace.Find(ns).Concat(created.Values.Where(p => p.Metadata.NamespaceProperty == ns))
            .Where(p => p.Metadata.OwnerReferences?.Any(o => o.Uid == runUid) != true && !AttemptReader.IsEnded(p, now))
            .DistinctBy(p => FlowNames.GangOf(p) ?? p.Metadata.Name) // an attempt holds a lock, however many pods it has
            .SelectMany(NamesOf).GroupBy(n => n).ToDictionary(g => g.Key, g => g.Count());
    }

    /// <summary>The pods of a run that carry locks and that a list of its pods lacks, because the cache was behind when it was made.</summary>
    public IEnumerable<V1Pod> Missing(string ns, string runUid, IReadOnlyCollection<V1Pod> listed)
    {
        var names = listed.Select(p => p.Metadata.Name).ToHashSet();
        return podsByNamespace.Find(ns).Concat(created.Values.Where(p => p.Metadata.NamespaceProperty == ns))
            .Where(p => p.Metadata.OwnerReferences?.Any(o => o.Uid == runUid) == true && names.Add(p.Metadata.Name));
    }

    /// <summary>A pod of this process counts from now on.</summary>
    public void Created(V1Pod pod)
    {
        var key = new ObjectKey(pod.Metadata.NamespaceProperty, pod.Metadata.Name);
        if (NamesOf(pod).Any() && pods.Get(key) is null)
            created[key] = pod;
    }

    /// <summary>
    /// Whether a run waits for a lock, or is about to find out: said before <see cref="Held"/> is asked, so that no lock is let go unnoticed in between.
    /// </summary>
    public void Waits(ObjectKey run, bool isWaiting)
    {
        if (isWaiting)
            waiting[run] = true;
        else
            waiting.TryRemove(run, out _);
    }

    /// <summary>The runs to look at again when a pod has changed: those that wait, if it may have let a lock go.</summary>
    public IEnumerable<ObjectKey> Waiting(V1Pod? before, V1Pod? after)
    {
        var pod = after ?? before;
        if (pod is null || !NamesOf(pod).Any() || (after is not null && !AttemptReader.IsEnded(after, clock.GetUtcNow())))
            return [];
        created.TryRemove(new ObjectKey(pod.Metadata.NamespaceProperty, pod.Metadata.Name), out _);
        return [.. waiting.Keys.Where(k => k.Namespace == pod.Metadata.NamespaceProperty)];
    }
}
