using System.Security.Cryptography;

namespace Slipway.Flows;

/// <summary>An artifact that is being written; without <see cref="CommitAsync"/> nothing remains of it.</summary>
public sealed class ArtifactWriter : IArtifactWriter
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly ArtifactStore store;
    private readonly string path;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly FileStream file;
    private bool isDetached;

    internal ArtifactWriter(ArtifactStore store, string path)
    {
        this.store = store;
        this.path = path;
        file = store.Guarded(() => new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            UnixCreateMode = Readable, // containers of any user read it through links
        }));
    }

    /// <summary>Writes the next part.</summary>
    /// <exception cref="ArtifactStoreFullException">The disk is full.</exception>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> part, CancellationToken cancellation)
    {
        hash.AppendData(part.Span);
        try
        {
            await file.WriteAsync(part, cancellation);
        }
        catch (IOException e) when (ArtifactStore.IsFull(e))
        {
            throw store.Full(e.Message, e);
        }
    }

    /// <summary>Makes the artifact durable under its hash, which it returns.</summary>
    /// <exception cref="ArtifactStoreFullException">The disk is full.</exception>
    public async ValueTask<string> CommitAsync(CancellationToken cancellation)
    {
        var sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (store.Renew(sha256))
            return sha256; // the same content is there, and durable since its own rename
        await Task.Run(() => store.Guarded<object?>(() => Publish(sha256)), cancellation);
        return sha256;
    }

    /// <summary>Ends the writing: where the content lies, not durable yet, and its hash. Whoever asks publishes it or removes it.</summary>
    internal async ValueTask<(string Path, string Sha256)> DetachAsync()
    {
        await file.DisposeAsync();
        isDetached = true;
        var sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        ArtifactStore.Mark(path, sha256);
        return (path, sha256);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await file.DisposeAsync();
        hash.Dispose();
        if (!isDetached)
            File.Delete(path);
    }

    private object? Publish(string sha256)
    {
        ArtifactStore.Mark(path, sha256);
        file.Flush(flushToDisk: true);
        var directory = Path.GetDirectoryName(store.PathOf(sha256))!;
        ArtifactStore.MakeDirectory(directory);
        store.Publish(path, sha256);
        Libc.SyncDirectory(directory);
        return null;
    }
}
