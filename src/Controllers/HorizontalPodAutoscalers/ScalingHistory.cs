namespace Slipway.Controllers;

/// <summary>Something that was counted at a time: the replicas that were recommended, or by how many they were changed.</summary>
internal readonly record struct Counted(DateTime At, int Replicas);

/// <summary>What an autoscaler recommended and did a short while ago. It begins anew with the controller, as upstream.</summary>
internal sealed record ScalingHistory(IReadOnlyList<Counted> Recommendations, IReadOnlyList<Counted> Ups, IReadOnlyList<Counted> Downs)
{
    // The longest window and the longest period that an autoscaler can have.
    private static readonly TimeSpan LongestWindow = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromMinutes(30);

    /// <summary>The history of an autoscaler that is seen for the first time: what there is counts as recommended.</summary>
    public static ScalingHistory From(int replicas, DateTime now) => new([new(now, replicas)], [], []);

    public ScalingHistory Recommended(int replicas, DateTime now) => this with { Recommendations = [.. Recommendations.Where(r => now - r.At <= LongestWindow), new(now, replicas)] };

    public ScalingHistory Scaled(int from, int to, DateTime now) => to > from
        ? this with { Ups = Added(Ups, to - from, now) }
        : this with { Downs = Added(Downs, from - to, now) };

    /// <summary>How many replicas there were a while ago.</summary>
    public int ReplicasBefore(int current, int seconds, DateTime now)
    {
        var since = now.AddSeconds(-seconds);
        return current - Ups.Where(up => up.At > since).Sum(up => up.Replicas) + Downs.Where(down => down.At > since).Sum(down => down.Replicas);
    }

    private static IReadOnlyList<Counted> Added(IReadOnlyList<Counted> changes, int by, DateTime now) => [.. changes.Where(c => now - c.At <= LongestPeriod), new(now, by)];
}
