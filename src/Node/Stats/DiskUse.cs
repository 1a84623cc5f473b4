using Slipway.Node.Linux;

namespace Slipway.Node.Stats;

/// <summary>What lies below a directory: bytes on the disk, and how many files and directories.</summary>
internal readonly record struct DiskUse(long Bytes, long Inodes)
{
    public static DiskUse operator +(DiskUse one, DiskUse other) => new(one.Bytes + other.Bytes, one.Inodes + other.Inodes);

    /// <summary>Measures a directory, links not followed; nothing when it is not there, or goes meanwhile.</summary>
    public static DiskUse Of(string directory)
    {
        var (bytes, inodes) = TreeMeasure.Of(directory);
        return new(bytes, inodes);
    }
}
