using System.Collections.Concurrent;

namespace Slipway.ApiServer.Serving;

/// <summary>
/// How much one user may have going on at once, so that a client that floods the server takes nothing from others. What is
/// over the limit is refused with 429 and may be tried again.
/// </summary>
internal sealed class RequestLimits(int maxRequests, int maxWatches)
{
    private readonly ConcurrentDictionary<string, Usage> _users = new(StringComparer.Ordinal);

    /// <summary>Counts a request until the result is disposed.</summary>
    /// <param name="user">Name of the user.</param>
    /// <param name="isLong">Whether the request is a watch or another one that lasts as long as the client wants.</param>
    /// <returns>Null if the user has reached the limit.</returns>
    public Lease? Enter(string user, bool isLong)
    {
        while (true)
        {
            var usage = _users.GetOrAdd(user, static _ => new Usage());
            lock (usage)
            {
                if (usage.IsGone) continue;
                ref var count = ref isLong ? ref usage.Watches : ref usage.Requests;
                if (count >= (isLong ? maxWatches : maxRequests)) return null;
                count++;
                return new Lease(this, user, usage, isLong);
            }
        }
    }

    private void Leave(string user, Usage usage, bool isLong)
    {
        lock (usage)
        {
            if (isLong) usage.Watches--;
            else usage.Requests--;
            if (usage.Requests + usage.Watches > 0) return;
            usage.IsGone = true;
            _users.TryRemove(new KeyValuePair<string, Usage>(user, usage));
        }
    }

    /// <summary>A request that is going on.</summary>
    internal readonly struct Lease(RequestLimits limits, string user, Usage usage, bool isLong) : IDisposable
    {
        public void Dispose() => limits.Leave(user, usage, isLong);
    }

    internal sealed class Usage
    {
        public int Requests;
        public int Watches;
        public bool IsGone;
    }
}
