using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Client;

namespace Slipway.Scheduler;

/// <summary>Makes room for pods: says where, and deletes those that have to go.</summary>
internal sealed class Preemptor(IApi api, Nominations nominations, EventRecorder events, TimeProvider clock, ILogger log)
{
    /// <summary>Writes down the node for which a pod waits, and deletes the victims with their grace.</summary>
    /// <returns>Whether all of it was done; otherwise the pod is to be decided on again.</returns>
    public async Task<bool> PreemptAsync(PodView pod, Preemption preemption, Func<ObjectKey, PodView?> find, CancellationToken cancellation)
    {
        try
        {
            await nominations.WriteAsync(pod, preemption.Node, cancellation);
            foreach (var victim in preemption.Victims)
                if (!victim.IsTerminating && find(victim.Key) is { } view && view.Metadata.Uid == victim.Uid)
                    await RemoveAsync(view, pod, preemption.Node, cancellation);
            return true;
        }
        catch (Exception e) when (e is ApiException or IOException)
        {
            log.LogWarning("Room for pod {Pod} on node {Node} was not made and is tried again: {Reason}", pod.Metadata.Name, preemption.Node, e.Message);
        }
        catch (OperationCanceledException)
        {
            // Stopping; the next start decides again.
        }
        return false;
    }

    private async Task RemoveAsync(PodView victim, PodView pod, string node, CancellationToken cancellation)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = victim.Metadata.Uid },
            ["status"] = new JsonObject
            {
                ["conditions"] = new JsonArray(new JsonObject
                {
                    ["type"] = "DisruptionTarget",
                    ["status"] = "True",
                    ["reason"] = "PreemptionByScheduler",
                    ["message"] = "default-scheduler: preempting to accommodate a higher priority pod",
                    ["lastTransitionTime"] = Meta.FormatTime(clock.GetUtcNow()),
                }),
            },
        };
        try
        {
            await api.PatchAsync(Kinds.Pods, victim.Metadata.NamespaceProperty, victim.Metadata.Name, patch, MediaTypes.StrategicMergePatch, "status", cancellation);
            await api.DeleteAsync(Kinds.Pods, victim.Metadata.NamespaceProperty, victim.Metadata.Name, new() { Uid = victim.Metadata.Uid }, cancellation);
            events.Normal(victim, "Preempted", $"Preempted by pod {pod.Metadata.Uid} on node {node}");
        }
        catch (ApiException e) when (e.Code is 404 or 409)
        {
            // A conflict tells of a namesake, and as well of a change at the same time, after which the victim is still to go.
            if (e.Code == 409 && await api.GetAsync(Kinds.Pods, victim.Metadata.NamespaceProperty, victim.Metadata.Name, cancellation) is { } still && still.Metadata.Uid == victim.Metadata.Uid)
                throw;
            log.LogDebug("Pod {Pod} is gone already: {Reason}", victim.Metadata.Name, e.Message);
        }
    }
}
