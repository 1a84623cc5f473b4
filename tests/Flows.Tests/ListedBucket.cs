using System.Collections.Concurrent;

namespace Slipway.Flows.Tests;

/// <summary>A bucket as it is reached with some credentials.</summary>
internal sealed class ListedBucket(S3Options options, ConcurrentDictionary<string, IReadOnlyList<FileState>> buckets) : IBucket
{
    private volatile bool isDisposed;
    private int lists;

    public S3Options Options => options;

    /// <summary>How often it was listed.</summary>
    public int Lists => Volatile.Read(ref lists);

    public bool IsDisposed => isDisposed;

    public IAsyncEnumerable<FileState> ListAsync(CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        Interlocked.Increment(ref lists);
        return buckets.TryGetValue(options.Bucket, out var objects) ? objects.Where(o => o.Name.StartsWith(options.Prefix, StringComparison.Ordinal)).ToAsyncEnumerable() : throw new IOException($"{options}: there is none");
    }

    public void Dispose() => isDisposed = true;
}
