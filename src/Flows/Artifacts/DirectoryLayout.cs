namespace Slipway.Flows;

/// <summary>Lays a stored directory out for a pod to read.</summary>
internal static class DirectoryLayout
{
    /// <summary>Containers of any user go in and read.</summary>
    public const UnixFileMode Readable = (UnixFileMode)0b111_101_101;

    /// <summary>
    /// Makes the directory at <paramref name="target"/>. Its files are links to the store, without a copy; executable ones are copies, since an artifact has one
    /// mode. Doing it again gives the same.
    /// </summary>
    /// <exception cref="FileNotFoundException">A file is not in the store.</exception>
    /// <exception cref="IOException">The disk is full, or refuses.</exception>
    public static void Create(ArtifactStore store, DirectoryManifest manifest, string target)
    {
        Directory.CreateDirectory(target, Readable);
        foreach (var entry in manifest.Entries)
        {
            var path = Path.Combine(target, entry.Path);
            if (entry.Link is { } link)
                PlaceLink(path, link);
            else if (entry.Sha256 is not { } sha256)
                Directory.CreateDirectory(path, Readable);
            else if (entry.IsExecutable)
                store.CopyTo(sha256, path, Readable);
            else
                store.LinkTo(sha256, path);
        }
    }

    private static void PlaceLink(string path, string link)
    {
        if (new FileInfo(path).LinkTarget == link)
            return;
        File.Delete(path);
        File.CreateSymbolicLink(path, link);
    }
}
