using System.Text;
using System.Text.Json.Nodes;
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
    private const string ProvisionedBy = "pv.kubernetes.io/provisioned-by";

    // Where no node's real volumes lie, so that none takes it for its own.
    private string Directory => $"/simulated/{Name}";

    /// <summary>The name of a claim's volume.</summary>
    public static string NameFor(SimulatedClaim claim) => $"pvc-{claim.Metadata.Uid}";

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
        var claim = Claim!;
        return Encoding.UTF8.GetBytes(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "PersistentVolume",
            ["metadata"] = new JsonObject { ["name"] = Name, ["annotations"] = new JsonObject { [ProvisionedBy] = LocalPath.Provisioner } },
            ["spec"] = new JsonObject
            {
                ["capacity"] = new JsonObject { ["storage"] = claim.Spec.Resources?.Requests?.GetValueOrDefault("storage") ?? "0" },
                ["accessModes"] = new JsonArray([.. (claim.Spec.AccessModes ?? []).Select(mode => (JsonNode)mode)]),
                ["claimRef"] = new JsonObject
                {
                    ["apiVersion"] = "v1",
                    ["kind"] = "PersistentVolumeClaim",
                    ["namespace"] = claim.Metadata.NamespaceProperty,
                    ["name"] = claim.Metadata.Name,
                    ["uid"] = claim.Metadata.Uid,
                    ["resourceVersion"] = claim.Metadata.ResourceVersion,
                },
                ["persistentVolumeReclaimPolicy"] = reclaimPolicy,
                ["storageClassName"] = claim.Spec.StorageClassName,
                ["volumeMode"] = "Filesystem",
                ["local"] = new JsonObject { ["path"] = Directory },
                ["nodeAffinity"] = new JsonObject
                {
                    ["required"] = new JsonObject
                    {
                        ["nodeSelectorTerms"] = new JsonArray(new JsonObject
                        {
                            ["matchExpressions"] = new JsonArray(new JsonObject { ["key"] = "kubernetes.io/hostname", ["operator"] = "In", ["values"] = new JsonArray(claim.SelectedNode) }),
                        }),
                    },
                },
            },
        }.ToJsonString());
    }
}
