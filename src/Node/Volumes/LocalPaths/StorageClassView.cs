using k8s;
using k8s.Models;

namespace Slipway.Node.Volumes.LocalPaths;

/// <summary>A storage class reduced to what its provisioner reads.</summary>
[KubernetesEntity(Group = "storage.k8s.io", Kind = "StorageClass", ApiVersion = "v1", PluralName = "storageclasses")]
internal sealed class StorageClassView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public string? ReclaimPolicy { get; set; }
}
