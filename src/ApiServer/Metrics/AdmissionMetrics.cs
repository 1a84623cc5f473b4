using System.Collections.Concurrent;
using Prometheus;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Admission.Webhooks;

namespace Slipway.ApiServer.Metrics;

/// <summary>How long admission takes, under the names, labels and buckets of Kubernetes' API server.</summary>
internal sealed class AdmissionMetrics
{
    private static readonly HistogramConfiguration Seconds = new() { Buckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5] };

    private readonly Histogram _plugins;
    private readonly Histogram _phases;
    private readonly ConcurrentDictionary<(string Plugin, bool Validates, Operation Operation), AdmissionMeter> _meters = new();

    public AdmissionMetrics(IMetricFactory factory)
    {
        _plugins = factory.CreateHistogram("apiserver_admission_controller_admission_duration_seconds", "Time of the plugins of admission, in seconds.", ["name", "type", "operation", "rejected"], Seconds);
        _phases = factory.CreateHistogram("apiserver_admission_step_admission_duration_seconds", "Time of the two phases of admission, in seconds.", ["type", "operation", "rejected"], Seconds);
    }

    /// <summary>What times a plugin.</summary>
    /// <param name="plugin">Its name.</param>
    /// <param name="validates">In which phase: the one that validates, or the one that mutates.</param>
    /// <param name="operation">What requests do.</param>
    public AdmissionMeter OfPlugin(string plugin, bool validates, Operation operation) => _meters.GetOrAdd((plugin, validates, operation),
        static (key, self) => new AdmissionMeter(self._plugins, [key.Plugin, .. LabelsOf(key.Validates, key.Operation)]), this);

    /// <summary>What times a phase as a whole.</summary>
    /// <param name="validates">Which of the two.</param>
    /// <param name="operation">What requests do.</param>
    public AdmissionMeter OfPhase(bool validates, Operation operation) => _meters.GetOrAdd(("", validates, operation),
        static (key, self) => new AdmissionMeter(self._phases, LabelsOf(key.Validates, key.Operation)), this);

    private static string[] LabelsOf(bool validates, Operation operation) => [validates ? "validate" : "admit", WebhookRule.OperationName(operation)];
}

/// <summary>Times one thing that admits requests, or refuses them.</summary>
internal sealed class AdmissionMeter(Histogram seconds, string[] labels)
{
    private Histogram.Child? _accepted;
    private Histogram.Child? _rejected;

    /// <summary>Takes down one request.</summary>
    public void Observe(bool isRejected, TimeSpan time) =>
        (isRejected ? _rejected ??= seconds.WithLabels([.. labels, "true"]) : _accepted ??= seconds.WithLabels([.. labels, "false"])).Observe(time.TotalSeconds);
}
