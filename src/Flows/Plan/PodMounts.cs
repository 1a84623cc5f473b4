using k8s.Models;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>What a task mounts, as its pod has it.</summary>
/// <param name="Mounts">The mounts of its container.</param>
/// <param name="Volumes">The volumes of its pod.</param>
/// <param name="Claims">The claims of volumes of the run, to be there before the pod.</param>
internal sealed record PodMounts(IReadOnlyList<V1VolumeMount> Mounts, IReadOnlyList<V1Volume> Volumes, IReadOnlyList<V1PersistentVolumeClaim> Claims)
{
    /// <summary>Works out what a task of a group mounts; null and the problem if an expression has no value.</summary>
    public static PodMounts? For(RunView view, GroupState group, TaskSettings settings, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        problem = "";
        var (mounts, volumes, claims) = (new List<V1VolumeMount>(), new List<V1Volume>(), new List<V1PersistentVolumeClaim>());
        foreach (var mount in settings.Mounts)
        {
            string? subPath = null;
            if (mount.SubPath is { } text && (subPath = PodTemplate.Text($"mounts {mount.Path} subPath", text, scope, out problem)) is null)
                return null;
            var claim = mount.Claim;
            if (mount.Volume is { } name && group.Owner.Volumes?.Find(v => v.Name == name) is { } volume)
            {
                var made = RunVolume.Claim(view, group.Home, volume);
                claim = made.Metadata.Name;
                claims.Add(made);
            }

            mounts.Add(new V1VolumeMount
            {
                Name = Name(mount),
                MountPath = mount.Path,
                SubPath = subPath,
                ReadOnlyProperty = claim is null || mount.ReadOnly == true ? true : null,
            });
            volumes.Add(new V1Volume
            {
                Name = Name(mount),
                Secret = mount.Secret is { } secret ? new V1SecretVolumeSource { SecretName = secret, Optional = mount.Optional } : null,
                ConfigMap = mount.ConfigMap is { } map ? new V1ConfigMapVolumeSource { Name = map, Optional = mount.Optional } : null,
                PersistentVolumeClaim = claim is null ? null : new V1PersistentVolumeClaimVolumeSource { ClaimName = claim, ReadOnlyProperty = mount.ReadOnly },
            });
        }

        return new PodMounts(mounts, volumes, claims);
    }

    /// <summary>Paths are no names of volumes; the hash of one is.</summary>
    private static string Name(TaskMount mount) => $"mount-{FlowNames.Hash(mount.Path, 10)}";
}
