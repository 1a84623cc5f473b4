namespace Slipway.Flows;

/// <summary>
/// Artifacts that become durable together: they are written without waiting for the disk, which is waited for once, and only then do they get their names. For
/// many small ones that takes a hundredth of the time.
/// </summary>
internal sealed class ArtifactBatch(ArtifactStore store) : IArtifactBatch
{
    /// <summary>From how many on the whole file system is synchronized, with what others have written there, in place of each file.</summary>
    private const int Many = 16;

    private readonly List<(string Path, string Sha256)> written = [];

    /// <inheritdoc/>
    public async ValueTask<string> AddAsync(long size, Func<IArtifactWriter, ValueTask> write, CancellationToken cancellation)
    {
        await using var writer = store.Begin(size);
        await write(writer);
        var (path, sha256) = await writer.DetachAsync();
        written.Add((path, sha256));
        return sha256;
    }

    /// <inheritdoc/>
    /// <exception cref="ArtifactStoreFullException">The disk is full.</exception>
    public Task CommitAsync(CancellationToken cancellation) => Task.Run(() => store.Guarded<object?>(Publish), cancellation);

    /// <summary>Removes what is not committed.</summary>
    public ValueTask DisposeAsync()
    {
        foreach (var (path, _) in written)
            File.Delete(path);
        return ValueTask.CompletedTask;
    }

    private object? Publish()
    {
        var fresh = written.DistinctBy(w => w.Sha256).Where(w => !store.Renew(w.Sha256)).ToList();
        if (fresh.Count >= Many)
            Libc.SyncFileSystem(store.Root);
        else
            fresh.ForEach(w => Libc.SyncFile(w.Path));

        foreach (var directory in fresh.GroupBy(w => Path.GetDirectoryName(store.PathOf(w.Sha256))!))
        {
            ArtifactStore.MakeDirectory(directory.Key);
            foreach (var (path, sha256) in directory)
                store.Publish(path, sha256);
            Libc.SyncDirectory(directory.Key);
        }

        return null;
    }
}
