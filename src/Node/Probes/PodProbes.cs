using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Node.Pods;

namespace Slipway.Node.Probes;

/// <summary>The probes of one pod: a loop for each probe of each container that runs. Costs nothing for a pod without.</summary>
/// <param name="owner">The pod, by a document that may be older than the newest.</param>
/// <param name="post">Takes verdicts to the pod's worker.</param>
internal sealed class PodProbes(V1Pod owner, Prober prober, NodeAddresses node, Action<PodEvent> post, ILogger log) : IDisposable
{
    private readonly Dictionary<(string Container, ProbeKind Kind), (string Id, CancellationTokenSource Stop)> _running = [];
    private readonly Lock _counting = new();
    private readonly HashSet<string> _counted = [];
    private bool _isOver;

    /// <summary>Starts and stops loops so that they fit the pod's state.</summary>
    public void Follow(V1Pod pod, PodState state, CancellationToken cancellation)
    {
        if (_running.Count == 0 && pod.AllContainers.All(c => !c.HasProbes))
            return;
        foreach (var (key, (id, stop)) in _running.Where(r => !Wanted(pod, state, r.Key.Container, r.Key.Kind, r.Value.Id)).ToList())
        {
            stop.Cancel();
            stop.Dispose();
            _running.Remove(key);
        }
        foreach (var container in pod.AllContainers.Where(c => c.HasProbes))
        {
            var record = state.Container(container.Name);
            foreach (var kind in new[] { ProbeKind.Startup, ProbeKind.Readiness, ProbeKind.Liveness })
            {
                if (_running.ContainsKey((container.Name, kind)) || !Wanted(pod, state, container.Name, kind, record.Id))
                    continue;
                var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                _running[(container.Name, kind)] = (record.Id, stop);
                var address = pod.UsesHostNetwork ? node.Internal : state.Sandbox.Addresses is [var first, ..] ? first : "";
                var token = stop.Token;
                _ = Task.Run(() => LoopAsync(pod, container, record, address, kind, token), CancellationToken.None);
            }
        }
    }

    public void Dispose()
    {
        foreach (var (_, stop) in _running.Values)
        {
            stop.Cancel();
            stop.Dispose();
        }
        _running.Clear();
        lock (_counting)
        {
            _isOver = true;
            foreach (var container in _counted)
                prober.Metrics.Forget(owner, container);
        }
    }

    /// <summary>Whether a probe of a container is to be made now.</summary>
    internal static bool Wanted(V1Pod pod, PodState state, string name, ProbeKind kind, string id)
    {
        if (pod.AllContainers.FirstOrDefault(c => c.Name == name) is not { } container || container.Probe(kind) is null)
            return false;
        var record = state.Container(name);
        if (record.Phase != ContainerPhase.Running || record.Id != id || record.Fault is not null || !ContainerHealth.IsHooked(container, record))
            return false;
        // Who is being ended is not ended again for its health; whether it takes requests still matters to those who send them.
        var ending = pod.Metadata.DeletionTimestamp is not null || state.IsGone || state.Failure is not null;
        return kind switch
        {
            ProbeKind.Startup => !ending && !record.StartupSucceeded,
            ProbeKind.Liveness => !ending && ContainerHealth.IsStarted(container, record),
            _ => ContainerHealth.IsStarted(container, record),
        };
    }

    // A loop may still be at work when the pod is over.
    private void Count(string container, ProbeKind kind, ProbeResult result, TimeSpan took)
    {
        lock (_counting)
        {
            if (_isOver)
                return;
            _counted.Add(container);
            prober.Metrics.Count(owner, container, kind, result, took);
        }
    }

    private async Task LoopAsync(V1Pod pod, V1Container container, ContainerRecord record, string address, ProbeKind kind, CancellationToken cancellation)
    {
        var probe = container.Probe(kind)!;
        var clock = prober.Clock;
        var tally = new ProbeTally();
        bool? told = null;
        try
        {
            var first = record.StartedAt + probe.InitialDelay - clock.GetUtcNow();
            if (first > TimeSpan.Zero)
                await Task.Delay(first, clock, cancellation);
            while (true)
            {
                var started = clock.GetTimestamp();
                var outcome = await prober.ProbeAsync(pod, container, record.Id, address, kind, cancellation);
                Count(container.Name, kind, outcome.Result, clock.GetElapsedTime(started));
                (tally, var verdict) = tally.Count(outcome.Result, probe);
                if (verdict is { } healthy && told != healthy)
                {
                    told = healthy;
                    post(new PodEvent.Probed(container.Name, record.Id, kind, healthy));
                    if (kind == ProbeKind.Startup || kind == ProbeKind.Liveness && !healthy)
                        return;
                }
                await Task.Delay(probe.Period, clock, cancellation);
            }
        }
        catch (Exception) when (cancellation.IsCancellationRequested) { }
        catch (Exception defect)
        {
            log.LogError(defect, "The {Kind} probe of container {Container} of pod {Pod} has ended", kind, container.Name, pod.Key);
        }
    }
}
