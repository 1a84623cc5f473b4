using System.Text;
using Slipway.Api.Volumes;

namespace Slipway.Simulation;

/// <summary>What is to be done for the volume of a claim. Decided without I/O.</summary>
internal enum VolumeStep
{
    /// <summary>Nothing.</summary>
    Leave,

    /// <summary>A volume is made.</summary>
    Provide,

    /// <summary>The volume goes: nobody claims it any more.</summary>
    Delete,
}

/// <summary>
/// The volume of a claim on a simulated node: a PersistentVolume as the class <c>local-path</c> gives it on a real one, with no directory.
/// </summary>
/// <param name="Name">Its name: <c>pvc-</c> and the uid of its claim.</param>
/// <param name="Claim">Its claim; null when there is none.</param>
/// <param name="Volume">The volume; null when there is none.</param>
internal sealed record ClaimedVolume(string Name, SimulatedClaim? Claim, SimulatedVolume? Volume)
{
    // Where no node's real volumes lie, so that none takes it for its own.
    private string Directory => $"/simulated/{Name}";

    /// <summary>The name of a claim's volume.</summary>
    public static string NameFor(SimulatedClaim claim) => LocalPath.VolumeOf(claim.Metadata.Uid);

    /// <summary>Decides.</summary>
    /// <param name="isSimulated">Whether a node is simulated.</param>
    public VolumeStep Next(Func<string, bool> isSimulated)
    {
        if (Volume is null)
            return Claim is { Metadata.DeletionTimestamp: null, IsForLocalPath: true, SelectedNode: { } node } && string.IsNullOrEmpty(Claim.Spec.VolumeName) && isSimulated(node) ? VolumeStep.Provide : VolumeStep.Leave;
        return Volume.Spec.Local?.Path == Directory && Volume.Spec.PersistentVolumeReclaimPolicy == "Delete" && Volume.Metadata.DeletionTimestamp is null && Volume.Status?.Phase is "Released" or "Failed"
            ? VolumeStep.Delete : VolumeStep.Leave;
    }

    /// <summary>The document of the volume for the claim, bound to it and to its node.</summary>
    /// <param name="reclaimPolicy">The policy of its class.</param>
    public byte[] Document(string reclaimPolicy)
    {
        var (metadata, spec) = (Claim!.Metadata, Claim.Spec);
        var claim = new LocalPathClaim(metadata.NamespaceProperty, metadata.Name, metadata.Uid, metadata.ResourceVersion, spec.StorageClassName, spec.AccessModes ?? [],
            spec.Resources?.Requests?.GetValueOrDefault("storage") ?? "0");
        return Encoding.UTF8.GetBytes(LocalPath.Volume(claim, reclaimPolicy, Claim.SelectedNode!, Directory).ToJsonString());
    }
}
