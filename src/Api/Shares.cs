using System.Collections.Concurrent;

namespace Slipway.Api;

/// <summary>
/// How many of something each of several holders may have at the same time, so that one who takes all they can get takes
/// nothing from others.
/// </summary>
/// <param name="limit">The most that one may have.</param>
public sealed class Shares(int limit)
{
    private readonly ConcurrentDictionary<string, int> _held = new(StringComparer.Ordinal);

    /// <summary>Counts one more until the result is disposed.</summary>
    /// <returns>Null if the holder has the most already.</returns>
    public Share? Take(string holder)
    {
        if (limit <= 0) return null;
        while (true)
        {
            if (!_held.TryGetValue(holder, out var count))
            {
                if (_held.TryAdd(holder, 1)) return new Share(this, holder);
            }
            else if (count >= limit) return null;
            else if (_held.TryUpdate(holder, count + 1, count)) return new Share(this, holder);
        }
    }

    private void Return(string holder)
    {
        while (true)
        {
            var count = _held[holder];
            if (count == 1 ? _held.TryRemove(new KeyValuePair<string, int>(holder, 1)) : _held.TryUpdate(holder, count - 1, count)) return;
        }
    }

    /// <summary>One of what is counted; to be disposed once.</summary>
    public readonly struct Share : IDisposable
    {
        private readonly Shares _shares;
        private readonly string _holder;

        internal Share(Shares shares, string holder) => (_shares, _holder) = (shares, holder);

        /// <inheritdoc/>
        public void Dispose() => _shares.Return(_holder);
    }
}
