using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>
/// What the scheduler knows of storage, what it has promised but the watch does not tell yet included. Used by the deciding loop alone.
/// </summary>
internal sealed class StorageState
{
    private readonly Dictionary<ObjectKey, ClaimView> _claims = [];
    private readonly Dictionary<string, VolumeView> _volumes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StorageClassView> _classes = new(StringComparer.Ordinal);
    private readonly Dictionary<ObjectKey, AwaitedStorage> _awaited = [];
    private readonly HashSet<ObjectKey> _changedClaims = [];
    private bool _volumesChanged;

    /// <summary>Whether anything has changed since <see cref="Heed"/>.</summary>
    public bool HasChanged => _volumesChanged || _changedClaims.Count > 0;

    public ClaimView? Claim(ObjectKey key) => _claims.GetValueOrDefault(key);

    public VolumeView? Volume(string name) => _volumes.GetValueOrDefault(name);

    public StorageClassView? Class(string name) => _classes.GetValueOrDefault(name);

    /// <summary>The volumes that are kept for a claim, or free.</summary>
    public IEnumerable<VolumeView> VolumesFor(ClaimView claim) =>
        _volumes.Values.Where(volume => volume.IsKeptFor(claim) || (volume.IsFree && !_awaited.Values.Any(awaited => awaited.Choice.Bind.Any(pair => pair.Volume.Name == volume.Name))));

    /// <summary>The node for which a claim has been promised to a pod; null when it has not.</summary>
    public string? PromisedNode(ObjectKey claim)
    {
        foreach (var awaited in _awaited.Values)
            if (awaited.Choice.Claims.Contains(claim))
                return awaited.Node;
        return null;
    }

    /// <summary>Whether anything has changed that may help a pod: one of its claims, or any volume or class.</summary>
    public bool HasChangedFor(PodDemand pod) =>
        pod.Claims.Count > 0 && (_volumesChanged || pod.Claims.Any(claim => _changedClaims.Contains(new(pod.Key.Namespace, claim.Name))));

    /// <summary>Begins anew to take note of changes.</summary>
    public void Heed()
    {
        _changedClaims.Clear();
        _volumesChanged = false;
    }

    public void SetClaim(ObjectKey key, ClaimView? claim)
    {
        _changedClaims.Add(key);
        Set(_claims, key, claim);
    }

    public void SetVolume(string name, VolumeView? volume)
    {
        _volumesChanged = true;
        Set(_volumes, name, volume);
    }

    public void SetClass(string name, StorageClassView? storageClass)
    {
        _volumesChanged = true;
        Set(_classes, name, storageClass);
    }

    /// <summary>A pod waits for its storage on the node that it is assumed on.</summary>
    public void Await(AwaitedStorage awaited) => _awaited[awaited.Pod.Demand.Key] = awaited;

    /// <summary>A pod waits no longer.</summary>
    /// <returns>Whether it waited.</returns>
    public bool Abandon(ObjectKey pod) => _awaited.Remove(pod);

    /// <summary>A pod waits no longer, if it still waits as it did.</summary>
    /// <returns>Whether it waited.</returns>
    public bool Abandon(AwaitedStorage awaited) => _awaited.TryGetValue(awaited.Pod.Demand.Key, out var now) && ReferenceEquals(now, awaited) && _awaited.Remove(awaited.Pod.Demand.Key);

    /// <summary>Takes the pods whose claims are all bound now.</summary>
    public List<AwaitedStorage> TakeSettled()
    {
        if (_awaited.Count == 0)
            return [];
        var settled = _awaited.Values.Where(awaited => awaited.Choice.Claims.All(claim => Claim(claim) is { IsBound: true })).ToList();
        foreach (var awaited in settled)
            _awaited.Remove(awaited.Pod.Demand.Key);
        return settled;
    }

    private static void Set<TKey, T>(Dictionary<TKey, T> all, TKey key, T? item) where TKey : notnull where T : class
    {
        if (item is null)
            all.Remove(key);
        else
            all[key] = item;
    }
}

/// <summary>A pod that is bound to a node once its claims are.</summary>
internal sealed record AwaitedStorage(PendingPod Pod, string Node, StorageChoice Choice);
