using System.Buffers;
using System.Formats.Tar;
using System.Security.Cryptography;
using Slipway.Api;
using Slipway.Cli.Runs;
using Slipway.Flows;

namespace Slipway.Cli.Artifacts;

/// <summary>
/// Brings what a task left here. It is compared with its hash while it comes, and appears under its name whole or not at all.
/// </summary>
internal sealed class ArtifactDownload(LedgerClient ledger, string run, KeptArtifact artifact)
{
    /// <summary>
    /// Writes it to a file or directory, in place of a file that is there. In a directory that is there it gets its own name.
    /// </summary>
    /// <returns>The full path of what was written.</returns>
    /// <exception cref="CommandException">What came is not what was stored, or a directory is in its place.</exception>
    public async Task<string> ToAsync(string target, CancellationToken cancellation)
    {
        var full = Path.GetFullPath(Directory.Exists(target) ? Path.Combine(target, artifact.FileName) : target);
        if (Directory.Exists(full))
            throw new CommandException($"there is a directory {full} already; remove it, or name another place with -o");
        if (artifact.IsDirectory && File.Exists(full))
            throw new CommandException($"there is a file {full}, and {artifact.Output} is a directory; name another place with -o");
        var part = $"{full}.slipway-part";
        Remove(part);
        try
        {
            if (artifact.IsDirectory)
            {
                await ExtractAsync(part, cancellation);
                Directory.Move(part, full);
            }
            else
            {
                await using (var file = File.Create(part))
                    await CopyAsync(file, cancellation);
                File.Move(part, full, overwrite: true);
            }

            return full;
        }
        finally
        {
            Remove(part);
        }
    }

    /// <summary>Writes it to a stream; of a directory, an archive (tar) that is made when all of it is here and found to be right.</summary>
    /// <exception cref="CommandException">What came is not what was stored; of a file, the stream has it by then.</exception>
    public async Task ToAsync(Stream output, CancellationToken cancellation)
    {
        if (!artifact.IsDirectory)
        {
            await CopyAsync(output, cancellation);
            return;
        }

        var whole = Directory.CreateTempSubdirectory("slipway-artifact-").FullName;
        try
        {
            var list = await ExtractAsync(whole, cancellation);
            await using var buffer = new BufferedStream(output, 1 << 16); // an entry is written in many pieces
            await DirectoryArchive.WriteAsync(list, entry => ValueTask.FromResult<Stream>(File.OpenRead(Path.Combine(whole, entry.Path))), buffer, () => ValueTask.FromResult(true), cancellation);
        }
        finally
        {
            Directory.Delete(whole, recursive: true);
        }
    }

    private async Task CopyAsync(Stream output, CancellationToken cancellation)
    {
        await using var response = artifact.IsWorkedOut
            ? await ledger.OpenOutputAsync(run, artifact.Path, artifact.Output, cancellation)
            : await ledger.OpenArtifactAsync(artifact.Sha256, cancellation);
        if (await CopyAsync(Content(response), output, cancellation) != artifact.Sha256)
            throw Damaged(artifact.FileName);
    }

    /// <summary>What lies in a directory.</summary>
    /// <exception cref="CommandException">What came is not what was stored.</exception>
    public async Task<DirectoryManifest> ListAsync(CancellationToken cancellation)
    {
        await using var response = await ledger.OpenArtifactAsync(artifact.Sha256, cancellation);
        var list = new MemoryStream();
        if (await CopyAsync(Content(response), list, cancellation) != artifact.Sha256)
            throw Damaged(artifact.FileName);
        return DirectoryManifest.Parse(list.ToArray());
    }

    /// <summary>Lays a directory out by its list, which has the hash of the whole; the archive brings nothing but the files' content.</summary>
    private async Task<DirectoryManifest> ExtractAsync(string target, CancellationToken cancellation)
    {
        var list = await ListAsync(cancellation);
        await using var response = await ledger.OpenOutputAsync(run, artifact.Path, artifact.Output, cancellation);
        await using var archive = new TarReader(Content(response));
        Directory.CreateDirectory(target);
        foreach (var entry in list.Entries)
        {
            if (await SentAsync(() => archive.GetNextEntryAsync(copyData: false, cancellation)) is not { } sent || sent.Name.TrimEnd('/') != entry.Path)
                throw Damaged(entry.Path);
            var path = Path.Combine(target, entry.Path); // below the target, and behind no link: the list has been checked
            if (entry.Link is { } link)
                File.CreateSymbolicLink(path, link);
            else if (entry.IsDirectory)
                Directory.CreateDirectory(path);
            else
                await WriteAsync(path, entry, sent.DataStream ?? Stream.Null, cancellation);
        }

        return list;
    }

    private static async Task WriteAsync(string path, DirectoryEntry entry, Stream content, CancellationToken cancellation)
    {
        await using (var file = File.Create(path))
        {
            if (await CopyAsync(content, file, cancellation) != entry.Sha256)
                throw Damaged(entry.Path);
        }

        if (entry.IsExecutable)
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    /// <summary>Copies, and gives the SHA-256 of what was copied.</summary>
    private static async Task<string> CopyAsync(Stream from, Stream to, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 17);
        try
        {
            while (await SentAsync(() => from.ReadAsync(buffer, cancellation)) is > 0 and var count)
            {
                hash.AppendData(buffer, 0, count);
                await to.WriteAsync(buffer.AsMemory(0, count), cancellation);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Reads on in what is sent.</summary>
    /// <exception cref="CommandException">The server has broken off: it can say nothing more by then, as when it finds at the end that what it has read is damaged.</exception>
    private static async ValueTask<T> SentAsync<T>(Func<ValueTask<T>> read)
    {
        try
        {
            return await read();
        }
        catch (IOException e)
        {
            throw new CommandException($"the server broke off while it sent the content ({e.Message}); try again: if it is damaged, the answer says so then");
        }
    }

    private static Stream Content(ApiResponse response) => response.Stream ?? new MemoryStream(response.Body.ToArray());

    private static CommandException Damaged(string what) => new($"{what} came damaged: its content is not what was stored; try again, or run the task again that made it");

    private static void Remove(string part)
    {
        if (Directory.Exists(part))
            Directory.Delete(part, recursive: true);
        else
            File.Delete(part);
    }
}
