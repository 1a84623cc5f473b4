using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>A storage class reduced to what controllers read.</summary>
[KubernetesEntity(Group = "storage.k8s.io", Kind = "StorageClass", ApiVersion = "v1", PluralName = "storageclasses")]
internal sealed class StorageClassView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public string Provisioner { get; set; } = "";
    public string? VolumeBindingMode { get; set; }

    /// <summary>Whether claims are bound only for the node of their first pod.</summary>
    public bool WaitsForConsumer => VolumeBindingMode == "WaitForFirstConsumer";
}
