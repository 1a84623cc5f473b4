using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>A lease reduced to its renewal.</summary>
[KubernetesEntity(Group = "coordination.k8s.io", Kind = "Lease", ApiVersion = "v1", PluralName = "leases")]
internal sealed class LeaseView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public LeaseSpecView? Spec { get; set; }
}

internal sealed class LeaseSpecView
{
    /// <summary>When it was renewed, as it was written: only a change of it matters.</summary>
    public string? RenewTime { get; set; }
}
