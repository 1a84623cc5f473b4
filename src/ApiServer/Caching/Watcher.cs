using System.Threading.Channels;
using Slipway.ApiServer.Metrics;

namespace Slipway.ApiServer.Caching;

/// <summary>
/// One watch: a bounded queue that the cache fills. A watcher that falls a full queue behind is cut off, because a slow
/// client must not hold memory or other watchers.
/// </summary>
/// <param name="selection">What is watched.</param>
/// <param name="bookmarks">Whether it is told how far the cache has come.</param>
/// <param name="meters">What counts it when it falls too far behind; null for nothing.</param>
internal sealed class Watcher(Selection selection, bool bookmarks, WatchMeters? meters = null)
{
    private const int Capacity = 16_384;

    private readonly Channel<WatchItem> _queue = Channel.CreateBounded<WatchItem>(new BoundedChannelOptions(Capacity)
    {
        SingleReader = true,
        SingleWriter = true,
    });

    /// <summary>What is watched.</summary>
    public Selection Selection => selection;

    /// <summary>What is to be sent, in order; ends when the watcher is cut off.</summary>
    public ChannelReader<WatchItem> Items => _queue.Reader;

    /// <summary>Whether it was cut off because it was too slow, or because history is gone.</summary>
    public bool Expired { get; private set; }

    /// <summary>Takes one change in; called in revision order under the cache's lock.</summary>
    public void Offer(in CacheEvent change)
    {
        // One that was cut off is told of changes until its stream has noticed.
        if (Expired || selection.Translate(change) is not { } item || _queue.Writer.TryWrite(item)) return;
        meters?.NoteCutOff();
        Expire();
    }

    /// <summary>Tells how far the cache has come.</summary>
    public void OfferBookmark(long revision)
    {
        if (bookmarks) _queue.Writer.TryWrite(new(WatchType.Bookmark, null, revision));
    }

    /// <summary>Cuts the watcher off: it has to list again.</summary>
    public void Expire()
    {
        Expired = true;
        _queue.Writer.TryComplete();
    }
}
