namespace Slipway.Node.Stats;

/// <summary>What lies below a directory: bytes of files, and how many files and directories.</summary>
internal readonly record struct DiskUse(long Bytes, long Inodes)
{
    private static readonly EnumerationOptions All = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };

    public static DiskUse operator +(DiskUse one, DiskUse other) => new(one.Bytes + other.Bytes, one.Inodes + other.Inodes);

    /// <summary>Measures a directory, links not followed; nothing when it is not there, or goes meanwhile.</summary>
    public static DiskUse Of(string directory)
    {
        if (!Directory.Exists(directory))
            return default;
        long bytes = 0, inodes = 1;
        try
        {
            foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos("*", All))
            {
                inodes++;
                if (entry is FileInfo file)
                    bytes += Length(file);
            }
        }
        catch (IOException)
        {
            // It goes meanwhile, or a path is too long: what was counted until then counts.
        }
        return new(bytes, inodes);
    }

    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0; // removed meanwhile
        }
    }
}
