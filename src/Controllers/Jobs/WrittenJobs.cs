using System.Collections.Concurrent;
using System.Globalization;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Jobs whose status has just been written, until the cache has caught up: with a status that lacks the pods that
/// were listed last, these would look as if they had never ended.
/// </summary>
internal sealed class WrittenJobs
{
    private readonly ConcurrentDictionary<ObjectKey, JobView> _jobs = new();

    public void Add(ObjectKey key, JobView job) => _jobs[key] = job;

    public void Remove(ObjectKey key) => _jobs.TryRemove(key, out _);

    /// <summary>The newer of the Job in the cache and as it was written.</summary>
    public JobView? Newest(ObjectKey key, Informer<JobView> cache)
    {
        var cached = cache.Get(key);
        if (!_jobs.TryGetValue(key, out var written))
            return cached;
        if (cached?.Metadata.Uid == written.Metadata.Uid && IsOlder(cached, written))
            return written;
        Remove(key);
        return cached;
    }

    // Resource versions of one resource are ordered numbers.
    private static bool IsOlder(JobView a, JobView b) =>
        ulong.TryParse(a.Metadata.ResourceVersion, CultureInfo.InvariantCulture, out var x)
        && ulong.TryParse(b.Metadata.ResourceVersion, CultureInfo.InvariantCulture, out var y) && x < y;
}
