using System.Threading.Channels;

namespace Slipway.ApiServer.Caching;

/// <summary>
/// One watch: a bounded queue that the cache fills. A watcher that falls a full queue behind is cut off, because a slow
/// client must not hold memory or other watchers.
/// </summary>
internal sealed class Watcher(Selection selection, bool bookmarks)
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
        if (selection.Translate(change) is { } item && !_queue.Writer.TryWrite(item)) Expire();
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
