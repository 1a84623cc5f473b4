using System.Formats.Tar;
using System.IO.Pipelines;

namespace Slipway.Flows;

/// <summary>
/// A stored directory as a tar archive (POSIX pax), entries in the order of its list. It is made while it is read, so that no more of it is held than a
/// buffer, and each file is compared with its hash.
/// </summary>
public static class DirectoryArchive
{
    private const UnixFileMode Plain = (UnixFileMode)0b110_100_100;

    /// <summary>Opens the archive. Whoever reads it disposes it; then nothing more is read from the store.</summary>
    internal static Stream Open(ArtifactStore store, DirectoryManifest manifest)
    {
        var pipe = new Pipe();
        _ = WriteAsync(store, manifest, pipe.Writer);
        return pipe.Reader.AsStream();
    }

    /// <summary>Writes the archive.</summary>
    /// <param name="manifest">The list of the directory.</param>
    /// <param name="open">Opens a file of it; the stream tells its length.</param>
    /// <param name="output">Where the archive goes.</param>
    /// <param name="goesOn">Asked after each entry whether the next one is wanted.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task WriteAsync(DirectoryManifest manifest, Func<DirectoryEntry, ValueTask<Stream>> open, Stream output, Func<ValueTask<bool>> goesOn, CancellationToken cancellation)
    {
        await using var tar = new TarWriter(output, TarEntryFormat.Pax, leaveOpen: true);
        foreach (var entry in manifest.Entries)
        {
            await using var content = entry.Sha256 is null ? null : await open(entry);
            await tar.WriteEntryAsync(Entry(entry, content), cancellation);
            if (!await goesOn())
                return;
        }
    }

    private static async Task WriteAsync(ArtifactStore store, DirectoryManifest manifest, PipeWriter output)
    {
        await Task.Yield(); // what follows reads files
        try
        {
            await WriteAsync(manifest, Stored, output.AsStream(leaveOpen: true), async () => !(await output.FlushAsync()).IsCompleted, CancellationToken.None);
            await output.CompleteAsync();
        }
        catch (Exception e)
        {
            // The boundary of this loop: the reader is told, and sees the stream end with it.
            await output.CompleteAsync(e);
        }

        async ValueTask<Stream> Stored(DirectoryEntry entry) =>
            await store.OpenAsync(entry.Sha256!, CancellationToken.None) ?? throw new FileNotFoundException($"{entry.Path} ({entry.Sha256}) is not in the store; run the task again that made it");
    }

    private static PaxTarEntry Entry(DirectoryEntry entry, Stream? content)
    {
        var type = entry.Link is not null ? TarEntryType.SymbolicLink : entry.IsDirectory ? TarEntryType.Directory : TarEntryType.RegularFile;
        var written = new PaxTarEntry(type, entry.Path)
        {
            Mode = entry.IsDirectory || entry.IsExecutable ? InputTree.Readable : Plain,
            ModificationTime = DateTimeOffset.UnixEpoch,
        };
        if (entry.Link is { } link)
            written.LinkName = link;
        if (content is not null)
            written.DataStream = content;
        return written;
    }
}
