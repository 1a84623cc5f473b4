using Prometheus;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Discovery;

/// <summary>
/// What health checks have found, at <c>/metrics/slis</c>, from which service levels are measured
/// (<see href="https://kubernetes.io/docs/reference/instrumentation/slis/"/>).
/// </summary>
internal sealed class HealthIndicators
{
    private readonly CollectorRegistry _registry = Prometheus.Metrics.NewCustomRegistry();
    private readonly Gauge _last;
    private readonly Counter _all;

    public HealthIndicators()
    {
        var factory = Prometheus.Metrics.WithCustomRegistry(_registry);
        _last = factory.CreateGauge("kubernetes_healthcheck", "Whether a check found all well when it was last made: 1, or 0.", ["name", "type"]);
        _all = factory.CreateCounter("kubernetes_healthchecks_total", "Checks that were made, by what they found.", ["name", "status", "type"]);
    }

    /// <summary>Takes down what a check has found.</summary>
    /// <param name="name">The check's name.</param>
    /// <param name="endpoint">The path that asked for it, without its slash.</param>
    /// <param name="isWell">What it found.</param>
    public void Note(string name, string endpoint, bool isWell)
    {
        _last.WithLabels(name, endpoint).Set(isWell ? 1 : 0);
        _all.WithLabels(name, isWell ? "success" : "error", endpoint).Inc();
    }

    /// <summary>All of it, in the text format of Prometheus.</summary>
    public async ValueTask<Reply> ReadAsync(CancellationToken cancellation)
    {
        using var text = new MemoryStream();
        await _registry.CollectAndExportAsTextAsync(text, cancellation);
        return new Reply { ContentType = "text/plain; version=0.0.4; charset=utf-8", Body = text.ToArray() };
    }
}
