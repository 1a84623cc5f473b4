namespace Slipway.Flows.Tests.Stores;

/// <summary>A place of artifacts that the test can take away: a directory in place of a bucket.</summary>
internal sealed class DirectoryPlace(string directory) : IArtifactPlace
{
    private volatile ArtifactPlaceException? fault;

    /// <summary>Fails all that is asked from now on; null ends that.</summary>
    public ArtifactPlaceException? Fault
    {
        get => fault;
        set => fault = value;
    }

    public async Task PutAsync(string sha256, string file, CancellationToken cancellation)
    {
        Check();
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

    public Task CheckAsync(CancellationToken cancellation)
    {
        Check();
        return Task.CompletedTask;
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
