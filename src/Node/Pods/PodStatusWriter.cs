using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Node.Pods;

/// <summary>
/// Writes a pod's status beside the work on its containers: what is newest, one patch at a time, only what changed.
/// </summary>
internal sealed class PodStatusWriter(IApi api, V1Pod pod, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private JsonObject _written = PodStatusPatch.Document(Owned(pod.Status));
    private JsonObject? _desired;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _urgent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _flushed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The status that is to be in the API. Returns at once.</summary>
    public void Set(V1PodStatus status)
    {
        var desired = PodStatusPatch.Document(status);
        lock (_lock)
        {
            if (JsonNode.DeepEquals(_desired ?? _written, desired))
                return;
            _desired = desired;
            if (_flushed.Task.IsCompleted)
                _flushed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (PodStatusPatch.IsUrgent(_written, desired))
                _urgent.TrySetResult();
            _changed.TrySetResult();
        }
    }

    /// <summary>Completes when the newest status has been written, or the pod is no longer there.</summary>
    public Task FlushAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_desired is null)
                return Task.CompletedTask;
            _urgent.TrySetResult();
            return _flushed.Task.WaitAsync(cancellation);
        }
    }

    /// <summary>Writes until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var failures = 0;
        while (true)
        {
            await _changed.Task.WaitAsync(cancellation);
            if (!_urgent.Task.IsCompleted)
                await Task.WhenAny(_urgent.Task, Task.Delay(Gather, clock, cancellation));
            cancellation.ThrowIfCancellationRequested();
            JsonObject desired;
            lock (_lock)
            {
                desired = _desired!;
                _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _urgent = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            if (await WriteAsync(desired, cancellation))
            {
                failures = 0;
                Settle(desired);
            }
            else
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(10_000, 100 << Math.Min(failures++, 10))), clock, cancellation);
                _changed.TrySetResult();
            }
        }
    }

    private void Settle(JsonObject written)
    {
        lock (_lock)
        {
            _written = written;
            if (!ReferenceEquals(_desired, written))
            {
                if (PodStatusPatch.IsUrgent(_written, _desired!))
                    _urgent.TrySetResult();
                _changed.TrySetResult();
                return;
            }
            _desired = null;
            _flushed.TrySetResult();
        }
    }

    private async Task<bool> WriteAsync(JsonObject desired, CancellationToken cancellation)
    {
        if (PodStatusPatch.Between(_written, desired, pod.Metadata.Uid) is not { } patch)
            return true;
        try
        {
            await api.SendPatchAsync(NodeKinds.Pods, pod.Key.Namespace, pod.Metadata.Name, patch, MediaTypes.StrategicMergePatch, "status", cancellation);
            return true;
        }
        catch (ApiException gone) when (gone.Code is 404 or 409)
        {
            return true; // deleted, or replaced by another pod of its name
        }
        catch (Exception failure) when (failure is ApiException or IOException)
        {
            log.LogWarning("The status of pod {Pod} was not written and is retried: {Reason}", pod.Key, failure.Message);
            return false;
        }
    }

    private static V1PodStatus Owned(V1PodStatus? status)
    {
        string[] own = ["PodResizePending", "PodResizeInProgress", "PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady"];
        return status is null ? new() : new()
        {
            Phase = status.Phase,
            Reason = status.Reason,
            Message = status.Message,
            Conditions = status.Conditions is null ? null : [.. status.Conditions.Where(c => own.Contains(c.Type) || PodConditions.IsEviction(c))],
            InitContainerStatuses = status.InitContainerStatuses,
            ContainerStatuses = status.ContainerStatuses,
            EphemeralContainerStatuses = status.EphemeralContainerStatuses,
            HostIP = status.HostIP,
            HostIPs = status.HostIPs,
            PodIP = status.PodIP,
            PodIPs = status.PodIPs,
            QosClass = status.QosClass,
            StartTime = status.StartTime,
            ObservedGeneration = status.ObservedGeneration,
        };
    }
}
