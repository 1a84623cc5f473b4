using Prometheus;

namespace Slipway.ApiServer.Metrics;

/// <summary>What is counted and timed of deciding who may, under the names, labels and buckets of Kubernetes' API server.</summary>
internal sealed class AuthorizationMetrics
{
    private readonly (Counter.Child Attempts, Histogram.Child Seconds) _allowed;
    private readonly (Counter.Child Attempts, Histogram.Child Seconds) _refused;

    public AuthorizationMetrics(IMetricFactory factory)
    {
        var attempts = factory.CreateCounter("authorization_attempts_total", "Requests by whether somebody allowed them.", ["result"]);
        var seconds = factory.CreateHistogram("authorization_duration_seconds", "Time to decide whether a request is allowed, in seconds.", ["result"], new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.001, 2, 15) });
        // Nobody denies what somebody else might allow: as with kube-apiserver, roles and nodes have no opinion about the rest.
        (_allowed, _refused) = ((attempts.WithLabels("allowed"), seconds.WithLabels("allowed")), (attempts.WithLabels("no-opinion"), seconds.WithLabels("no-opinion")));
    }

    /// <summary>Counts one decision.</summary>
    /// <param name="isAllowed">What was decided.</param>
    /// <param name="time">How long it took.</param>
    public void Observe(bool isAllowed, TimeSpan time)
    {
        var (attempts, seconds) = isAllowed ? _allowed : _refused;
        attempts.Inc();
        seconds.Observe(time.TotalSeconds);
    }
}
