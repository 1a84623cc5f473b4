using k8s;
using k8s.Models;

namespace Slipway.Node.Devices;

/// <summary>A claim of devices reduced to what the node reads.</summary>
[KubernetesEntity(Group = "resource.k8s.io", Kind = "ResourceClaim", ApiVersion = "v1", PluralName = "resourceclaims")]
internal sealed class DeviceClaim : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public DeviceClaimStatus? Status { get; set; }

    /// <summary>The drivers of its devices.</summary>
    public IEnumerable<string> Drivers => (Status?.Allocation?.Devices?.Results ?? []).Select(result => result.Driver).Distinct();

    /// <summary>Whether a pod may use it.</summary>
    public bool IsFor(V1Pod pod) => Status?.ReservedFor?.Exists(user => user.Uid == pod.Metadata.Uid) == true;
}

internal sealed class DeviceClaimStatus
{
    public DeviceAllocation? Allocation { get; set; }
    public List<DeviceUser>? ReservedFor { get; set; }
}

internal sealed class DeviceUser
{
    public string? Uid { get; set; }
}

internal sealed class DeviceAllocation
{
    public DeviceResults? Devices { get; set; }
}

internal sealed class DeviceResults
{
    public List<DeviceResult>? Results { get; set; }
}

internal sealed class DeviceResult
{
    public string Driver { get; set; } = "";
}
