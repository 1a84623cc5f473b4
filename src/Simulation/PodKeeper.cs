using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Simulation;

/// <summary>
/// Carries out what happens to the pods of all simulated nodes: one watch for all of them, one agenda, and writes by
/// each pod's own node, many at a time so that the store commits them together.
/// </summary>
internal sealed class PodKeeper
{
    private const int WritesAtOnce = 64;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly Func<string, SimulatedAgent?> _agents;
    private readonly SimulationPlan _plan;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Informer<SimulatedPod> _pods;
    private readonly Agenda _agenda;
    private uint _addresses;

    public PodKeeper(IApi api, Func<string, SimulatedAgent?> agents, SimulationPlan plan, TimeProvider clock, ILogger log)
    {
        (_agents, _plan, _clock, _log) = (agents, plan, clock, log);
        _agenda = new(clock);
        _pods = new(api, Kinds.Pods, new() { FieldSelector = "spec.nodeName!=" }, clock, log);
        _pods.Keep(static pod => pod.Trimmed());
        _pods.OnChange(Changed);
    }

    public Task RunAsync(CancellationToken cancellation) => Loops.RunAsync([_pods.RunAsync, ActAsync], cancellation);

    private void Changed(ObjectChange<SimulatedPod> change)
    {
        if (change.New is not { } pod)
        {
            _agenda.Set(change.Key, change.Old!, null);
            return;
        }
        if (_agents(pod.Spec.NodeName ?? "") is null)
            return;
        // Addresses go on where those end that were given before the start.
        if (!_pods.Synced.IsCompleted && SimulatedAddresses.NumberOf(pod.Status.PodIP) is { } number && number > _addresses)
            _addresses = number;
        _agenda.Set(change.Key, pod, PodLife.Next(pod, _plan));
    }

    private async Task ActAsync(CancellationToken cancellation)
    {
        try
        {
            await _pods.Synced.WaitAsync(cancellation);
            await Parallel.ForEachAsync(_agenda.DueAsync(cancellation), new ParallelOptions { MaxDegreeOfParallelism = WritesAtOnce, CancellationToken = cancellation },
                async (entry, cancelled) => await CarryOutAsync(entry, entry.Step.Stage == PodStage.Start ? SimulatedAddresses.OfPod(Interlocked.Increment(ref _addresses)) : "", cancelled));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // What is not written yet is decided again by the next run.
        }
    }

    private async Task CarryOutAsync(Agenda.Entry entry, string address, CancellationToken cancellation)
    {
        var pod = entry.Pod;
        try
        {
            if (_agents(pod.Spec.NodeName!) is not { } node)
                return;
            if (entry.Step.Stage == PodStage.Remove)
            {
                await node.Api.DeleteAsync(Kinds.Pods, entry.Key.Namespace, entry.Key.Name, new() { GracePeriodSeconds = 0, Uid = pod.Metadata.Uid }, cancellation);
                return;
            }
            var patch = StagePatch.Of(pod, entry.Step, PodLife.RuleFor(pod, _plan), node.Node.Address, address, _clock.GetUtcNow());
            await node.Api.SendForBodyAsync(new("PATCH", $"{Kinds.Pods.ObjectPath(entry.Key.Namespace, entry.Key.Name)}/status") { Body = patch, ContentType = MediaTypes.StrategicMergePatch }, cancellation);
        }
        catch (ApiException e) when (e.Code is 404 or 409)
        {
            // It has changed or is gone: the watch tells, and brings what is next.
        }
        catch (Exception e) when (e is ApiException or IOException)
        {
            _log.LogWarning("Pod {Pod} did not come to its stage {Stage} and is tried again: {Reason}", entry.Key, entry.Step.Stage, e.Message);
            _agenda.Postpone(entry, _clock.GetUtcNow().UtcDateTime + RetryDelay);
        }
    }
}
