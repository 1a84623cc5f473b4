using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Deletes the oldest pods that have ended when there are more than a bound, whoever made them
/// (<see href="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-garbage-collection"/>). Those whose node is gone are <see cref="LostPods"/>'.
/// </summary>
/// <param name="pods">All pods.</param>
/// <param name="threshold">How many are kept.</param>
/// <param name="api">Deletes them.</param>
/// <param name="clock">Paces the looks.</param>
internal sealed class TerminatedPods(Informer<PodView> pods, int threshold, IApi api, TimeProvider clock) : IReconciler
{
    /// <summary>How many are kept: the default of kube-controller-manager's <c>--terminated-pod-gc-threshold</c>.</summary>
    public const int DefaultThreshold = 12_500;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(20);
    private static readonly ObjectKey All = new("", "all");

    private long? _looked;

    public static void Register(ControllerHost host, int threshold = DefaultThreshold)
    {
        var pods = host.Informer(Kinds.Pods);
        host.Add("terminated-pods", new TerminatedPods(pods, threshold, host.Api, host.Clock))
            .Watches(pods, change => change.New is { HasEnded: true } && change.Old is not { HasEnded: true } ? [All] : []);
    }

    /// <summary>The pods that go: evicted ones first, then the oldest.</summary>
    /// <param name="pods">All pods.</param>
    /// <param name="threshold">How many of those that have ended, and are not on their way out, are kept.</param>
    public static IEnumerable<PodView> Beyond(IEnumerable<PodView> pods, int threshold)
    {
        var ended = pods.Where(pod => pod is { HasEnded: true, IsBeingDeleted: false }).ToList();
        return ended.Count <= threshold ? [] : ended
            .OrderBy(pod => !pod.IsEvicted).ThenBy(pod => pod.Metadata.CreationTimestamp).ThenBy(pod => pod.Metadata.Name, StringComparer.Ordinal)
            .Take(ended.Count - threshold);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_looked is { } at && Period - clock.GetElapsedTime(at) is { Ticks: > 0 } left)
            return Result.After(left);
        _looked = clock.GetTimestamp();
        // One that may not be deleted comes first each time.
        await api.DeleteEachAsync(Kinds.Pods, Beyond(pods.List(), threshold), pod => new() { Uid = pod.Uid, GracePeriodSeconds = 0 }, cancellation);
        return Result.Done;
    }
}
