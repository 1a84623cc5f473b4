using Slipway.Api;
using Slipway.Api.Volumes;

namespace Slipway.Scheduler;

/// <summary>
/// What the scheduler knows of storage, what it has promised but the watch does not tell yet included. Used by the deciding loop alone.
/// </summary>
internal sealed class StorageState
{
    private readonly Dictionary<ObjectKey, ClaimView> _claims = [];
    private readonly VolumeIndex _volumes = new();
    private readonly Dictionary<string, StorageClassView> _classes = new(StringComparer.Ordinal);
    private readonly StoragePromises _promises = new();
    private readonly HashSet<ObjectKey> _changedClaims = [];
    private bool _volumesChanged;

    /// <summary>Whether anything has changed since <see cref="Heed"/>.</summary>
    public bool HasChanged => _volumesChanged || _changedClaims.Count > 0;

    public ClaimView? Claim(ObjectKey key) => _claims.GetValueOrDefault(key);

    public VolumeView? Volume(string name) => _volumes.Find(name);

    public StorageClassView? Class(string name) => _classes.GetValueOrDefault(name);

    /// <summary>The volumes that are kept for a claim.</summary>
    public IEnumerable<VolumeOffer> KeptFor(ClaimView claim) => _volumes.KeptFor(claim);

    /// <summary>The smallest volume on a node that is free, promised to nobody, large enough, and suits; null when there is none.</summary>
    public VolumeView? Smallest(StorageTerms needed, NodeInfo node, Func<VolumeView, bool> suits) =>
        _volumes.Smallest(needed, node, volume => !_promises.Includes(volume.Name) && suits(volume));

    /// <summary>The node for which a claim has been promised to a pod; null when it has not.</summary>
    public string? PromisedNode(ObjectKey claim) => _promises.NodeOf(claim);

    /// <summary>Whether anything has changed that may help a pod: one of its claims, or any volume or class.</summary>
    public bool HasChangedFor(PodDemand pod) =>
        pod.Claims.Count > 0 && (_volumesChanged || pod.ClaimKeys.Any(_changedClaims.Contains));

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
        _volumes.Set(name, volume);
    }

    public void SetClass(string name, StorageClassView? storageClass)
    {
        _volumesChanged = true;
        Set(_classes, name, storageClass);
    }

    /// <summary>A pod waits for its storage on the node that it is assumed on.</summary>
    public void Await(AwaitedStorage awaited) => _promises.Add(awaited);

    /// <summary>What a pod waits for; null when it does not wait.</summary>
    public AwaitedStorage? AwaitedBy(ObjectKey pod) => _promises.Find(pod);

    /// <summary>A pod waits no longer.</summary>
    /// <returns>Whether it waited.</returns>
    public bool Abandon(ObjectKey pod)
    {
        // Volumes that were kept for it are there for others again.
        if (_promises.Find(pod) is { Choice.Bind.Count: > 0 })
            _volumesChanged = true;
        return _promises.Remove(pod);
    }

    /// <summary>A pod waits no longer, if it still waits as it did.</summary>
    /// <returns>Whether it waited.</returns>
    public bool Abandon(AwaitedStorage awaited) => IsAwaited(awaited) && Abandon(awaited.Pod.Demand.Key);

    /// <summary>A claim that is not bound yet for a pod that still waits as it did; null when there is none.</summary>
    public ObjectKey? Lacking(AwaitedStorage awaited) => !IsAwaited(awaited) ? null
        : awaited.Choice.Claims.Where(claim => Claim(claim) is not { IsBound: true }).Select(claim => (ObjectKey?)claim).FirstOrDefault();

    /// <summary>Within a decision: what was chosen on a node is nobody else's, until <see cref="LetGo"/>.</summary>
    public void Hold(string node, StorageChoice choice) => _promises.Hold(node, choice);

    /// <summary>What was held is put back; nothing has changed by it.</summary>
    public void LetGo(StorageChoice choice) => _promises.LetGo(choice);

    /// <summary>Takes the pods whose claims are all bound now.</summary>
    public IReadOnlyList<AwaitedStorage> TakeSettled() => _promises.Take(claim => Claim(claim) is { IsBound: true });

    private bool IsAwaited(AwaitedStorage awaited) => ReferenceEquals(_promises.Find(awaited.Pod.Demand.Key), awaited);

    /// <summary>Sets an entry, or removes it.</summary>
    internal static void Set<TKey, T>(Dictionary<TKey, T> all, TKey key, T? item) where TKey : notnull where T : class
    {
        if (item is null)
            all.Remove(key);
        else
            all[key] = item;
    }
}
