using Prometheus;

namespace Slipway.ApiServer.Metrics;

/// <summary>Series that are told apart by the resource that they are about.</summary>
internal static class ResourceSeries
{
    /// <summary>
    /// Drops the series of resources that are served no more, so that who makes and deletes definitions again and again does not make the metrics
    /// grow. Those about no resource stay.
    /// </summary>
    /// <param name="metric">Has the labels <c>group</c> and <c>resource</c>.</param>
    /// <param name="served">What is served.</param>
    public static void ForgetAllBut<TChild>(this Collector<TChild> metric, IReadOnlySet<(string Group, string Plural)> served) where TChild : ChildBase
    {
        var (group, resource) = (Array.IndexOf(metric.LabelNames, "group"), Array.IndexOf(metric.LabelNames, "resource"));
        foreach (var labels in metric.GetAllLabelValues())
            if (labels[resource].Length > 0 && !served.Contains((labels[group], labels[resource]))) metric.RemoveLabelled(labels);
    }
}
