using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Client;

namespace Slipway.Scheduler;

/// <summary>
/// Tells why pods fit nowhere, in their condition <c>PodScheduled</c> and an event, beside the deciding loop.
/// Written only when it changes, and never for a pod that has meanwhile been given a node.
/// </summary>
internal sealed class Refusals(IApi api, EventRecorder events, TimeProvider clock, ILogger log)
{
    private readonly ConcurrentDictionary<ObjectKey, (PodView Pod, string Message)> _open = new();
    private readonly Channel<ObjectKey> _queue = Channel.CreateUnbounded<ObjectKey>(new() { SingleReader = true });

    /// <summary>Tells that a pod fits nowhere, unless its condition says so already.</summary>
    public void Tell(PodView pod, string message)
    {
        var key = Kinds.Pods.KeyOf(pod);
        if (pod.Status?.Conditions?.Find(static condition => condition.Type == "PodScheduled") is { Status: "False", Reason: "Unschedulable" } said && said.Message == message)
        {
            _open.TryRemove(key, out _);
            return;
        }
        _open[key] = (pod, message);
        _queue.Writer.TryWrite(key);
    }

    /// <summary>Tells no more about a pod.</summary>
    public void Drop(ObjectKey key) => _open.TryRemove(key, out _);

    /// <summary>Writes until cancelled.</summary>
    /// <param name="again">Called with a pod whose condition was not written because it has changed.</param>
    /// <param name="cancellation">Ends the loop.</param>
    public async Task RunAsync(Action<ObjectKey> again, CancellationToken cancellation)
    {
        try
        {
            await foreach (var key in _queue.Reader.ReadAllAsync(cancellation))
                if (_open.TryRemove(key, out var refusal) && !await WriteAsync(refusal.Pod, refusal.Message, cancellation))
                    again(key);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The next start decides, and tells, again.
        }
    }

    private async Task<bool> WriteAsync(PodView pod, string message, CancellationToken cancellation)
    {
        var now = Meta.FormatTime(clock.GetUtcNow());
        // The resource version guards against overwriting what the binding has just set.
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = pod.Metadata.Uid, ["resourceVersion"] = pod.Metadata.ResourceVersion },
            ["status"] = new JsonObject
            {
                ["conditions"] = new JsonArray(new JsonObject
                {
                    ["type"] = "PodScheduled",
                    ["status"] = "False",
                    ["reason"] = "Unschedulable",
                    ["message"] = message,
                    ["lastTransitionTime"] = now,
                }),
            },
        };
        try
        {
            await api.PatchAsync(Kinds.Pods, pod.Metadata.NamespaceProperty, pod.Metadata.Name, patch, MediaTypes.StrategicMergePatch, "status", cancellation);
            events.Warning(pod, "FailedScheduling", message);
            return true;
        }
        catch (ApiException e) when (e.Code == 404)
        {
            return true;
        }
        catch (Exception e) when (e is ApiException or IOException)
        {
            log.LogDebug("The condition of pod {Pod} was not written: {Reason}", pod.Metadata.Name, e.Message);
            return false;
        }
    }
}
