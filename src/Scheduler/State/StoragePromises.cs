using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>Pods that wait for their storage on the nodes that they are assumed on, and what has been promised to them of it.</summary>
internal sealed class StoragePromises
{
    private readonly Dictionary<ObjectKey, AwaitedStorage> _awaited = [];
    private readonly HashSet<string> _volumes = new(StringComparer.Ordinal);
    // Pods that share a claim wait on the same node.
    private readonly Dictionary<ObjectKey, (string Node, int Pods)> _claims = [];

    /// <summary>Whether a volume has been promised.</summary>
    public bool Includes(string volume) => _volumes.Contains(volume);

    /// <summary>The node for which a claim has been promised; null when it has not.</summary>
    public string? NodeOf(ObjectKey claim) => _claims.TryGetValue(claim, out var promise) ? promise.Node : null;

    /// <summary>What is promised to a pod; null for nothing.</summary>
    public AwaitedStorage? Find(ObjectKey pod) => _awaited.GetValueOrDefault(pod);

    /// <summary>A pod waits from now on.</summary>
    public void Add(AwaitedStorage awaited)
    {
        Remove(awaited.Pod.Demand.Key);
        _awaited[awaited.Pod.Demand.Key] = awaited;
        Hold(awaited.Node, awaited.Choice);
    }

    /// <summary>A pod waits no longer.</summary>
    /// <returns>Whether it waited.</returns>
    public bool Remove(ObjectKey pod)
    {
        if (!_awaited.Remove(pod, out var awaited))
            return false;
        LetGo(awaited.Choice);
        return true;
    }

    /// <summary>What was chosen on a node is nobody else's until it is let go.</summary>
    public void Hold(string node, StorageChoice choice)
    {
        foreach (var (_, volume) in choice.Bind)
            _volumes.Add(volume.Name);
        foreach (var claim in choice.Claims)
            _claims[claim] = (node, _claims.GetValueOrDefault(claim).Pods + 1);
    }

    /// <summary>What was chosen is for others again.</summary>
    public void LetGo(StorageChoice choice)
    {
        foreach (var (_, volume) in choice.Bind)
            _volumes.Remove(volume.Name);
        foreach (var claim in choice.Claims)
            if (_claims[claim] is { Pods: > 1 } shared)
                _claims[claim] = shared with { Pods = shared.Pods - 1 };
            else
                _claims.Remove(claim);
    }

    /// <summary>Takes the pods all of whose claims are settled.</summary>
    public IReadOnlyList<AwaitedStorage> Take(Func<ObjectKey, bool> isSettled)
    {
        if (_awaited.Count == 0)
            return [];
        var taken = _awaited.Values.Where(awaited => awaited.Choice.Claims.All(isSettled)).ToList();
        foreach (var awaited in taken)
            Remove(awaited.Pod.Demand.Key);
        return taken;
    }
}

/// <summary>A pod that is bound to a node once its claims are.</summary>
internal sealed record AwaitedStorage(PendingPod Pod, string Node, StorageChoice Choice);
