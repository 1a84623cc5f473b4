using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Nodes;
using Slipway.Api.Volumes;

namespace Slipway.Scheduler;

/// <summary>A claim of storage reduced to what scheduling reads.</summary>
[KubernetesEntity(Group = "", Kind = "PersistentVolumeClaim", ApiVersion = "v1", PluralName = "persistentvolumeclaims")]
internal sealed class ClaimView : IKubernetesObject<V1ObjectMeta>
{
    public const string SelectedNodeAnnotation = "volume.kubernetes.io/selected-node";

    private const string BindCompleted = "pv.kubernetes.io/bind-completed", ClassAnnotation = "volume.beta.kubernetes.io/storage-class";

    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public ClaimSpecView Spec { get; set; } = new();
    public ClaimStatusView? Status { get; set; }

    /// <summary>The volume that it asks for or has; empty when it takes any.</summary>
    public string VolumeName => Spec.VolumeName ?? "";

    /// <summary>Whether it is bound for good.</summary>
    public bool IsBound => VolumeName.Length > 0 && Annotation(BindCompleted) is not null;

    /// <summary>The node for which its volume is being provided; null when nobody has chosen.</summary>
    public string? SelectedNode => Annotation(SelectedNodeAnnotation);

    /// <summary>Whether only one pod at a time may use it.</summary>
    public bool IsForOnePod => Spec.AccessModes is ["ReadWriteOncePod"];

    /// <summary>What it asks for.</summary>
    public StorageTerms Terms => new(Annotation(ClassAnnotation) ?? Spec.StorageClassName ?? "", Spec.AccessModes ?? [], Spec.VolumeMode, Spec.VolumeAttributesClassName,
        VolumeView.StorageOf(Spec.Resources?.Requests));

    private string? Annotation(string name) => Metadata.Annotations is { } annotations && annotations.TryGetValue(name, out var value) ? value : null;
}

internal sealed class ClaimSpecView
{
    public List<string>? AccessModes { get; set; }
    public JsonObject? Selector { get; set; }
    public ResourcesView? Resources { get; set; }
    public string? VolumeName { get; set; }
    public string? StorageClassName { get; set; }
    public string? VolumeMode { get; set; }
    public string? VolumeAttributesClassName { get; set; }
}

internal sealed class ClaimStatusView
{
    public string? Phase { get; set; }
}

/// <summary>A persistent volume reduced to what scheduling reads.</summary>
[KubernetesEntity(Group = "", Kind = "PersistentVolume", ApiVersion = "v1", PluralName = "persistentvolumes")]
internal sealed class VolumeView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public VolumeSpecView Spec { get; set; } = new();
    public ClaimStatusView? Status { get; set; }

    public string Name => Metadata.Name;

    /// <summary>What it offers.</summary>
    public StorageTerms Terms => new(Spec.StorageClassName ?? "", Spec.AccessModes ?? [], Spec.VolumeMode, Spec.VolumeAttributesClassName, StorageOf(Spec.Capacity));

    /// <summary>Whether it can be given to a claim that asks for it.</summary>
    public bool IsFree => Spec.ClaimRef is null && Status?.Phase == "Available" && Metadata.DeletionTimestamp is null;

    /// <summary>Whether it is kept for a claim.</summary>
    public bool IsKeptFor(ClaimView claim) => Spec.ClaimRef is { } owner && owner.Name == claim.Metadata.Name && owner.Namespace == claim.Metadata.NamespaceProperty
        && (owner.Uid is null or "" || owner.Uid == claim.Metadata.Uid);

    /// <summary>The amount of storage among quantities; zero when there is none.</summary>
    public static Quantity StorageOf(Dictionary<string, string>? quantities) =>
        quantities is not null && quantities.TryGetValue("storage", out var text) && Quantity.TryParse(text, out var amount) ? amount : Quantity.Zero;
}

internal sealed class VolumeSpecView
{
    public Dictionary<string, string>? Capacity { get; set; }
    public List<string>? AccessModes { get; set; }
    public ClaimReferenceView? ClaimRef { get; set; }
    public VolumeNodeAffinityView? NodeAffinity { get; set; }
    public string? StorageClassName { get; set; }
    public string? VolumeMode { get; set; }
    public string? VolumeAttributesClassName { get; set; }
}

internal sealed class ClaimReferenceView
{
    public string? Namespace { get; set; }
    public string? Name { get; set; }
    public string? Uid { get; set; }
}

internal sealed class VolumeNodeAffinityView
{
    public NodeSelector? Required { get; set; }
}

/// <summary>A storage class reduced to what scheduling reads.</summary>
[KubernetesEntity(Group = "storage.k8s.io", Kind = "StorageClass", ApiVersion = "v1", PluralName = "storageclasses")]
internal sealed class StorageClassView : IKubernetesObject<V1ObjectMeta>
{
    private const string NoProvisioner = "kubernetes.io/no-provisioner";

    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public string Provisioner { get; set; } = "";
    public string? VolumeBindingMode { get; set; }
    public List<TopologyTermView>? AllowedTopologies { get; set; }

    /// <summary>Whether claims are bound for the node of their first pod.</summary>
    public bool WaitsForConsumer => VolumeBindingMode == "WaitForFirstConsumer";

    /// <summary>Whether volumes can be provided for a node.</summary>
    public bool Provides(NodeInfo node) => Provisioner != NoProvisioner
        && (AllowedTopologies is null or [] || AllowedTopologies.Exists(term => (term.MatchLabelExpressions ?? []).TrueForAll(wanted =>
            node.Labels.TryGetValue(wanted.Key, out var value) && wanted.Values?.Contains(value) == true)));
}

internal sealed class TopologyTermView
{
    public List<NodeRequirement>? MatchLabelExpressions { get; set; }
}
