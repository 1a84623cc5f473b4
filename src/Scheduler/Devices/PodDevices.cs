using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>What a pod's claims of devices mean for where it can be, found out once for each decision.</summary>
internal sealed class PodDevices
{
    private readonly DeviceState _state;
    private readonly DateTime _now;
    private readonly List<(ObjectKey Key, DeviceClaimView View)> _allocated = [];
    private readonly List<(ObjectKey Key, DeviceClaimView View)> _broken = [];
    private readonly List<OpenDeviceClaim> _open = [];
    // By node: what was found for a node is asked for again when it is chosen.
    private readonly Dictionary<string, DeviceSolution> _solutions = new(StringComparer.Ordinal);
    private readonly SearchBudget _budget = new();

    private PodDevices(DeviceState state, DateTime now) => (_state, _now) = (state, now);

    /// <summary>Why the pod can be on no node whatever, and what would help; null when it is a matter of the node.</summary>
    public (string Reason, string Advice)? Blocker { get; private set; }

    /// <summary>What a pod's claims mean; null when it has none, as most.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="state">What is known of devices.</param>
    /// <param name="now">Now.</param>
    public static PodDevices? Of(PodDemand pod, DeviceState state, DateTime now)
    {
        if (pod.Devices.Count == 0)
            return null;
        var devices = new PodDevices(state, now);
        if (!state.IsComplete)
            devices.Blocker = ("what devices there are is not known yet", "It is read shortly.");
        for (var i = 0; i < pod.Devices.Count && devices.Blocker is null; i++)
            devices.Blocker = devices.Add(pod, pod.Devices[i]);
        return devices;
    }

    /// <summary>Why a node is out of the question; null when it is not.</summary>
    public Obstacle? Between(NodeInfo node)
    {
        foreach (var (key, claim) in _allocated)
            if (!NodeAffinity.IsMet(claim.Allocation!.NodeSelector, node))
                return Obstacle.DevicesElsewhere(key.Name);
        return _open.Count == 0 || SolutionOn(node) is not { Lack: { } lack } ? null : Obstacle.NoDevices(node.Name, lack);
    }

    /// <summary>What the pod is given on a node; null when it cannot be there.</summary>
    /// <param name="node">The node.</param>
    public DeviceChoice? ChoiceOn(NodeInfo node)
    {
        if (Blocker is not null || Between(node) is not null)
            return null;
        var chosen = _allocated.ConvertAll(claim => new ChosenDevices(claim.Key, claim.View, null, [], IsWaitedFor: claim.View.Allocation!.Devices?.Results?.Exists(result => result.BindingConditions is [_, ..]) == true));
        if (_open.Count > 0 && SolutionOn(node).Claims is { } given)
            chosen.AddRange(_open.Zip(given, (claim, devices) => new ChosenDevices(
                claim.Key, claim.View, DeviceAllocation.For(claim, devices, node, _now), [.. devices.Where(one => !one.Way.AdminAccess).Select(one => one.Take)],
                IsWaitedFor: devices.Any(one => one.Device.View.BindingConditions is [_, ..]))));
        return new(chosen);
    }

    /// <summary>A claim whose devices keep the pod from all nodes, by where they are or because they will not be ready, and that nobody else uses: it can be given others. Null when there is none.</summary>
    /// <param name="pod">UID of the pod.</param>
    public (ObjectKey Key, DeviceClaimView View)? Misplaced(string pod)
    {
        foreach (var claim in _allocated)
            if (claim.View.Allocation!.NodeSelector is not null && claim.View.IsUnusedBut(pod))
                return claim;
        return Broken(pod);
    }

    /// <summary>A claim whose devices will not be ready, and that nobody else uses; null when there is none.</summary>
    /// <param name="pod">UID of the pod.</param>
    public (ObjectKey Key, DeviceClaimView View)? Broken(string pod)
    {
        foreach (var claim in _broken)
            if (claim.View.IsUnusedBut(pod))
                return claim;
        return null;
    }

    private DeviceSolution SolutionOn(NodeInfo node) =>
        _solutions.TryGetValue(node.Name, out var known) ? known : _solutions[node.Name] = DeviceSearch.For(_open, node, _state.Pools, _state.Use, _budget);

    private (string, string)? Add(PodDemand pod, PodDeviceClaim asked)
    {
        if (asked.Claim is not { } name)
            return ($"pod \"{pod.Key}\": ResourceClaim not created yet", $"It is made from the template that the pod's claim {asked.Name} names, as soon as that exists.");
        var key = new ObjectKey(pod.Key.Namespace, name);
        // A pod may use a claim under several names: its devices are the same.
        if (_open.Exists(open => open.Key == key) || _allocated.Exists(one => one.Key == key))
            return null;
        if (_state.Claim(key) is not { } claim)
            return ($"could not find v1/ResourceClaim \"{key}\"", "Create the claim, or name another in the pod's resourceClaims.");
        if (asked.IsOwn && !claim.IsOwnedBy(pod.Uid))
            return ($"ResourceClaim {key} was not created for pod {pod.Key} (pod is not owner)", "Delete that claim, or give the pod another name.");
        if (claim.Metadata.DeletionTimestamp is not null)
            return ($"resourceclaim \"{name}\" is being deleted", "Create it again when it is gone.");
        if (claim.Allocation is not null)
        {
            if (!claim.CanBeUsedBy(pod.Uid))
                return ("resourceclaim in use", $"So many pods use claim {name} as may: the pod is bound when one of them ends.");
            if (DeviceReadiness.Of(claim, _now).Fault is { } fault)
            {
                _broken.Add((key, claim));
                return (fault, $"If no other pod uses claim {name}, it is given devices anew.");
            }
            _allocated.Add((key, claim));
            return null;
        }
        if (_state.IsAssumed(key))
            return ($"resource claim {key} is in the process of being allocated", "It is done shortly.");
        var open = OpenDeviceClaim.Of(key, claim, _state.Class, _state.Selector, out var lack);
        if (lack is not null)
            return (lack, "Create the class, or mend the claim and its class: kubectl get deviceclasses lists those that there are.");
        _open.Add(open);
        return null;
    }
}
