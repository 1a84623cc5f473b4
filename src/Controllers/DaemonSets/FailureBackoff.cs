using System.Collections.Concurrent;

namespace Slipway.Controllers;

/// <summary>How long a daemon that has failed on a node waits to be replaced: a second, doubling to 15 minutes.</summary>
internal sealed class FailureBackoff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<(string Set, string Node), (DateTime Last, TimeSpan Delay)> _failures = new();

    /// <summary>What is left of the wait; null when there is none.</summary>
    public TimeSpan? Left(string set, string node, DateTime now) =>
        _failures.TryGetValue((set, node), out var failure) && failure.Last + failure.Delay - now is var left && left > TimeSpan.Zero ? left : null;

    /// <summary>A pod that had failed is replaced.</summary>
    public void Add(string set, string node, DateTime now) => _failures.AddOrUpdate((set, node), (now, First), (_, failure) =>
        // A good while without failures makes up for former ones.
        now - failure.Last > 2 * Longest ? (now, First) : (now, failure.Delay * 2 < Longest ? failure.Delay * 2 : Longest));

    /// <summary>A set is gone.</summary>
    public void Forget(string set)
    {
        foreach (var key in _failures.Keys)
            if (key.Set == set)
                _failures.TryRemove(key, out _);
    }
}
