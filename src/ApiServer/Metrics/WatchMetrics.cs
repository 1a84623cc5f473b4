using System.Collections.Concurrent;
using Prometheus;
using Slipway.Api;

namespace Slipway.ApiServer.Metrics;

/// <summary>What is counted and measured of watches, under the names, labels and buckets of Kubernetes' API server.</summary>
internal sealed class WatchMetrics
{
    private static readonly string[] ByResource = ["group", "version", "resource"];

    private readonly ConcurrentDictionary<(string Group, string Version, string Plural), WatchMeters> _meters = new();

    public WatchMetrics(IMetricFactory factory)
    {
        Events = factory.CreateCounter("apiserver_watch_events_total", "Events, bookmarks among them, that were sent to watches.", ByResource);
        Sizes = factory.CreateHistogram("apiserver_watch_events_sizes", "Size of these events before they are compressed, in bytes.", ByResource, new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(1024, 2, 8) });
        CutOff = factory.CreateCounter("apiserver_terminated_watchers_total", "Watches that were ended because their client fell too far behind.", ["group", "resource"]);
    }

    public Counter Events { get; }

    public Histogram Sizes { get; }

    public Counter CutOff { get; }

    /// <summary>What watches of a resource are counted by.</summary>
    public WatchMeters Of(ResourceType type) => _meters.GetOrAdd((type.Group, type.Version, type.Plural), static (key, self) => new WatchMeters(self, key.Group, key.Version, key.Plural), this);

    /// <summary>Tells nothing of resources that are not served.</summary>
    public void ForgetAllBut(IReadOnlySet<(string Group, string Plural)> served)
    {
        foreach (var key in _meters.Keys)
            if (!served.Contains((key.Group, key.Plural))) _meters.TryRemove(key, out _);
        Events.ForgetAllBut(served);
        Sizes.ForgetAllBut(served);
        CutOff.ForgetAllBut(served);
    }
}

/// <summary>What watches of one resource are counted by.</summary>
internal sealed class WatchMeters(WatchMetrics metrics, string group, string version, string plural)
{
    private readonly Counter.Child _events = metrics.Events.WithLabels(group, version, plural);
    private readonly Histogram.Child _sizes = metrics.Sizes.WithLabels(group, version, plural);

    /// <summary>Counts an event of a size in bytes.</summary>
    public void Observe(long size)
    {
        _events.Inc();
        _sizes.Observe(size);
    }

    /// <summary>Counts a watch that is ended because it fell too far behind.</summary>
    public void NoteCutOff() => metrics.CutOff.WithLabels(group, plural).Inc();
}
