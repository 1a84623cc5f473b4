using System.Collections.Concurrent;

namespace Slipway.Controllers;

/// <summary>The latest of the uids that were added, such as of objects that are gone: no other object ever has one of them.</summary>
/// <param name="most">How many are kept.</param>
internal sealed class Remembered(int most)
{
    private readonly ConcurrentDictionary<string, bool> _uids = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _order = new();

    public bool Contains(string uid) => _uids.ContainsKey(uid);

    public void Add(string uid)
    {
        if (!_uids.TryAdd(uid, true))
            return;
        _order.Enqueue(uid);
        if (_order.Count > most && _order.TryDequeue(out var oldest))
            _uids.TryRemove(oldest, out _);
    }
}
