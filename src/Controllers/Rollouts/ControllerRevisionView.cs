using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>A former or present template of a DaemonSet or StatefulSet.</summary>
[KubernetesEntity(Group = "apps", Kind = "ControllerRevision", ApiVersion = "v1", PluralName = "controllerrevisions")]
internal sealed class ControllerRevisionView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>A patch that brings the owner back to the template.</summary>
    public JsonObject? Data { get; set; }

    /// <summary>Its number; the highest is the newest.</summary>
    public long Revision { get; set; }

    public string Name => Metadata.Name;
}
