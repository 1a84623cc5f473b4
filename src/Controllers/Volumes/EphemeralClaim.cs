using System.Text.Json.Nodes;

namespace Slipway.Controllers;

/// <summary>The claim that a pod declares within its own volumes (<see href="https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes"/>).</summary>
internal static class EphemeralClaim
{
    /// <summary>The claim's name.</summary>
    public static string NameOf(string pod, string volume) => $"{pod}-{volume}";

    /// <summary>Whether a claim was made for a pod; another of its name is not touched.</summary>
    public static bool IsOf(PodView pod, ClaimView claim) => claim.Metadata.OwnerReferences?.Any(owner => owner.Controller == true && owner.Uid == pod.Uid) == true;

    /// <summary>The claim as a document; it goes with the pod.</summary>
    public static JsonObject For(PodView pod, PodVolumeView volume)
    {
        var template = volume.Ephemeral?.VolumeClaimTemplate ?? [];
        var metadata = template["metadata"]?.DeepClone().AsObject() ?? [];
        metadata["name"] = NameOf(pod.Metadata.Name, volume.Name);
        metadata["namespace"] = pod.Metadata.NamespaceProperty;
        metadata["ownerReferences"] = new JsonArray(OwnerReferences.To(pod));
        return new() { ["apiVersion"] = "v1", ["kind"] = "PersistentVolumeClaim", ["metadata"] = metadata, ["spec"] = template["spec"]?.DeepClone() };
    }
}

internal sealed class EphemeralVolumeView
{
    public JsonObject? VolumeClaimTemplate { get; set; }
}
