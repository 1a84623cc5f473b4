using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>A file in a directory that a task left.</summary>
/// <param name="Path">Where it lies in the directory, with slashes.</param>
/// <param name="Sha256">Hash of its content.</param>
/// <param name="Size">Its size in bytes.</param>
public sealed record ListedFile(string Path, string Sha256, long Size);

/// <summary>The files of a directory, in the order of their paths, for the expressions of a run that read them.</summary>
/// <param name="files">The files, in all directories below it as well. Symbolic links are none.</param>
public sealed class FileListing(IReadOnlyList<ListedFile> files)
{
    /// <summary>How many files a list can have that expressions read: it stands in the record of the attempt.</summary>
    public const int Limit = 10_000;

    private CelValue? values;

    /// <summary>The files.</summary>
    public IReadOnlyList<ListedFile> Files { get; } = files;

    /// <summary>The files as expressions see them.</summary>
    internal CelValue Values => values ??= new CelList([.. Files.Select(f => (CelValue)new FileValue(new FileRecord(f.Sha256, f.Size, f.Path[(f.Path.LastIndexOf('/') + 1)..]), null, f.Path))]);

    /// <summary>The list of a directory in a run that is only shown.</summary>
    /// <param name="shown">What stands in its place in a text.</param>
    internal static FileListing Unknown(string shown) => new([]) { values = new CelUnknown(shown) };

    /// <summary>The list of a directory.</summary>
    public static FileListing Of(DirectoryManifest manifest) =>
        new([.. manifest.Entries.Where(e => e.Sha256 is not null).Select(e => new ListedFile(e.Path, e.Sha256!, e.Size))]);

    /// <summary>
    /// Attempts with the lists of those directories that they left of which expressions of their run, or checks of its test, may read the files. A list that is too long, or of a directory that is damaged, is
    /// left out, and whoever reads it is told.
    /// </summary>
    /// <param name="attempts">The attempts.</param>
    /// <param name="definition">What their run works by.</param>
    /// <param name="isTest">Whether their run is of a test: its checks, which are no part of what it works by, may read any.</param>
    /// <param name="store">Where the directories are.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">A directory cannot be fetched now.</exception>
    internal static async ValueTask<IReadOnlyList<AttemptRecord>> AddAsync(IReadOnlyList<AttemptRecord> attempts, RunDefinition definition, bool isTest, ArtifactStore store, CancellationToken cancellation)
    {
        if (!attempts.Any(a => a.Files.Values.Any(IsOpen)) || !(isTest || definition.Listings.Any))
            return attempts;
        var listed = new List<AttemptRecord>(attempts.Count);
        foreach (var attempt in attempts)
        {
            var files = attempt.Files.ToDictionary();
            foreach (var (name, file) in attempt.Files.Where(f => IsOpen(f.Value) && (isTest || definition.Listings.Has(attempt.Path.Name, f.Key))))
                files[name] = file with { Listing = await ReadAsync(file.Sha256, store, cancellation) };
            listed.Add(attempt with { Files = files });
        }

        return listed;
    }

    private static bool IsOpen(FileRecord file) => file is { FileCount: <= Limit, Listing: null };

    /// <summary>The list of a stored directory; null if that is not there or damaged, of which whoever reads it is told.</summary>
    /// <exception cref="IOException">It cannot be fetched now.</exception>
    internal static async ValueTask<FileListing?> ReadAsync(string sha256, ArtifactStore store, CancellationToken cancellation)
    {
        try
        {
            return await DirectoryManifest.ReadAsync(store, sha256, cancellation) is { } manifest ? Of(manifest) : null;
        }
        catch (Exception e) when (e is FormatException || (e is IOException && store.HasHere(sha256)))
        {
            return null;
        }
    }
}
