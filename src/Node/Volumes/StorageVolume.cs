using System.Text.Json;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;
using Slipway.Api;

namespace Slipway.Node.Volumes;

/// <summary>A persistent volume reduced to what the node reads.</summary>
[KubernetesEntity(Group = "", Kind = "PersistentVolume", ApiVersion = "v1", PluralName = "persistentvolumes")]
internal sealed class StorageVolume : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public StorageVolumeSpec Spec { get; set; } = new();
    public StorageVolumeStatus? Status { get; set; }

    public string Name => Metadata.Name;

    /// <summary>The path of the host that it is; null for other kinds.</summary>
    public string? HostDirectory => Spec.Local?.Path ?? Spec.HostPath?.Path;

    /// <summary>The amount of storage among quantities; zero when there is none.</summary>
    public static Quantity StorageOf(Dictionary<string, string>? quantities) =>
        quantities is not null && quantities.TryGetValue("storage", out var text) && Quantity.TryParse(text, out var amount) ? amount : Quantity.Zero;
}

internal sealed class StorageVolumeSpec
{
    public Dictionary<string, string>? Capacity { get; set; }
    public V1ObjectReference? ClaimRef { get; set; }
    public V1LocalVolumeSource? Local { get; set; }
    public V1HostPathVolumeSource? HostPath { get; set; }
    public string? VolumeMode { get; set; }
    public string? PersistentVolumeReclaimPolicy { get; set; }

    /// <summary>All other fields, so that a kind of volume that this node does not know can be named.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }

    /// <summary>The field that says what kind of volume it is.</summary>
    public string Source => Local is not null ? "local" : HostPath is not null ? "hostPath"
        : Others?.FirstOrDefault(other => other.Value.ValueKind == JsonValueKind.Object && other.Key != "nodeAffinity").Key ?? "unknown";
}

internal sealed class StorageVolumeStatus
{
    public string? Phase { get; set; }
}
