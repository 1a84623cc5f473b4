using Slipway.Api;
using Slipway.Api.Selectors;
using Slipway.Api.Volumes;

namespace Slipway.Scheduler;

/// <summary>
/// What a pod's claims of storage mean for where it can be, found out once for each decision
/// (<see href="https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode"/>).
/// </summary>
internal sealed class PodStorage
{
    private readonly List<VolumeView> _bound = [];
    private readonly List<OpenClaim> _open = [];
    private readonly StorageState _storage;
    private readonly Func<string, NodeInfo?> _nodes;
    private Obstacle? _everywhere;

    private PodStorage(StorageState storage, Func<string, NodeInfo?> nodes) => (_storage, _nodes) = (storage, nodes);

    /// <summary>Why the pod can be on no node whatever, and what would help; null when it is a matter of the node.</summary>
    public (string Reason, string Advice)? Blocker { get; private set; }

    /// <summary>What a pod's claims mean; null when it has none, as most.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="storage">What is known of storage.</param>
    /// <param name="nodes">The nodes by name.</param>
    /// <param name="isUsed">Whether another pod on a node uses a claim.</param>
    public static PodStorage? Of(PodDemand pod, StorageState storage, Func<string, NodeInfo?> nodes, Func<ObjectKey, bool> isUsed)
    {
        if (pod.Claims.Count == 0)
            return null;
        var needs = new PodStorage(storage, nodes);
        foreach (var claim in pod.Claims)
        {
            needs.Blocker = needs.Add(new(pod.Key.Namespace, claim.Name), claim.IsOwn, isUsed);
            if (needs.Blocker is not null)
                break;
        }
        // The smallest first, so that it takes no more than it needs from the others.
        needs._open.Sort((a, b) => a.Terms.Size.CompareTo(b.Terms.Size));
        return needs;
    }

    /// <summary>Why a node is out of the question; null when it is not.</summary>
    public Obstacle? Between(NodeInfo node)
    {
        if (_everywhere is not null)
            return _everywhere;
        foreach (var volume in _bound)
            if (!NodeAffinity.IsMet(volume.Spec.NodeAffinity?.Required, node))
                return Obstacle.StorageElsewhere;
        return _open.Count == 0 || ChoiceOn(node) is not null ? null : Obstacle.NoStorage;
    }

    /// <summary>How the pod gets its storage on a node; null when it cannot.</summary>
    public StorageChoice? ChoiceOn(NodeInfo node)
    {
        if (_open.Count == 0)
            return StorageChoice.None;
        var bind = new List<(ClaimView, VolumeView)>();
        var provide = new List<ClaimView>();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var claim in _open)
        {
            if (_storage.PromisedNode(claim.Key) is { } promised)
            {
                if (promised != node.Name)
                    return null;
            }
            // A node that is no more has not been given anything.
            else if (claim.View.SelectedNode is { } selected && _nodes(selected) is not null)
            {
                if (selected != node.Name)
                    return null;
                provide.Add(claim.View);
            }
            else if (Best(claim, node, taken) is { } volume)
            {
                taken.Add(volume.Name);
                bind.Add((claim.View, volume));
            }
            else if (_storage.Class(claim.Terms.Class)?.Provides(node) == true)
                provide.Add(claim.View);
            else
                return null;
        }
        return new(bind, provide, [.. _open.Select(static claim => claim.Key)]);
    }

    private (string, string)? Add(ObjectKey key, bool isOwn, Func<ObjectKey, bool> isUsed)
    {
        if (_storage.Claim(key) is not { } claim)
            return isOwn
                ? ($"waiting for ephemeral volume controller to create the persistentvolumeclaim \"{key.Name}\"", "It is made shortly.")
                : ($"persistentvolumeclaim \"{key.Name}\" not found", "Create the claim, or name another in the pod's volumes.");
        if (claim.Metadata.DeletionTimestamp is not null)
            return ($"persistentvolumeclaim \"{key.Name}\" is being deleted", "Create it again when it is gone.");
        if (claim.Status?.Phase == "Lost")
            return ($"persistentvolumeclaim \"{key.Name}\" bound to non-existent persistentvolume \"{claim.VolumeName}\"", "Its data is lost: delete the claim and create it again.");
        if (claim.IsForOnePod && isUsed(key))
            _everywhere = Obstacle.StorageInUse;
        if (claim.IsBound)
        {
            if (_storage.Volume(claim.VolumeName) is { } volume)
                _bound.Add(volume);
            else
                _everywhere ??= Obstacle.StorageMissing;
            return null;
        }
        if (claim.VolumeName.Length > 0 || _storage.Class(claim.Terms.Class) is not { WaitsForConsumer: true })
            return ("pod has unbound immediate PersistentVolumeClaims", $"kubectl describe pvc {key.Name} tells what the claim waits for.");
        _open.Add(new(key, claim, claim.Terms, claim.Spec.Selector is { } selector ? LabelSelector.FromJson(selector) : null));
        return null;
    }

    private VolumeView? Best(OpenClaim claim, NodeInfo node, HashSet<string> taken)
    {
        foreach (var (volume, terms) in _storage.KeptFor(claim.View))
            if (!taken.Contains(volume.Name) && StorageTerms.Mismatch(terms, claim.Terms) is null && NodeAffinity.IsMet(volume.Spec.NodeAffinity?.Required, node))
                return volume;
        return _storage.Smallest(claim.Terms, node, volume => !taken.Contains(volume.Name) && claim.Selector?.Matches(PodDemand.LabelsOf(volume.Metadata)) != false);
    }

    // A claim that has no volume yet, with what it asks for read once.
    private sealed record OpenClaim(ObjectKey Key, ClaimView View, StorageTerms Terms, LabelSelector? Selector);
}
