using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>What pods of a gang claim of storage and devices, each beside those that are placed before it: what these take counts as taken.</summary>
/// <param name="storage">What is known of storage. What is promised here is taken back by <see cref="Take"/>, and so of devices.</param>
/// <param name="devices">What is known of devices.</param>
/// <param name="now">Now.</param>
/// <param name="nodes">The nodes by name.</param>
/// <param name="isUsed">Whether a pod on a node, other than the second one, uses a claim.</param>
internal sealed class GangClaims(StorageState storage, DeviceState devices, DateTime now, Func<string, NodeInfo?> nodes, Func<ObjectKey, ObjectKey, bool> isUsed)
{
    private readonly Dictionary<ObjectKey, StorageChoice> _choices = [];
    private readonly Dictionary<ObjectKey, DeviceChoice> _devices = [];
    private readonly Dictionary<ObjectKey, int> _users = [];

    /// <summary>What a pod's claims mean; null when it has none.</summary>
    public PodNeeds? Of(PodDemand pod) => PodNeeds.Of(
        PodStorage.Of(pod, storage, nodes, claim => _users.ContainsKey(claim) || isUsed(claim, pod.Key)),
        PodDevices.Of(pod, devices, now));

    /// <summary>A pod takes what it claims, on a node.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="node">The node.</param>
    /// <param name="needs">What its claims mean, by <see cref="Of"/>, beside those that are placed.</param>
    public void Place(PodDemand pod, NodeInfo node, PodNeeds? needs)
    {
        if (needs?.Devices?.ChoiceOn(node) is { } given)
        {
            devices.Hold(pod, given);
            _devices[pod.Key] = given;
        }
        if (needs?.Storage?.ChoiceOn(node) is not { } choice)
            return;
        storage.Hold(node.Name, choice);
        _choices[pod.Key] = choice;
        foreach (var claim in pod.ClaimKeys)
            _users[claim] = _users.GetValueOrDefault(claim) + 1;
    }

    /// <summary>A pod takes nothing any longer.</summary>
    public void Take(PodDemand pod)
    {
        if (_devices.Remove(pod.Key, out var given))
            devices.LetGo(given);
        if (!_choices.Remove(pod.Key, out var choice))
            return;
        storage.LetGo(choice);
        foreach (var claim in pod.ClaimKeys)
            if (--_users[claim] == 0)
                _users.Remove(claim);
    }
}
