using System.Collections.Concurrent;
using k8s;
using k8s.Models;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Controllers.Tests.Sequences;

/// <summary>Looks at each state that the API has been in, in order, and takes down which bounds it was beyond.</summary>
internal sealed class BoundsWatch(TestCluster cluster)
{
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly Dictionary<string, PodView> _pods = [];
    private readonly Dictionary<string, JobView> _jobs = [];
    private readonly HashSet<string> _everPods = [], _everJobs = [], _succeeded = [], _started = [];
    private readonly Dictionary<string, int> _successes = [];

    /// <summary>What was beyond its bounds.</summary>
    public IReadOnlyCollection<string> Violations => _violations;

    /// <summary>Called with all pods after each change; returns what is wrong, or null.</summary>
    public Func<IReadOnlyCollection<PodView>, string?> PodsBound { get; set; } = _ => null;

    /// <summary>How many pods of a DaemonSet a node may have.</summary>
    public int DaemonsOfNode { get; set; } = 1;

    /// <summary>Starts to look.</summary>
    public void Start()
    {
        cluster.Run(stop => FollowAsync(Kinds.Pods, _pods, pod => pod.Uid, Check, stop));
        cluster.Run(stop => FollowAsync(Kinds.Jobs, _jobs, job => job.Metadata.Uid, Check, stop));
    }

    private async Task FollowAsync<T>(Resource<T> resource, Dictionary<string, T> items, Func<T, string> uidOf, Action<T> check, CancellationToken stop) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            // A clock that is moved far ends watches.
            while (true)
            {
                lock (items)
                    items.Clear();
                var complete = false;
                await foreach (var change in cluster.Admin.WatchAsync(resource, "default", new() { InitialEvents = true }, cancellation: stop))
                {
                    lock (items)
                    {
                        if (change.Object is { } item)
                        {
                            items.Remove(uidOf(item));
                            if (change.Type != WatchEventType.Deleted)
                                items[uidOf(item)] = item;
                            check(item);
                        }
                        complete |= change.EndsInitialEvents;
                        if (complete && items is Dictionary<string, PodView> pods && PodsBound(pods.Values) is { } wrong)
                            _violations.Enqueue(wrong);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The cluster is gone.
        }
    }

    private void Check(PodView pod)
    {
        var isNew = _everPods.Add(pod.Uid);
        if (pod.Controller is not { } owner)
            return;
        var peers = _pods.Values.Where(other => other.IsActive && other.Controller?.Uid == owner.Uid).ToList();
        if (owner.Kind == "DaemonSet" && pod.IsActive && peers.Count(other => PlaceOf(other) == PlaceOf(pod)) is var daemons && daemons > DaemonsOfNode)
            _violations.Enqueue($"{daemons} pods of daemon set {owner.Name} on {PlaceOf(pod)}");
        if (owner.Kind != "Job")
            return;

        var index = pod.Index is { } number ? $"{owner.Uid}/{number}" : null;
        if (isNew && index is not null && _succeeded.Contains(index))
            _violations.Enqueue($"pod {pod.Metadata.Name} runs index {pod.Index} again, which has succeeded");
        if (pod.IsActive && index is not null && peers.Count(other => other.Index == pod.Index) is > 1 and var twins)
            _violations.Enqueue($"{twins} pods run index {pod.Index} of {owner.Name}");
        if (pod.HasSucceeded && _succeeded.Add(index ?? pod.Uid))
            _successes[owner.Uid] = _successes.GetValueOrDefault(owner.Uid) + 1;
        JobView? job;
        lock (_jobs)
            job = _jobs.GetValueOrDefault(owner.Uid);
        if (job is null)
            return;
        if (peers.Count > (job.Spec.Parallelism ?? 1))
            _violations.Enqueue($"{peers.Count} pods of job {owner.Name} run, of at most {job.Spec.Parallelism ?? 1}");
        if (_successes.GetValueOrDefault(owner.Uid) > (job.Spec.Completions ?? 1))
            _violations.Enqueue($"{_successes[owner.Uid]} pods of job {owner.Name} have succeeded, of {job.Spec.Completions}");
    }

    private void Check(JobView job)
    {
        if (job.Metadata.OwnerReferences is not [{ Kind: "CronJob" } owner])
            return;
        var time = $"{owner.Name} at {job.Metadata.Annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"]}";
        if (_everJobs.Add(job.Metadata.Uid) && !_started.Add(time))
            _violations.Enqueue($"{time} was started twice");
        var running = _jobs.Values.Where(other => !other.HasEnded && other.Metadata.DeletionTimestamp is null && other.Metadata.OwnerReferences?[0].Uid == owner.Uid).ToList();
        if (owner.Name != "allow" && running.Count > 1)
            _violations.Enqueue($"{running.Count} jobs of {owner.Name} run: {string.Join(", ", running.Select(other => other.Metadata.Name))}");
    }

    private static string? PlaceOf(PodView pod) => pod.NodeName ?? pod.PinnedNode;
}
