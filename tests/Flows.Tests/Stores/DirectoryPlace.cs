namespace Slipway.Flows.Tests.Stores;

/// <summary>A place of artifacts that the test can take away: a directory in place of a bucket.</summary>
internal sealed class DirectoryPlace(string directory) : IArtifactPlace
{
    private volatile ArtifactPlaceException? fault;
    private volatile ArtifactPlaceException? later;
    private int left;

    /// <summary>Fails all that is asked from now on; null ends that.</summary>
    public ArtifactPlaceException? Fault
    {
        get => fault;
        set => (fault, later) = (value, null);
    }

    /// <summary>What asks whether the place can be used waits for; null for nothing.</summary>
    public Task? Answer { get; set; }

    /// <summary>Fails all that is asked after this many artifacts were kept.</summary>
    public void FailAfter(int artifacts, ArtifactPlaceException then) => (left, later) = (artifacts, then);

    public async Task PutAsync(string sha256, string file, CancellationToken cancellation)
    {
        Check();
        if (later is { } then && Interlocked.Decrement(ref left) < 0)
            throw fault = then;
        var path = PathOf(sha256);
        await using (var source = File.OpenRead(file))
        await using (var target = File.Create(path + ".new"))
            await source.CopyToAsync(target, cancellation);
        File.Move(path + ".new", path, overwrite: true);
    }

    public Task<Stream?> OpenAsync(string sha256, CancellationToken cancellation)
    {
        Check();
        return Task.FromResult<Stream?>(File.Exists(PathOf(sha256)) ? new CheckedContent(File.OpenRead(PathOf(sha256)), sha256) : null);
    }

    public Task<bool> HasAsync(string sha256, CancellationToken cancellation)
    {
        Check();
        return Task.FromResult(File.Exists(PathOf(sha256)));
    }

    public Task RemoveAsync(string sha256, CancellationToken cancellation)
    {
        Check();
        File.Delete(PathOf(sha256));
        return Task.CompletedTask;
    }

    public async Task CheckAsync(CancellationToken cancellation)
    {
        await (Answer ?? Task.CompletedTask).WaitAsync(cancellation);
        Check();
    }

    public void Dispose()
    {
        // The directory is the test's.
    }

    /// <summary>Where an artifact lies.</summary>
    public string PathOf(string sha256) => Path.Combine(directory, sha256);

    private void Check()
    {
        if (fault is { } now)
            throw now;
    }
}
