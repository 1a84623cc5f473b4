using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Authentication;

/// <summary>Finds the objects that tokens are about, as they are now.</summary>
internal sealed class BoundObjects(CacheFeed feed)
{
    /// <summary>An object of the core group; null when there is none.</summary>
    /// <param name="plural">Its resource.</param>
    /// <param name="ns">Its namespace; empty for cluster-scoped objects.</param>
    /// <param name="name">Its name.</param>
    /// <param name="uid">The uid that is expected; another one is looked for again in a fresh state. Empty: any.</param>
    /// <param name="cancellation">Ends the wait for a fresh state.</param>
    public async ValueTask<CachedObject?> FindAsync(string plural, string ns, string name, string uid, CancellationToken cancellation)
    {
        if (ns.Contains('/') || name.Contains('/') || name.Length == 0) return null;
        var prefix = ServedResource.PrefixOf("", plural);
        var cache = feed.For(prefix);
        var key = ns.Length > 0 ? $"{prefix}{ns}/{name}" : prefix + name;
        if (cache.Find(key) is { } known && (uid.Length == 0 || UidOf(known) == uid)) return known;
        // It may just have been made, here or by another server.
        await feed.WaitUntilFreshAsync(cancellation);
        return cache.Find(key);
    }

    public static string UidOf(CachedObject item) => item.Field("metadata.uid");

    /// <summary>Whether an object was to be gone before a moment.</summary>
    public static bool IsGoneBefore(CachedObject item, DateTimeOffset moment) =>
        item.Field("metadata.deletionTimestamp") is { Length: > 0 } text && Meta.ParseTime(text) < moment;
}
