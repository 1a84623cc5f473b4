namespace Slipway.Api.Volumes;

/// <summary>What a volume of storage is, or what a claim asks of one (<see href="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding"/>).</summary>
/// <param name="Class">Storage class; empty for none.</param>
/// <param name="AccessModes">Access modes, such as <c>ReadWriteOnce</c>: those that a volume offers, or all that a claim needs.</param>
/// <param name="Mode"><c>Filesystem</c> or <c>Block</c>; <c>Filesystem</c> when null.</param>
/// <param name="AttributesClass">Class of attributes; none when null or empty.</param>
/// <param name="Size">How much there is, or is needed at least.</param>
public readonly record struct StorageTerms(string Class, IReadOnlyCollection<string> AccessModes, string? Mode, string? AttributesClass, Quantity Size)
{
    /// <summary>Why a volume is not what a claim asks for, in Kubernetes' words; null when it is.</summary>
    public static string? Mismatch(StorageTerms volume, StorageTerms claim)
    {
        if (volume.Size < claim.Size) return "requested PV is too small";
        if (volume.Class != claim.Class) return "storageClassName does not match";
        if ((volume.AttributesClass ?? "") != (claim.AttributesClass ?? "")) return "VolumeAttributesClassName does not match";
        if ((volume.Mode ?? "Filesystem") != (claim.Mode ?? "Filesystem")) return "incompatible volumeMode";
        return claim.AccessModes.All(volume.AccessModes.Contains) ? null : "incompatible accessMode";
    }
}
