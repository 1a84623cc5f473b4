using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Slipway.Api.Volumes;

namespace Slipway.Simulation;

/// <summary>A claim of storage reduced to what its volume depends on.</summary>
[KubernetesEntity(Group = "", Kind = "PersistentVolumeClaim", ApiVersion = "v1", PluralName = "persistentvolumeclaims")]
internal sealed class SimulatedClaim : IKubernetesObject<V1ObjectMeta>
{
    private const string StorageProvisioner = "volume.kubernetes.io/storage-provisioner", SelectedNodeAnnotation = "volume.kubernetes.io/selected-node";

    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public ClaimSpecView Spec { get; set; } = new();

    /// <summary>Whether its volume is to come from the nodes' own storage.</summary>
    public bool IsForLocalPath => Annotation(StorageProvisioner) == LocalPath.Provisioner;

    /// <summary>The node for which its volume is to be made; null when none is chosen.</summary>
    public string? SelectedNode => Annotation(SelectedNodeAnnotation);

    private string? Annotation(string name) => Metadata.Annotations is { } annotations && annotations.TryGetValue(name, out var value) ? value : null;
}

internal sealed class ClaimSpecView
{
    public List<string>? AccessModes { get; set; }
    public ResourcesView? Resources { get; set; }
    public string? VolumeName { get; set; }
    public string? StorageClassName { get; set; }
    public string? VolumeMode { get; set; }
    public JsonObject? Selector { get; set; }
    public JsonObject? DataSourceRef { get; set; }
}

/// <summary>A persistent volume reduced to what tells whether it is simulated and still claimed.</summary>
[KubernetesEntity(Group = "", Kind = "PersistentVolume", ApiVersion = "v1", PluralName = "persistentvolumes")]
internal sealed class SimulatedVolume : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public VolumeSpecView Spec { get; set; } = new();
    public VolumeStatusView? Status { get; set; }
}

internal sealed class VolumeSpecView
{
    public V1LocalVolumeSource? Local { get; set; }
    public string? PersistentVolumeReclaimPolicy { get; set; }
}

internal sealed class VolumeStatusView
{
    public string? Phase { get; set; }
}

/// <summary>A storage class reduced to what becomes of its volumes.</summary>
[KubernetesEntity(Group = "storage.k8s.io", Kind = "StorageClass", ApiVersion = "v1", PluralName = "storageclasses")]
internal sealed class SimulatedStorageClass : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public string? ReclaimPolicy { get; set; }
}
