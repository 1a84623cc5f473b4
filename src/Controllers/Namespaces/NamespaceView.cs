using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>A namespace reduced to what controllers read.</summary>
[KubernetesEntity(Group = "", Kind = "Namespace", ApiVersion = "v1", PluralName = "namespaces")]
internal sealed class NamespaceView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public NamespaceSpecView? Spec { get; set; }
    public NamespaceStatusView? Status { get; set; }
}

internal sealed class NamespaceSpecView
{
    public List<string>? Finalizers { get; set; }
}

internal sealed class NamespaceStatusView
{
    public string? Phase { get; set; }
    public List<NamespaceCondition>? Conditions { get; set; }
}

internal sealed record NamespaceCondition
{
    public required string Type { get; init; }
    public required string Status { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public DateTime? LastTransitionTime { get; init; }
}
