using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Slipway.Api.Kinds;

/// <summary>
/// The kind ArtifactStore: where what tasks leave is kept, beyond the node that they ran on. Flows name it, or it is the one for all flows of its namespace that
/// name none. Deleting it leaves what is kept there as it is; another one of the same name, and the same bucket and prefix or claim and path, has it again.
/// </summary>
[KubernetesEntity(Group = CustomKindAttribute.Group, ApiVersion = CustomKindAttribute.Version, Kind = "ArtifactStore", PluralName = "artifactstores")]
[CustomKind("artifactstores", Kind = "ArtifactStore", ShortNames = ["as"], Categories = ["slipway"])]
[PrinterColumn("Bucket", "string", ".spec.s3.bucket")]
[PrinterColumn("Claim", "string", ".spec.claim.name")]
[PrinterColumn("Default", "boolean", ".spec.default")]
[PrinterColumn("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status")]
[PrinterColumn("Reason", "string", ".status.conditions[?(@.type==\"Ready\")].reason")]
[PrinterColumn("Size", "string", ".status.size")]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
[PrinterColumn("Endpoint", "string", ".spec.s3.endpoint", Priority = 1)]
[PrinterColumn("Artifacts", "integer", ".status.artifacts", Priority = 1)]
public sealed class DeclaredArtifactStore : IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc/>
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "slipway.dev/v1alpha1";

    /// <inheritdoc/>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "ArtifactStore";

    /// <inheritdoc/>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>Where artifacts are kept, and for how long.</summary>
    [JsonPropertyName("spec"), Field(Required = true)]
    public ArtifactStoreSpec Spec { get; set; } = new();

    /// <summary>Whether it can be used, and what is in it.</summary>
    [JsonPropertyName("status")]
    public ArtifactStoreStatus? Status { get; set; }
}

/// <summary>Where artifacts are kept, and for how long.</summary>
public sealed class ArtifactStoreSpec
{
    /// <summary>Whether flows of the namespace that name no store use this one; of several, the newest is used.</summary>
    [JsonPropertyName("default")]
    public bool? Default { get; set; }

    /// <summary>A bucket of an S3-compatible storage. Either this or claim is there.</summary>
    [JsonPropertyName("s3")]
    public S3StoreSpec? S3 { get; set; }

    /// <summary>The volume of a PersistentVolumeClaim. Either this or s3 is there.</summary>
    [JsonPropertyName("claim")]
    public ClaimStoreSpec? Claim { get; set; }

    /// <summary>What the store lets go by itself; nothing if not given.</summary>
    [JsonPropertyName("retention")]
    public ArtifactStoreRetention? Retention { get; set; }
}

/// <summary>A bucket of an S3-compatible storage, and how it is reached.</summary>
public sealed class S3StoreSpec
{
    /// <summary>What names of buckets look like, those of storages other than Amazon's included.</summary>
    internal const string BucketPattern = "^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$";

    /// <summary>URL of the storage, such as https://s3.example.com. Addresses that lead into the cluster's own machine (loopback, link-local) are refused.</summary>
    [JsonPropertyName("endpoint"), Field(Required = true, MinLength = 1)]
    public string Endpoint { get; set; } = "";

    /// <summary>The bucket, which must be there. It cannot be changed.</summary>
    [JsonPropertyName("bucket"), Field(Required = true, Pattern = BucketPattern)]
    public string Bucket { get; set; } = "";

    /// <summary>
    /// What the names of all objects begin with, such as team/; namespace and name of the store follow. Two clusters in one bucket need different ones. It cannot
    /// be changed.
    /// </summary>
    [JsonPropertyName("prefix"), Field(Pattern = "^([A-Za-z0-9_][A-Za-z0-9._-]*/)*$", MaxLength = 256)]
    public string? Prefix { get; set; }

    /// <summary>Region that requests are signed for; us-east-1 if not given.</summary>
    [JsonPropertyName("region"), Field(MinLength = 1)]
    public string? Region { get; set; }

    /// <summary>
    /// Whether the bucket is named in the path of URLs, as most storages other than Amazon's want it (true, if not given), or in the host name.
    /// </summary>
    [JsonPropertyName("pathStyle")]
    public bool? PathStyle { get; set; }

    /// <summary>
    /// Name of a Secret of the namespace with the keys accessKey and secretKey, and ca.crt if the storage's certificate is signed by an authority of its own
    /// (PEM).
    /// </summary>
    [JsonPropertyName("secretName"), Field(Required = true, MinLength = 1)]
    public string SecretName { get; set; } = "";
}

/// <summary>The volume of a PersistentVolumeClaim, which a pod reaches that is there while the store is in use.</summary>
public sealed class ClaimStoreSpec
{
    /// <summary>Name of a PersistentVolumeClaim of the namespace, of any access mode that lets pods write. It cannot be changed.</summary>
    [JsonPropertyName("name"), Field(Required = true, MinLength = 1)]
    public string Name { get; set; } = "";

    /// <summary>
    /// The directory of the volume in which artifacts lie, such as flows/; namespace and name of the store follow. The volume itself if not given. It cannot be
    /// changed.
    /// </summary>
    [JsonPropertyName("path"), Field(Pattern = "^([A-Za-z0-9_][A-Za-z0-9._-]*/)*$", MaxLength = 256)]
    public string? Path { get; set; }

    /// <summary>Name of the pod that reaches the volume for a store.</summary>
    /// <param name="store">Name of the store.</param>
    public static string PodOf(string store)
    {
        const int Longest = 63;
        var name = $"artifact-store-{store}";
        if (name.Length <= Longest)
            return name;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(store)))[..8];
        return $"{name[..(Longest - hash.Length - 1)].TrimEnd('-', '.')}-{hash}";
    }
}

/// <summary>What a store lets go by itself: only what runs have left that have ended. Hashes stay in the records.</summary>
public sealed class ArtifactStoreRetention
{
    /// <summary>What was left longer ago, such as 90d; at least 1h.</summary>
    [JsonPropertyName("age")]
    public string? Age { get; set; }

    /// <summary>What is more than this, such as 500Gi: what was left first goes first.</summary>
    [JsonPropertyName("size"), Field(IntOrString = true), JsonConverter(typeof(ScalarTextConverter))]
    public string? Size { get; set; }
}

/// <summary>Whether a store can be used, and what is in it.</summary>
public sealed class ArtifactStoreStatus
{
    /// <summary>Reason of that condition when it can.</summary>
    public const string Available = "Available";

    /// <summary>The generation that the conditions are about.</summary>
    [JsonPropertyName("observedGeneration")]
    public long? ObservedGeneration { get; set; }

    /// <summary>Conditions: Ready says whether artifacts can be kept there; if not, why: WrongCredentials, NoBucket, NoClaim, Pending, NotAllowed, NoSpace, Unreachable or Failing.</summary>
    [JsonPropertyName("conditions"), Field(ListMapKey = "type")]
    public List<V1Condition>? Conditions { get; set; }

    /// <summary>How many artifacts are in it.</summary>
    [JsonPropertyName("artifacts")]
    public long? Artifacts { get; set; }

    /// <summary>How large they are together, such as 12Gi.</summary>
    [JsonPropertyName("size")]
    public string? Size { get; set; }
}
