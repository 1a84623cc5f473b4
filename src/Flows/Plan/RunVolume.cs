using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>
/// The claims of a run's volumes. Their names derive from the run and the call, so that whoever makes one finds the one that is there.
/// </summary>
internal static class RunVolume
{
    /// <summary>The claim of a volume.</summary>
    /// <param name="view">The run.</param>
    /// <param name="home">The call of the flow that declares the volume; null for the run's own flow.</param>
    /// <param name="volume">The volume.</param>
    public static V1PersistentVolumeClaim Claim(RunView view, TaskPath? home, FlowVolume volume) => new()
    {
        ApiVersion = "v1",
        Kind = "PersistentVolumeClaim",
        Metadata = new V1ObjectMeta
        {
            NamespaceProperty = view.Namespace,
            Name = FlowNames.Claim(view.Name, view.Uid, home, volume.Name),
            Labels = new Dictionary<string, string>
            {
                [FlowNames.FlowLabel] = view.FlowName,
                [FlowNames.RunLabel] = view.Name,
                [FlowNames.VolumeLabel] = volume.Name,
                [FlowNames.KeepLabel] = volume.Keep ?? VolumeKeep.WithRun,
            },
            Annotations = home is null ? null : new Dictionary<string, string> { [FlowNames.PathAnnotation] = home.Text },
            OwnerReferences = volume.Keep == VolumeKeep.Always ? null : [PodTemplate.Owner(view)],
        },
        Spec = new V1PersistentVolumeClaimSpec
        {
            AccessModes = volume.AccessModes ?? ["ReadWriteOnce"],
            StorageClassName = volume.StorageClassName,
            Resources = new V1VolumeResourceRequirements { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = new(volume.Size) } },
        },
    };

    /// <summary>Whether a claim goes when its run, of this uid, has ended.</summary>
    public static bool GoesAtEnd(V1PersistentVolumeClaim claim, string runUid) =>
        claim.Metadata.Labels?.TryGetValue(FlowNames.KeepLabel, out var keep) == true && keep == VolumeKeep.UntilEnd
        && claim.Metadata.OwnerReferences?.Any(o => o.Uid == runUid) == true;

    /// <summary>Whether a volume of a run goes when it has ended.</summary>
    public static bool AnyGoesAtEnd(RunDefinition definition) =>
        definition.Flows.Values.Prepend(definition.Flow).Any(f => f.Volumes?.Exists(v => v.Keep == VolumeKeep.UntilEnd) == true);

    /// <summary>
    /// Whether what a task does may stand in a volume of the run, where a later run does not find it. Of calls, as soon as a flow of the run has volumes.
    /// </summary>
    public static bool IsTouchedBy(FlowTask task, RunDefinition definition) => task.IsCall
        ? definition.Flows.Values.Prepend(definition.Flow).Any(f => f.Volumes is not null)
        : (task.Mounts ?? definition.Flow.Defaults?.Mounts)?.Exists(m => m.Volume is not null) == true;
}
