using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Scheduler;

/// <summary>Writes down for pods the nodes on which places are kept for them (<c>status.nominatedNodeName</c>).</summary>
internal sealed class Nominations(IApi api, ILogger log)
{
    /// <summary>Writes down a pod's node; null: that it has none.</summary>
    /// <exception cref="ApiException">It was refused: the pod is gone, or another of its name has come.</exception>
    /// <exception cref="IOException">The server was not reached.</exception>
    public async Task WriteAsync(PodView pod, string? node, CancellationToken cancellation)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = pod.Metadata.Uid },
            ["status"] = new JsonObject { ["nominatedNodeName"] = node },
        };
        await api.PatchAsync(Kinds.Pods, pod.Metadata.NamespaceProperty, pod.Metadata.Name, patch, subresource: "status", cancellation: cancellation);
    }

    /// <summary>The same; whether it was written, where that is no reason to fail.</summary>
    public async Task<bool> TryWriteAsync(PodView pod, string? node, CancellationToken cancellation)
    {
        try
        {
            await WriteAsync(pod, node, cancellation);
            return true;
        }
        catch (Exception e) when (e is ApiException or IOException)
        {
            log.LogDebug("Pod {Pod} was not nominated to node {Node}: {Reason}", pod.Metadata.Name, node, e.Message);
        }
        catch (OperationCanceledException)
        {
            // Stopping; the next start decides again.
        }
        return false;
    }

    /// <summary>Gives up the place that was written down for a pod; where that fails, the next decision on the pod tries again.</summary>
    public Task WithdrawAsync(PodView pod, CancellationToken cancellation) => TryWriteAsync(pod, null, cancellation);
}
