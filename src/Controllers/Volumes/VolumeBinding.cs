using System.Text.Json.Nodes;

namespace Slipway.Controllers;

/// <summary>
/// The two halves of a binding, as patches: the volume names the claim first, which nobody can do twice, then the claim the volume.
/// Each is made upon the state that was read, so that a binding that is stopped between them is brought to its end later.
/// </summary>
internal static class VolumeBinding
{
    /// <summary>Makes the volume name the claim; null when it does.</summary>
    public static JsonObject? OfVolume(VolumeView volume, ClaimView claim)
    {
        if (volume.Spec.ClaimRef is { IsReservation: false } && volume.IsFor(claim))
            return null;
        var metadata = new JsonObject { ["uid"] = volume.Metadata.Uid, ["resourceVersion"] = volume.Metadata.ResourceVersion };
        if (!volume.IsFor(claim))
            metadata["annotations"] = new JsonObject { [VolumeAnnotations.BoundByController] = "yes" };
        var owner = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "PersistentVolumeClaim",
            ["namespace"] = claim.Metadata.NamespaceProperty,
            ["name"] = claim.Name,
            ["uid"] = claim.Uid,
            ["resourceVersion"] = claim.Metadata.ResourceVersion,
        };
        return new() { ["metadata"] = metadata, ["spec"] = new JsonObject { ["claimRef"] = owner } };
    }

    /// <summary>Makes the claim name the volume; null when it does.</summary>
    public static JsonObject? OfClaim(ClaimView claim, VolumeView volume)
    {
        if (claim.VolumeName == volume.Name && claim.IsBound)
            return null;
        var annotations = new JsonObject { [VolumeAnnotations.BindCompleted] = "yes" };
        if (claim.VolumeName != volume.Name)
            annotations[VolumeAnnotations.BoundByController] = "yes";
        return new()
        {
            ["metadata"] = new JsonObject { ["uid"] = claim.Uid, ["resourceVersion"] = claim.Metadata.ResourceVersion, ["annotations"] = annotations },
            ["spec"] = new JsonObject { ["volumeName"] = volume.Name },
        };
    }

    /// <summary>Takes the claim from the volume; one for which a user keeps it stays named.</summary>
    public static JsonObject Undone(VolumeView volume) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["uid"] = volume.Metadata.Uid,
            ["resourceVersion"] = volume.Metadata.ResourceVersion,
            ["annotations"] = new JsonObject { [VolumeAnnotations.BoundByController] = null },
        },
        ["spec"] = new JsonObject { ["claimRef"] = volume.IsBoundByController ? null : new JsonObject { ["uid"] = null, ["resourceVersion"] = null } },
    };

    /// <summary>The status of a claim with its volume; null when it has it. The size of one that is bound changes when the volume has grown in fact, not before.</summary>
    public static JsonObject? StatusOf(ClaimView claim, VolumeView volume)
    {
        var isNew = claim.Status?.Phase != "Bound";
        if (!isNew && (claim.Status?.AccessModes ?? []).SequenceEqual(volume.Spec.AccessModes ?? []))
            return null;
        var status = new JsonObject { ["phase"] = "Bound", ["accessModes"] = new JsonArray([.. (volume.Spec.AccessModes ?? []).Select(mode => (JsonNode)mode)]) };
        if (isNew)
            status["capacity"] = new JsonObject([.. (volume.Spec.Capacity ?? []).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))]);
        return status;
    }
}
