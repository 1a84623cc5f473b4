using System.Collections.Concurrent;

namespace Slipway.Controllers;

/// <summary>
/// Since when nothing new has been heard of nodes, by this machine's running time: neither a clock that is moved nor
/// a pause of the whole machine makes nodes look lost.
/// </summary>
internal sealed class NodeHealth(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, (string Sign, long Since)> _signs = new(StringComparer.Ordinal);

    /// <summary>Takes note of a node's last sign of life.</summary>
    /// <param name="node">The node.</param>
    /// <param name="sign">Its lease's time of renewal and its last heartbeat, as text.</param>
    /// <returns>How long that has been the last one.</returns>
    public TimeSpan SilentFor(string node, string sign)
    {
        var (_, since) = _signs.AddOrUpdate(node, (sign, clock.GetTimestamp()), (_, known) => known.Sign == sign ? known : (sign, clock.GetTimestamp()));
        return clock.GetElapsedTime(since);
    }

    /// <summary>The node is gone.</summary>
    public void Forget(string node) => _signs.TryRemove(node, out _);
}
