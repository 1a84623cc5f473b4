using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>The annotations by which volumes and claims are bound and provided (<see href="https://kubernetes.io/docs/reference/labels-annotations-taints/"/>).</summary>
internal static class VolumeAnnotations
{
    /// <summary>Where the class stood before it was a field.</summary>
    public const string Class = "volume.beta.kubernetes.io/storage-class";

    /// <summary>On a claim: it has been bound.</summary>
    public const string BindCompleted = "pv.kubernetes.io/bind-completed";

    /// <summary>On a claim or volume: a controller has chosen the other one.</summary>
    public const string BoundByController = "pv.kubernetes.io/bound-by-controller";

    /// <summary>On a volume: who provided it.</summary>
    public const string ProvisionedBy = "pv.kubernetes.io/provisioned-by";

    /// <summary>On a claim: who is to provide its volume.</summary>
    public const string StorageProvisioner = "volume.kubernetes.io/storage-provisioner", BetaStorageProvisioner = "volume.beta.kubernetes.io/storage-provisioner";

    /// <summary>On a claim: the node of its first pod, for which its volume is to be provided.</summary>
    public const string SelectedNode = "volume.kubernetes.io/selected-node";

    /// <summary>The value of an annotation; null when the object has none of the name.</summary>
    public static string? Of(IKubernetesObject<V1ObjectMeta> item, string name) =>
        item.Metadata.Annotations is { } annotations && annotations.TryGetValue(name, out var value) ? value : null;
}
