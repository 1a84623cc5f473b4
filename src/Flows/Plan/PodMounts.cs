using System.Security.Cryptography;
using System.Text;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Makes volumes and their mounts of what a task mounts.</summary>
internal static class PodMounts
{
    public static V1VolumeMount Mount(TaskMount mount) => new()
    {
        Name = Name(mount),
        MountPath = mount.Path,
        ReadOnlyProperty = mount.Claim is null || mount.ReadOnly == true ? true : null,
    };

    public static V1Volume Volume(TaskMount mount) => new()
    {
        Name = Name(mount),
        Secret = mount.Secret is { } secret ? new V1SecretVolumeSource { SecretName = secret, Optional = mount.Optional } : null,
        ConfigMap = mount.ConfigMap is { } map ? new V1ConfigMapVolumeSource { Name = map, Optional = mount.Optional } : null,
        PersistentVolumeClaim = mount.Claim is { } claim ? new V1PersistentVolumeClaimVolumeSource { ClaimName = claim, ReadOnlyProperty = mount.ReadOnly } : null,
    };

    /// <summary>Paths are no names of volumes; the hash of one is.</summary>
    private static string Name(TaskMount mount) => $"mount-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(mount.Path)))[..10]}";
}
