using k8s.Models;
using Prometheus;
using Slipway.Node.Pods;
using Slipway.Node.Stats;

namespace Slipway.Node.Probes;

/// <summary>
/// The kubelet's <c>/metrics/probes</c>: how often containers were probed with which result, and how long those that answered took.
/// What is told of a pod goes with it.
/// </summary>
internal sealed class ProbeMetrics
{
    private static readonly string[] Types = [.. Enum.GetNames<ProbeKind>()];
    private static readonly string[] Results = ["successful", "failed", "unknown"];

    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();
    private readonly Counter _probes;
    private readonly Histogram _durations;

    public ProbeMetrics()
    {
        var factory = Metrics.WithCustomRegistry(_registry);
        _probes = factory.CreateCounter("prober_probe_total", "Probes of containers by their result.", ["probe_type", "result", "container", "pod", "namespace", "pod_uid"]);
        _durations = factory.CreateHistogram("prober_probe_duration_seconds", "How long probes took that found a container well, in seconds.", ["probe_type", "container", "pod", "namespace"],
            new() { Buckets = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10] });
    }

    /// <summary>Counts a probe.</summary>
    public void Count(V1Pod pod, string container, ProbeKind kind, ProbeResult result, TimeSpan took)
    {
        var type = Types[(int)kind];
        var isWell = result is ProbeResult.Success or ProbeResult.Warning;
        var text = Results[isWell ? 0 : result == ProbeResult.Failure ? 1 : 2];
        _probes.WithLabels(type, text, container, pod.Key.Name, pod.Key.Namespace, pod.Metadata.Uid).Inc();
        if (isWell)
            _durations.WithLabels(type, container, pod.Key.Name, pod.Key.Namespace).Observe(took.TotalSeconds);
    }

    /// <summary>Forgets a container of a pod.</summary>
    public void Forget(V1Pod pod, string container)
    {
        foreach (var type in Types)
        {
            foreach (var result in Results)
                _probes.RemoveLabelled(type, result, container, pod.Key.Name, pod.Key.Namespace, pod.Metadata.Uid);
            _durations.RemoveLabelled(type, container, pod.Key.Name, pod.Key.Namespace);
        }
    }

    /// <summary>All of it in the text format of Prometheus.</summary>
    public Task<byte[]> WriteAsync(CancellationToken cancellation) => Exposition.WriteAsync(_registry, cancellation);
}
