using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Scheduler;

/// <summary>Asks for the storage of a pod on its node: binds volumes to claims, and says for which node others are to be provided.</summary>
internal sealed class StorageRequests(IApi api, ILogger log)
{
    /// <summary>Writes what was chosen, upon the states that it was chosen by; that claims are bound by it is told later by their watch.</summary>
    /// <returns>Whether all was written; otherwise the pod is to be decided on again.</returns>
    public async Task<bool> AskAsync(AwaitedStorage awaited, CancellationToken cancellation)
    {
        try
        {
            foreach (var (claim, volume) in awaited.Choice.Bind)
                if (volume.Spec.ClaimRef is not { Uid.Length: > 0 })
                    await api.PatchAsync(Kinds.Volumes, null, volume.Name, Bound(volume, claim), cancellation: cancellation);
            foreach (var claim in awaited.Choice.Provide)
                if (claim.SelectedNode != awaited.Node)
                    await api.PatchAsync(Kinds.Claims, claim.Metadata.NamespaceProperty, claim.Metadata.Name, Selected(claim, awaited.Node), cancellation: cancellation);
            return true;
        }
        catch (ApiException e) when (e.Code is 404 or 409)
        {
            // Changed meanwhile: their watch tells.
            log.LogDebug("Storage for pod {Pod} was not asked for: {Reason}", awaited.Pod.Demand.Key, e.Message);
        }
        catch (Exception e) when (e is ApiException or IOException)
        {
            log.LogWarning("Storage for pod {Pod} was not asked for and the pod is tried again: {Reason}", awaited.Pod.Demand.Key, e.Message);
        }
        catch (OperationCanceledException)
        {
            // Stopping; the next start decides again.
        }
        return false;
    }

    private static JsonObject Bound(VolumeView volume, ClaimView claim) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["uid"] = volume.Metadata.Uid,
            ["resourceVersion"] = volume.Metadata.ResourceVersion,
            ["annotations"] = volume.Spec.ClaimRef is null ? new JsonObject { ["pv.kubernetes.io/bound-by-controller"] = "yes" } : [],
        },
        ["spec"] = new JsonObject
        {
            ["claimRef"] = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "PersistentVolumeClaim",
                ["namespace"] = claim.Metadata.NamespaceProperty,
                ["name"] = claim.Metadata.Name,
                ["uid"] = claim.Metadata.Uid,
                ["resourceVersion"] = claim.Metadata.ResourceVersion,
            },
        },
    };

    private static JsonObject Selected(ClaimView claim, string node) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["uid"] = claim.Metadata.Uid,
            ["resourceVersion"] = claim.Metadata.ResourceVersion,
            ["annotations"] = new JsonObject { [ClaimView.SelectedNodeAnnotation] = node },
        },
    };
}
