using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Slipway.Api;

namespace Slipway.Node.Volumes;

/// <summary>A claim of storage reduced to what the node reads.</summary>
[KubernetesEntity(Group = "", Kind = "PersistentVolumeClaim", ApiVersion = "v1", PluralName = "persistentvolumeclaims")]
internal sealed class StorageClaim : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public StorageClaimSpec Spec { get; set; } = new();
    public StorageClaimStatus? Status { get; set; }

    public string Uid => Metadata.Uid;

    /// <summary>How much it asks for.</summary>
    public Quantity Requested => StorageVolume.StorageOf(Spec.Resources?.Requests);

    /// <summary>How much it has been told that it has; zero while it has nothing.</summary>
    public Quantity Capacity => StorageVolume.StorageOf(Status?.Capacity);

    /// <summary>The value of an annotation; null when it has none of the name.</summary>
    public string? Annotation(string name) => Metadata.Annotations is { } annotations && annotations.TryGetValue(name, out var value) ? value : null;
}

internal sealed class StorageClaimSpec
{
    public List<string>? AccessModes { get; set; }
    public StorageRequests? Resources { get; set; }
    public string? VolumeName { get; set; }
    public string? StorageClassName { get; set; }
    public string? VolumeMode { get; set; }
    public JsonObject? Selector { get; set; }
    public JsonObject? DataSourceRef { get; set; }
}

internal sealed class StorageRequests
{
    public Dictionary<string, string>? Requests { get; set; }
}

internal sealed class StorageClaimStatus
{
    public string? Phase { get; set; }
    public Dictionary<string, string>? Capacity { get; set; }
}
