using Prometheus;

namespace Slipway.Node.Stats;

/// <summary>Figures of one moment in the text format of Prometheus (<see href="https://prometheus.io/docs/instrumenting/exposition_formats/"/>).</summary>
internal sealed class Exposition
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();
    private readonly MetricFactory _factory;

    public Exposition() => _factory = Metrics.WithCustomRegistry(_registry);

    /// <summary>Adds a figure that only grows; nothing when it is not known.</summary>
    public void Counter(string name, string help, string[] labels, string[] values, double? figure)
    {
        if (figure is { } known)
            _factory.CreateCounter(name, help, labels).WithLabels(values).IncTo(known);
    }

    /// <summary>Adds a figure that goes up and down; nothing when it is not known.</summary>
    public void Gauge(string name, string help, string[] labels, string[] values, double? figure)
    {
        if (figure is { } known)
            _factory.CreateGauge(name, help, labels).WithLabels(values).Set(known);
    }

    public Task<byte[]> WriteAsync(CancellationToken cancellation) => WriteAsync(_registry, cancellation);

    /// <summary>What a registry holds, as text.</summary>
    public static async Task<byte[]> WriteAsync(CollectorRegistry registry, CancellationToken cancellation)
    {
        using var text = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(text, cancellation);
        return text.ToArray();
    }
}
