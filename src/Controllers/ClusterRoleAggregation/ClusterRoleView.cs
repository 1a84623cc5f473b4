using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>A ClusterRole reduced to what its aggregation reads. Rules stay as they are written.</summary>
[KubernetesEntity(Group = "rbac.authorization.k8s.io", Kind = "ClusterRole", ApiVersion = "v1", PluralName = "clusterroles")]
internal sealed class ClusterRoleView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public JsonObject? AggregationRule { get; set; }
    public JsonArray? Rules { get; set; }
}
