using Slipway.Api.Selectors;

namespace Slipway.ApiServer.Caching;

/// <summary>Has the server's own loops look at what caches hold whenever it changes.</summary>
internal static class ChangeLoop
{
    /// <summary>Looks at once, after every change of the caches and after the time that the last look asked for, until cancelled. Changes during a look cause one more.</summary>
    /// <param name="caches">What is looked at.</param>
    /// <param name="feed">Feeds the caches.</param>
    /// <param name="look">Looks; gives when to look again although nothing changes, null for never.</param>
    /// <param name="clock">Times that.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static async Task RunAsync(IReadOnlyList<ResourceCache> caches, CacheFeed feed, Func<Task<TimeSpan?>> look, TimeProvider clock, CancellationToken cancellation)
    {
        while (true)
        {
            var watchers = caches.Select(cache => Subscribe(cache, feed, out _)).ToArray();
            try
            {
                do
                {
                    foreach (var watcher in watchers)
                        while (watcher.Items.TryRead(out _)) { }
                }
                while (await WaitAsync(watchers, await look(), clock, cancellation));
            }
            finally
            {
                foreach (var (cache, watcher) in caches.Zip(watchers)) cache.Unsubscribe(watcher);
            }
        }
    }

    /// <summary>Watches all objects of a cache.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="feed">Feeds it.</param>
    /// <param name="existing">What there is now.</param>
    public static Watcher Subscribe(ResourceCache cache, CacheFeed feed, out ObjectMap existing)
    {
        var watcher = new Watcher(new Selection(cache.Prefix, LabelSelector.Everything, FieldSelector.Everything, static (item, path) => item.Field(path)), bookmarks: false);
        (existing, _) = cache.Subscribe(watcher, () => feed.Revision);
        return watcher;
    }

    // False when a watcher has fallen behind and was cut off: all begin again.
    private static async Task<bool> WaitAsync(Watcher[] watchers, TimeSpan? period, TimeProvider clock, CancellationToken cancellation)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var changes = watchers.Select(watcher => watcher.Items.WaitToReadAsync(wait.Token).AsTask()).ToArray();
        List<Task> ends = [.. changes];
        if (period is { } time) ends.Add(Task.Delay(time, clock, wait.Token));
        await Task.WhenAny(ends);
        cancellation.ThrowIfCancellationRequested();
        var isOpen = !Array.Exists(changes, change => change is { IsCompletedSuccessfully: true, Result: false });
        await wait.CancelAsync();
        foreach (var change in changes) await ((Task)change).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return isOpen;
    }
}
