using Prometheus;

namespace Slipway.ApiServer.Metrics;

/// <summary>What is counted and timed of the webhooks that convert custom resources, under the names and labels of Kubernetes' API server.</summary>
internal sealed class ConversionMetrics
{
    /// <summary>The webhook could not be called.</summary>
    public const string CallFailure = "conversion_webhook_call_failure";

    /// <summary>What it answered is no answer, or says that it has failed.</summary>
    public const string MalformedResponse = "conversion_webhook_malformed_response_failure";

    /// <summary>It answered with fewer or more objects than it was asked for.</summary>
    public const string PartialResponse = "conversion_webhook_partial_response_failure";

    /// <summary>It made something else of an object.</summary>
    public const string InvalidObject = "conversion_webhook_invalid_converted_object_failure";

    private static readonly string[] Labels = ["result", "failure_type"];
    private static readonly double[] Seconds = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 45, 60];

    private readonly Counter _total;
    private readonly Histogram _seconds;
    private readonly Histogram _byDefinition;

    public ConversionMetrics(IMetricFactory factory)
    {
        _total = factory.CreateCounter("apiserver_conversion_webhook_request_total", "Calls of conversion webhooks by what became of them.", Labels);
        _seconds = factory.CreateHistogram("apiserver_conversion_webhook_duration_seconds", "Time of calls of conversion webhooks, in seconds.", Labels, new HistogramConfiguration { Buckets = Seconds });
        _byDefinition = factory.CreateHistogram("apiserver_crd_conversion_webhook_duration_seconds", "Time of conversions by webhooks, in seconds.",
            ["crd_name", "from_version", "to_version", "succeeded"], new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.001, 2, 15) });
    }

    /// <summary>Counts one call.</summary>
    /// <param name="definition">Name of the definition.</param>
    /// <param name="from">Version of the objects, without their group.</param>
    /// <param name="to">Version that was asked for.</param>
    /// <param name="failure">What kind of failure it was; empty for none.</param>
    /// <param name="time">How long it took.</param>
    public void Observe(string definition, string from, string to, string failure, TimeSpan time)
    {
        var result = failure.Length == 0 ? "success" : "failure";
        _total.WithLabels(result, failure).Inc();
        _seconds.WithLabels(result, failure).Observe(time.TotalSeconds);
        _byDefinition.WithLabels(definition, from, to, failure.Length == 0 ? "true" : "false").Observe(time.TotalSeconds);
    }
}
