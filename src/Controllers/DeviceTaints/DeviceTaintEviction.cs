using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Ends pods whose devices have taints (<c>NoExecute</c>) that their claims do not bear, or not for longer
/// (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#device-taints-and-tolerations"/>).
/// </summary>
internal sealed class DeviceTaintEviction(DeviceTaintSources sources, Action<ObjectKey> changed, IApi api, EventRecorder events, TimeProvider clock) : IReconciler
{
    // The cache may not show yet that they go.
    private readonly Remembered _ended = new(500);

    public static void Register(ControllerHost host)
    {
        var sources = new DeviceTaintSources(host);
        var status = DeviceTaintRuleStatus.Register(host, sources);
        var eviction = new DeviceTaintEviction(sources, status.Enqueue, host.Api, host.Events("device-taint-eviction-controller"), host.Clock);
        host.Add("device-taint-eviction", eviction, workers: 2)
            .Watches(sources.Pods, change => change.New is { Spec.ResourceClaims: not null, NodeName: not null } ? [change.Key] : [])
            .Watches(sources.Claims, change => change.New is { IsAllocated: true } claim ? claim.Users.Where(user => user.IsPod).Select(user => new ObjectKey(change.Key.Namespace, user.Name)) : [])
            .Watches(sources.Slices, change => change.New?.Evicts == true ? sources.Users.Select(Kinds.Pods.KeyOf) : [])
            .Watches(sources.Rules, change => change.New is { } rule && DeviceTaints.Evicts(rule.Spec.Taint) && rule.Spec != change.Old?.Spec ? sources.Users.Select(Kinds.Pods.KeyOf) : []);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (sources.Pods.Get(key) is not { } pod || sources.EvictionOf(pod, sources.Taints) is not { } eviction)
            return Result.Done;
        var rules = sources.Rules.List().Where(rule => eviction.Rules.Contains(rule.Metadata.Uid)).ToList();
        var left = eviction.When - clock.GetUtcNow().UtcDateTime;
        if (left <= TimeSpan.Zero && !_ended.Contains(pod.Uid))
        {
            events.Normal(pod, "DeviceTaintManagerEviction", "Marking for deletion");
            await Disruption.EndAsync(api, pod, Disruption.Condition("DeletionByDeviceTaintManager", "Device Taint manager: deleting due to NoExecute taint", clock.GetUtcNow()), cancellation);
            _ended.Add(pod.Uid);
            foreach (var rule in rules)
                sources.Ended.AddOrUpdate(rule.Metadata.Uid, 1, static (_, count) => count + 1);
        }
        foreach (var rule in rules)
            changed(Kinds.DeviceTaintRules.KeyOf(rule));
        return left > TimeSpan.Zero ? Result.After(left) : Result.Done;
    }
}
