using k8s;
using k8s.Models;
using Slipway.Api.Selectors;
using Slipway.Api.Volumes;

namespace Slipway.Controllers;

/// <summary>A claim of storage reduced to what controllers read.</summary>
[KubernetesEntity(Group = "", Kind = "PersistentVolumeClaim", ApiVersion = "v1", PluralName = "persistentvolumeclaims")]
internal sealed class ClaimView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public ClaimSpecView Spec { get; set; } = new();
    public ClaimStatusView? Status { get; set; }

    public string Name => Metadata.Name;
    public string Uid => Metadata.Uid;
    public bool IsBeingDeleted => Metadata.DeletionTimestamp is not null;

    /// <summary>The volume that it asks for or has; empty when it takes any.</summary>
    public string VolumeName => Spec.VolumeName ?? "";

    /// <summary>Its storage class; empty when it has none.</summary>
    public string Class => VolumeAnnotations.Of(this, VolumeAnnotations.Class) ?? Spec.StorageClassName ?? "";

    /// <summary>What it asks for.</summary>
    public StorageTerms Terms => new(Class, Spec.AccessModes ?? [], Spec.VolumeMode, Spec.VolumeAttributesClassName, VolumeView.StorageOf(Spec.Resources?.Requests));

    /// <summary>Whether it has been bound, whatever has become of its volume.</summary>
    public bool IsBound => VolumeAnnotations.Of(this, VolumeAnnotations.BindCompleted) is not null;

    /// <summary>The node for which its volume is to be provided; null when nobody has chosen.</summary>
    public string? SelectedNode => VolumeAnnotations.Of(this, VolumeAnnotations.SelectedNode);
}

internal sealed class ClaimSpecView
{
    public List<string>? AccessModes { get; set; }
    public LabelSelector? Selector { get; set; }
    public ClaimResourcesView? Resources { get; set; }
    public string? VolumeName { get; set; }
    public string? StorageClassName { get; set; }
    public string? VolumeMode { get; set; }
    public string? VolumeAttributesClassName { get; set; }
}

internal sealed class ClaimResourcesView
{
    public Dictionary<string, string>? Requests { get; set; }
}

internal sealed class ClaimStatusView
{
    public string? Phase { get; set; }
    public List<string>? AccessModes { get; set; }
    public Dictionary<string, string>? Capacity { get; set; }
}
