using Prometheus;

namespace Slipway.ApiServer.Metrics;

/// <summary>Whether what APIServices name answers, under the names and labels of Kubernetes' API server.</summary>
internal sealed class AggregationMetrics
{
    private readonly Gauge _unavailable;
    private readonly Counter _total;

    public AggregationMetrics(IMetricFactory factory)
    {
        _unavailable = factory.CreateGauge("aggregator_unavailable_apiservice", "Whether an APIService is not available: 1, or 0.", ["name"]);
        _total = factory.CreateCounter("aggregator_unavailable_apiservice_total", "How often an APIService that was available has become unavailable, by why.", ["name", "reason"]);
    }

    /// <summary>Tells whether an APIService is available.</summary>
    public void Tell(string name, bool isAvailable) => _unavailable.WithLabels(name).Set(isAvailable ? 0 : 1);

    /// <summary>Counts an APIService that has become unavailable.</summary>
    public void NoteLoss(string name, string reason) => _total.WithLabels(name, reason).Inc();

    /// <summary>Tells nothing of those that are not named.</summary>
    public void ForgetAllBut(IReadOnlySet<string> names)
    {
        foreach (var labels in _unavailable.GetAllLabelValues())
            if (!names.Contains(labels[0])) _unavailable.RemoveLabelled(labels);
        foreach (var labels in _total.GetAllLabelValues())
            if (!names.Contains(labels[0])) _total.RemoveLabelled(labels);
    }
}
