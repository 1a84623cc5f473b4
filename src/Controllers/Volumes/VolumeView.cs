using k8s;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Volumes;

namespace Slipway.Controllers;

/// <summary>A persistent volume reduced to what controllers read.</summary>
[KubernetesEntity(Group = "", Kind = "PersistentVolume", ApiVersion = "v1", PluralName = "persistentvolumes")]
internal sealed class VolumeView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public VolumeSpecView Spec { get; set; } = new();
    public VolumeStatusView? Status { get; set; }

    public string Name => Metadata.Name;
    public string? Phase => Status?.Phase;
    public bool IsBeingDeleted => Metadata.DeletionTimestamp is not null;

    /// <summary>Its storage class; empty when it has none.</summary>
    public string Class => VolumeAnnotations.Of(this, VolumeAnnotations.Class) ?? Spec.StorageClassName ?? "";

    /// <summary>What it offers.</summary>
    public StorageTerms Terms => new(Class, Spec.AccessModes ?? [], Spec.VolumeMode, Spec.VolumeAttributesClassName, StorageOf(Spec.Capacity));

    /// <summary>Whether a controller, not a user, has chosen its claim.</summary>
    public bool IsBoundByController => VolumeAnnotations.Of(this, VolumeAnnotations.BoundByController) is not null;

    /// <summary>Who provided it; null when a user made it.</summary>
    public string? Provisioner => VolumeAnnotations.Of(this, VolumeAnnotations.ProvisionedBy);

    /// <summary>Whether it is bound to, or kept for, a claim: another claim of the same name, once it is bound, is another.</summary>
    public bool IsFor(ClaimView claim) =>
        Spec.ClaimRef is { } owner && owner.Name == claim.Name && owner.Namespace == claim.Metadata.NamespaceProperty && (owner.IsReservation || owner.Uid == claim.Uid);

    /// <summary>The amount of storage among quantities; zero when there is none. A malformed one counts as zero: the API server refuses it.</summary>
    public static Quantity StorageOf(Dictionary<string, string>? quantities) =>
        quantities is not null && quantities.TryGetValue("storage", out var text) && Quantity.TryParse(text, out var amount) ? amount : Quantity.Zero;
}

internal sealed class VolumeSpecView
{
    public Dictionary<string, string>? Capacity { get; set; }
    public List<string>? AccessModes { get; set; }
    public ClaimReferenceView? ClaimRef { get; set; }
    public string? PersistentVolumeReclaimPolicy { get; set; }
    public string? StorageClassName { get; set; }
    public string? VolumeMode { get; set; }
    public string? VolumeAttributesClassName { get; set; }
}

/// <summary>The claim that a volume is bound to, or kept for while it has no uid.</summary>
internal sealed class ClaimReferenceView
{
    public string? Namespace { get; set; }
    public string? Name { get; set; }
    public string? Uid { get; set; }

    /// <summary>Whether the volume is kept for the claim, and not bound to it yet.</summary>
    public bool IsReservation => Uid is null or "";

    public ObjectKey Key => new(Namespace ?? "", Name ?? "");
}

internal sealed class VolumeStatusView
{
    public string? Phase { get; set; }
    public string? Reason { get; set; }
    public string? Message { get; set; }
}
