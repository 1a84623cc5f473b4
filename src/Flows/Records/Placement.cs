namespace Slipway.Flows;

/// <summary>A declared store, and where it keeps artifacts.</summary>
/// <param name="Namespace">Namespace of the ArtifactStore.</param>
/// <param name="Store">Its name.</param>
/// <param name="Place">Bucket and prefix, or claim and path: of another ArtifactStore of the name they may differ.</param>
public sealed record StoreLocation(string Namespace, string Store, string Place)
{
    /// <summary>What the spec of an ArtifactStore must say to be this one.</summary>
    public string Fields
    {
        get
        {
            var isClaim = Place.StartsWith(ClaimPrefix, StringComparison.Ordinal);
            var names = (isClaim ? Place[ClaimPrefix.Length..] : Place).Split('/', 2);
            var (name, path) = (names[0], names.ElementAtOrDefault(1) is { Length: > 0 } rest ? rest : "\"\"");
            return isClaim ? $"spec.claim.name {name} and spec.claim.path {path}" : $"spec.s3.bucket {name} and spec.s3.prefix {path}";
        }
    }

    /// <summary>The place of a claim, which no bucket has in its name.</summary>
    internal const string ClaimPrefix = "claim:";

    /// <summary>Names the store in messages.</summary>
    public override string ToString() => $"artifact store {Store}";
}

/// <summary>An artifact that lies in a declared store.</summary>
/// <param name="Location">Where.</param>
/// <param name="Size">Its size in bytes.</param>
public sealed record Placement(StoreLocation Location, long Size);

/// <summary>An artifact that is to be in a declared store.</summary>
/// <param name="Sha256">Hash of its content.</param>
/// <param name="Size">Its size in bytes.</param>
public sealed record ArtifactContent(string Sha256, long Size);

/// <summary>What a declared store is to hold no longer.</summary>
public sealed record StoreLimits
{
    /// <summary>What was kept before, and only ended runs refer to; null for no limit of age.</summary>
    public DateTimeOffset? KeptBefore { get; init; }

    /// <summary>What is more than this many bytes, the longest kept first; null for no limit of size.</summary>
    public long? Size { get; init; }

    /// <summary>What was kept at this time or later stays in any case: whoever left it may be about to record it.</summary>
    public required DateTimeOffset Untouched { get; init; }
}
