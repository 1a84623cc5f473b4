using System.Text.RegularExpressions;
using Slipway.Api.Volumes;

namespace Slipway.Node.Volumes.LocalPaths;

/// <summary>What is to be done for a volume of this node's directories, there or wanted. Decided without I/O.</summary>
internal enum LocalPathPlan
{
    /// <summary>Nothing.</summary>
    Leave,

    /// <summary>A directory and a volume are made for the claim.</summary>
    Provide,

    /// <summary>The volume is told to be as large as its claim asks.</summary>
    Grow,

    /// <summary>The directory is removed with all that is in it, then the volume.</summary>
    Delete,

    /// <summary>The volume goes, and its directory stays for who retains it.</summary>
    LetGo,

    /// <summary>The directory has no volume: it is removed if nothing is in it, since then no pod has ever had it.</summary>
    Sweep,
}

/// <summary>What is known of one volume, whose name is <c>pvc-</c> and the uid of its claim.</summary>
/// <param name="Node">This node.</param>
/// <param name="Name">The volume's name, which is also its directory's.</param>
/// <param name="Directory">Where its directory is, or would be.</param>
/// <param name="Claim">Its claim; null when there is none.</param>
/// <param name="Volume">The volume; null when there is none.</param>
/// <param name="IsNeededElsewhere">Whether another volume is of the same directory, or of one in or around it.</param>
internal sealed partial record LocalPathState(string Node, string Name, string Directory, StorageClaim? Claim, StorageVolume? Volume, bool IsNeededElsewhere)
{
    /// <summary>Holds a volume until its directory is removed; the name is that of all provisioners outside Kubernetes.</summary>
    public const string Finalizer = "external-provisioner.volume.kubernetes.io/finalizer";

    private const string StorageProvisioner = "volume.kubernetes.io/storage-provisioner", SelectedNode = "volume.kubernetes.io/selected-node";

    /// <summary>The name of a claim's volume.</summary>
    public static string NameFor(StorageClaim claim) => LocalPath.VolumeOf(claim.Uid);

    /// <summary>Whether a directory or volume may be one of these, by its name.</summary>
    public static bool IsName(string name) => Names.IsMatch(name);

    /// <summary>Decides.</summary>
    public LocalPathPlan Plan()
    {
        if (Volume is null)
            return IsWanted ? LocalPathPlan.Provide : IsNeededElsewhere ? LocalPathPlan.Leave : LocalPathPlan.Sweep;
        // Never by a path that somebody has written into a volume, only by that which its name gives.
        if (Volume.Metadata.Annotations is not { } annotations || !annotations.TryGetValue(LocalPath.ProvisionedBy, out var provisioner) || provisioner != LocalPath.Provisioner
            || Volume.Spec.Local?.Path != Directory)
            return LocalPathPlan.Leave;
        var isDeleted = Volume.Metadata.DeletionTimestamp is not null;
        if (Volume.Status?.Phase is "Released" or "Failed" || (isDeleted && Volume.Status?.Phase != "Bound"))
            return Volume.Spec.PersistentVolumeReclaimPolicy == "Delete"
                ? IsNeededElsewhere ? LocalPathPlan.LetGo : LocalPathPlan.Delete
                : isDeleted ? LocalPathPlan.LetGo : LocalPathPlan.Leave;
        return Claim is { Status.Phase: "Bound" } claim && claim.Spec.VolumeName == Name && claim.Requested > claim.Capacity ? LocalPathPlan.Grow : LocalPathPlan.Leave;
    }

    private bool IsWanted =>
        Claim is { Metadata.DeletionTimestamp: null } claim && string.IsNullOrEmpty(claim.Spec.VolumeName)
        && claim.Annotation(StorageProvisioner) == LocalPath.Provisioner && (claim.Annotation(SelectedNode) ?? Node) == Node;

    /// <summary>Whether one of two paths is, or lies in, the other.</summary>
    public static bool Overlap(string a, string b)
    {
        var (x, y) = (Path.TrimEndingDirectorySeparator(Path.GetFullPath(a)) + "/", Path.TrimEndingDirectorySeparator(Path.GetFullPath(b)) + "/");
        return x.StartsWith(y, StringComparison.Ordinal) || y.StartsWith(x, StringComparison.Ordinal);
    }

    [GeneratedRegex("^pvc-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    private static partial Regex Names { get; }
}
