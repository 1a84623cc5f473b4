using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Volumes;

namespace Slipway.Node.Volumes.LocalPaths;

/// <summary>The persistent volume of a directory of this node, as a document.</summary>
internal static class LocalPathVolume
{
    /// <summary>The volume for a claim, bound to it and to the node.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="reclaimPolicy">The policy of its class.</param>
    /// <param name="node">The node.</param>
    /// <param name="directory">The directory.</param>
    public static JsonObject For(StorageClaim claim, string reclaimPolicy, string node, string directory)
    {
        var volume = LocalPath.Volume(
            new(claim.Metadata.NamespaceProperty, claim.Metadata.Name, claim.Uid, claim.Metadata.ResourceVersion, claim.Spec.StorageClassName, claim.Spec.AccessModes ?? [], claim.Requested.ToString()),
            reclaimPolicy, node, directory);
        volume["metadata"]!["finalizers"] = new JsonArray(LocalPathState.Finalizer);
        return volume;
    }

    /// <summary>Makes a volume as large as its claim asks, upon the size that was read.</summary>
    public static JsonObject Grown(StorageVolume volume, Quantity size) => new()
    {
        ["metadata"] = new JsonObject { ["uid"] = volume.Metadata.Uid, ["resourceVersion"] = volume.Metadata.ResourceVersion },
        ["spec"] = new JsonObject { ["capacity"] = new JsonObject { ["storage"] = size.ToString() } },
    };

    /// <summary>Takes the finalizer from a volume, upon the list that was read.</summary>
    public static JsonObject LetGo(StorageVolume volume) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["uid"] = volume.Metadata.Uid,
            ["resourceVersion"] = volume.Metadata.ResourceVersion,
            ["finalizers"] = new JsonArray([.. (volume.Metadata.Finalizers ?? []).Where(other => other != LocalPathState.Finalizer).Select(other => (JsonNode)other)]),
        },
    };

    /// <summary>The status of a claim whose volume has grown.</summary>
    public static JsonObject Resized(StorageClaim claim) => new()
    {
        ["metadata"] = new JsonObject { ["uid"] = claim.Uid },
        ["status"] = new JsonObject
        {
            ["capacity"] = new JsonObject { ["storage"] = claim.Requested.ToString() },
            ["allocatedResources"] = new JsonObject { ["storage"] = claim.Requested.ToString() },
            ["allocatedResourceStatuses"] = null,
            ["conditions"] = null,
        },
    };
}
