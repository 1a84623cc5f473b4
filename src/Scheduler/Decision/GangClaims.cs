using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>What pods of a gang claim of storage, each beside those that are placed before it: what these take counts as taken.</summary>
/// <param name="state">What is known of storage. What is promised here is taken back by <see cref="Take"/>.</param>
/// <param name="nodes">The nodes by name.</param>
/// <param name="isUsed">Whether a pod on a node, other than the second one, uses a claim.</param>
internal sealed class GangStorage(StorageState state, Func<string, NodeInfo?> nodes, Func<ObjectKey, ObjectKey, bool> isUsed)
{
    private readonly Dictionary<ObjectKey, StorageChoice> _choices = [];
    private readonly Dictionary<ObjectKey, int> _users = [];

    /// <summary>What a pod's claims mean; null when it has none.</summary>
    public PodStorage? Of(PodDemand pod) => PodStorage.Of(pod, state, nodes, claim => _users.ContainsKey(claim) || isUsed(claim, pod.Key));

    /// <summary>A pod takes what it claims, on a node.</summary>
    public void Place(PodDemand pod, NodeInfo node)
    {
        if (Of(pod)?.ChoiceOn(node) is not { } choice)
            return;
        state.Hold(node.Name, choice);
        _choices[pod.Key] = choice;
        foreach (var claim in pod.ClaimKeys)
            _users[claim] = _users.GetValueOrDefault(claim) + 1;
    }

    /// <summary>A pod takes nothing any longer.</summary>
    public void Take(PodDemand pod)
    {
        if (!_choices.Remove(pod.Key, out var choice))
            return;
        state.LetGo(choice);
        foreach (var claim in pod.ClaimKeys)
            if (--_users[claim] == 0)
                _users.Remove(claim);
    }
}
