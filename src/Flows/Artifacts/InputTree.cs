namespace Slipway.Flows;

/// <summary>Where the files that a task reads come from.</summary>
internal interface IInputSource
{
    /// <summary>What lies in a directory.</summary>
    /// <exception cref="FormatException">The artifact is no directory.</exception>
    /// <exception cref="IOException">It is not there, damaged or not reached.</exception>
    ValueTask<DirectoryManifest> DirectoryAsync(string sha256, CancellationToken cancellation);

    /// <summary>Puts a file at an absolute path, in place of what is there.</summary>
    /// <exception cref="IOException">It is not there, damaged or not reached, or the disk is full.</exception>
    ValueTask PlaceAsync(string sha256, string path, bool isExecutable, CancellationToken cancellation);
}

/// <summary>Files of a store on the same machine, fetched into it first where it lacks them: links, without a copy. Executable ones are copies, since an artifact has one mode.</summary>
internal sealed class StoredInputs(ArtifactStore store) : IInputSource
{
    public async ValueTask<DirectoryManifest> DirectoryAsync(string sha256, CancellationToken cancellation) =>
        await DirectoryManifest.ReadAsync(store, sha256, cancellation) ?? throw new FileNotFoundException($"{store.WhyNotHere(sha256)}; run the task again that made it");

    public async ValueTask PlaceAsync(string sha256, string path, bool isExecutable, CancellationToken cancellation)
    {
        await store.BringAsync(sha256, cancellation);
        if (isExecutable)
            store.CopyTo(sha256, path, InputTree.Readable);
        else
            store.LinkTo(sha256, path);
    }
}

/// <summary>The directory that a task finds at <c>/in</c>.</summary>
internal static class InputTree
{
    /// <summary>Containers of any user go in, read and execute.</summary>
    public const UnixFileMode Readable = (UnixFileMode)0b111_101_101;

    /// <summary>Lays out what belongs there. Doing it again gives the same.</summary>
    /// <param name="manifest">What belongs there.</param>
    /// <param name="target">The directory, which is made if it is not there.</param>
    /// <param name="source">Where files come from.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ArgumentException">A path of the manifest leads out of the directory.</exception>
    /// <exception cref="IOException">A file is missing, or the disk is full.</exception>
    public static async ValueTask LayAsync(InputManifest manifest, string target, IInputSource source, CancellationToken cancellation)
    {
        Directory.CreateDirectory(target, Readable);
        foreach (var (path, sha256) in manifest.Entries)
        {
            var full = Path.GetFullPath(Path.Combine(target, path));
            if (!full.StartsWith(target.TrimEnd('/') + "/", StringComparison.Ordinal))
                throw new ArgumentException($"input {path} is not below /in");
            if (sha256.Length == 0)
            {
                Directory.CreateDirectory(full, Readable);
                continue;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(full)!, Readable);
            if (InputManifest.IsDirectory(path))
                await LayDirectoryAsync(path, sha256, full, source, cancellation);
            else
                await source.PlaceAsync(sha256, full, isExecutable: false, cancellation);
        }
    }

    private static async ValueTask LayDirectoryAsync(string input, string sha256, string target, IInputSource source, CancellationToken cancellation)
    {
        DirectoryManifest manifest;
        try
        {
            manifest = await source.DirectoryAsync(sha256, cancellation);
        }
        catch (FormatException e)
        {
            throw new IOException($"input {input} ({sha256}) cannot be laid out: {e.Message}", e);
        }

        Directory.CreateDirectory(target, Readable);
        foreach (var entry in manifest.Entries)
        {
            var path = Path.Combine(target, entry.Path);
            if (entry.Link is { } link)
                PlaceLink(path, link);
            else if (entry.Sha256 is { } file)
                await source.PlaceAsync(file, path, entry.IsExecutable, cancellation);
            else
                Directory.CreateDirectory(path, Readable);
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
