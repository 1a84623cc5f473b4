using System.Text.Json.Nodes;

namespace Slipway.Api.Volumes;

/// <summary>Storage in directories of the nodes, which every cluster has.</summary>
public static class LocalPath
{
    /// <summary>Name of the storage class, which is the default.</summary>
    public const string Class = "local-path";

    /// <summary>Name of what provides the volumes.</summary>
    public const string Provisioner = "slipway.dev/local-path";

    /// <summary>Annotation of who made a volume.</summary>
    public const string ProvisionedBy = "pv.kubernetes.io/provisioned-by";

    /// <summary>Name of the volume of a claim.</summary>
    /// <param name="uid">Uid of the claim.</param>
    public static string VolumeOf(string uid) => $"pvc-{uid}";

    /// <summary>Why a claim cannot be provided for; null when it can.</summary>
    /// <param name="volumeMode">What it asks for: Filesystem (or null) or Block.</param>
    /// <param name="hasSelector">Whether it selects volumes by labels.</param>
    /// <param name="hasSource">Whether it asks for content.</param>
    public static string? Refusal(string? volumeMode, bool hasSelector, bool hasSource) =>
        volumeMode == "Block" ? "volumeMode Block is not supported: use Filesystem"
        : hasSelector ? "claim Selector is not supported"
        : hasSource ? "dataSource is not supported: directories are made empty"
        : null;

    /// <summary>The PersistentVolume for a claim, bound to it and to a node.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="reclaimPolicy">The policy of its class.</param>
    /// <param name="node">The node.</param>
    /// <param name="directory">The directory on the node.</param>
    public static JsonObject Volume(LocalPathClaim claim, string reclaimPolicy, string node, string directory) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "PersistentVolume",
        ["metadata"] = new JsonObject { ["name"] = VolumeOf(claim.Uid), ["annotations"] = new JsonObject { [ProvisionedBy] = Provisioner } },
        ["spec"] = new JsonObject
        {
            ["capacity"] = new JsonObject { ["storage"] = claim.Capacity },
            ["accessModes"] = new JsonArray([.. claim.AccessModes.Select(mode => (JsonNode)mode)]),
            ["claimRef"] = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "PersistentVolumeClaim",
                ["namespace"] = claim.Namespace,
                ["name"] = claim.Name,
                ["uid"] = claim.Uid,
                ["resourceVersion"] = claim.ResourceVersion,
            },
            ["persistentVolumeReclaimPolicy"] = reclaimPolicy,
            ["storageClassName"] = claim.Class,
            ["volumeMode"] = "Filesystem",
            ["local"] = new JsonObject { ["path"] = directory },
            ["nodeAffinity"] = new JsonObject
            {
                ["required"] = new JsonObject
                {
                    ["nodeSelectorTerms"] = new JsonArray(new JsonObject
                    {
                        ["matchExpressions"] = new JsonArray(new JsonObject { ["key"] = "kubernetes.io/hostname", ["operator"] = "In", ["values"] = new JsonArray(node) }),
                    }),
                },
            },
        },
    };
}

/// <summary>What a volume has of its claim.</summary>
/// <param name="Namespace">Namespace of the claim.</param>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its uid.</param>
/// <param name="ResourceVersion">The version of it that was read.</param>
/// <param name="Class">Its storage class.</param>
/// <param name="AccessModes">How it may be used.</param>
/// <param name="Capacity">What it asks for, as a quantity.</param>
public sealed record LocalPathClaim(string Namespace, string Name, string Uid, string? ResourceVersion, string? Class, IReadOnlyList<string> AccessModes, string Capacity);
