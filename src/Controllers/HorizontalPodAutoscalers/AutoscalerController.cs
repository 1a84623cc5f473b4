using System.Collections.Concurrent;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Scales what HorizontalPodAutoscalers refer to by its metrics. Each is looked at every 15 seconds; without any, nothing happens.</summary>
internal sealed class AutoscalerController(Informer<AutoscalerView> autoscalers, IApi api, EventRecorder events, TimeProvider clock) : IReconciler
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly ScaleTargets _targets = new(api);
    private readonly MetricsReader _metrics = new(api);
    private readonly ConcurrentDictionary<ObjectKey, (string Uid, ScalingHistory History)> _histories = new();

    public static void Register(ControllerHost host)
    {
        var autoscalers = host.Informer(Kinds.Autoscalers);
        host.Add("horizontalpodautoscaler", new AutoscalerController(autoscalers, host.Api, host.Events("horizontal-pod-autoscaler"), host.Clock), workers: 2)
            // Its own status, which changes with each reading, is no reason to look again.
            .Watches(autoscalers, change => change.Old?.Metadata.Uid == change.New?.Metadata.Uid && change.Old?.Metadata.Generation == change.New?.Metadata.Generation ? [] : [change.Key]);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (autoscalers.Get(key) is not { } autoscaler)
        {
            _histories.TryRemove(key, out _);
            return Result.Done;
        }
        if (autoscaler.Metadata.DeletionTimestamp is not null)
            return Result.Done;
        await ScaleAsync(key, autoscaler, cancellation);
        return Result.After(Interval);
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    private async Task ScaleAsync(ObjectKey key, AutoscalerView autoscaler, CancellationToken cancellation)
    {
        ScaleView scale;
        try
        {
            scale = await _targets.ReadAsync(key.Namespace, autoscaler.Spec.ScaleTargetRef, cancellation);
        }
        catch (ApiException e)
        {
            events.Warning(autoscaler, "FailedGetScale", e.Message);
            await WriteAsync(autoscaler, AutoscalerPlan.WithoutScale(autoscaler, e.Message, Now), cancellation);
            return;
        }

        IReadOnlyList<ScaledPodView> pods = [];
        List<MetricReading> readings = [];
        if (AutoscalerPlan.NeedsMetrics(autoscaler, scale))
        {
            pods = (await api.ListAsync(Kinds.ScaledPods, key.Namespace, new() { LabelSelector = scale.Selector }, cancellation)).Items;
            foreach (var metric in autoscaler.Metrics)
                readings.Add(await _metrics.ReadAsync(key.Namespace, scale.Selector, metric, cancellation));
        }

        var known = _histories.TryGetValue(key, out var kept) && kept.Uid == autoscaler.Metadata.Uid ? kept.History : null;
        var plan = AutoscalerPlan.For(autoscaler, scale, pods, readings, known, Now);
        foreach (var (reason, message) in plan.Warnings)
            events.Warning(autoscaler, reason, message);
        if (plan.Replicas is { } replicas)
        {
            try
            {
                await _targets.WriteAsync(scale, replicas, cancellation);
            }
            catch (ApiException e)
            {
                events.Warning(autoscaler, "FailedRescale", $"New size: {replicas}; reason: {plan.Reason}; error: {e.Message}");
                await WriteAsync(autoscaler, plan.NotScaled(autoscaler, e.Message, Now), cancellation);
                return;
            }
            events.Normal(autoscaler, "SuccessfulRescale", $"New size: {replicas}; reason: {plan.Reason}");
        }
        _histories[key] = (autoscaler.Metadata.Uid, plan.History);
        await WriteAsync(autoscaler, plan.Status, cancellation);
    }

    private async Task WriteAsync(AutoscalerView autoscaler, AutoscalerStatus status, CancellationToken cancellation)
    {
        try
        {
            await api.WriteStatusAsync(Kinds.Autoscalers, autoscaler, autoscaler with { Status = status }, cancellation);
        }
        catch (ApiException e) when (e.Code is 404 or 409)
        {
            // It was deleted or changed meanwhile, and is looked at again.
        }
    }
}
