using k8s;
using k8s.Models;

namespace Slipway.Scheduler;

/// <summary>A namespace, of which scheduling reads the labels.</summary>
[KubernetesEntity(Group = "", Kind = "Namespace", ApiVersion = "v1", PluralName = "namespaces")]
internal sealed class NamespaceView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
}
