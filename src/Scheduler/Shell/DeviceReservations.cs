using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Scheduler;

/// <summary>
/// Writes which devices claims are given and that a pod uses them, before the pod is bound
/// (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/"/>). Whoever goes on after a crash in
/// between finds the claims allocated, and the pod where they are.
/// </summary>
internal sealed class DeviceReservations(IApi api, TimeProvider clock, ILogger log)
{
    // Pods that share a claim are bound at the same time.
    private const int MostTries = 5;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>Writes all that was chosen for a pod, each claim upon the state that it was chosen by.</summary>
    /// <returns>Whether all was written, and the claims to which devices are allocated by it; where not all was, the pod is to be decided on again.</returns>
    public async Task<(bool IsReserved, IReadOnlyCollection<ObjectKey> Allocated)> ReserveAsync(PodView pod, DeviceChoice choice, CancellationToken cancellation)
    {
        var allocated = new List<ObjectKey>();
        foreach (var chosen in choice.Claims)
            try
            {
                if (chosen.Allocation is null)
                {
                    await UseAsync(pod, chosen, cancellation);
                    continue;
                }
                await AllocateAsync(pod, chosen, chosen.Allocation, cancellation);
                allocated.Add(chosen.Key);
            }
            catch (ApiException e) when (e.Code < 500)
            {
                log.LogDebug("Claim {Claim} was not given to pod {Pod} and is tried again: {Reason}", chosen.Key, pod.Metadata.Name, e.Message);
                return (false, allocated);
            }
            catch (Exception e) when (e is ApiException or IOException)
            {
                // Of what the server failed at or did not answer, nobody knows whether it was written.
                log.LogWarning("Claim {Claim} was perhaps not given to pod {Pod}: {Reason}", chosen.Key, pod.Metadata.Name, e.Message);
                if (chosen.Allocation is not null && await IsAllocatedAsync(chosen, cancellation))
                    allocated.Add(chosen.Key);
                return (false, allocated);
            }
            catch (OperationCanceledException)
            {
                return (false, allocated); // stopping; the next start decides again
            }
        return (true, allocated);
    }

    /// <summary>Takes the devices of a claim that nobody uses, so that it can be given others.</summary>
    public async Task ReleaseAsync(ObjectKey key, DeviceClaimView claim, CancellationToken cancellation)
    {
        try
        {
            await PatchAsync(key, claim, new() { ["allocation"] = null, ["reservedFor"] = null, ["devices"] = null }, MediaTypes.MergePatch, cancellation);
        }
        catch (Exception e) when (e is ApiException or IOException)
        {
            log.LogDebug("The devices of claim {Claim} were not taken from it: {Reason}", key, e.Message);
        }
        catch (OperationCanceledException)
        {
            // Stopping; the next start decides again.
        }
    }

    private async Task AllocateAsync(PodView pod, ChosenDevices chosen, JsonObject allocation, CancellationToken cancellation)
    {
        var claim = chosen.View;
        // First held, then given: a claim that has devices never goes without giving them back.
        if (claim.Metadata.Finalizers?.Contains(DeviceClaimView.Finalizer) != true)
        {
            var held = new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["uid"] = claim.Metadata.Uid,
                    ["resourceVersion"] = claim.Metadata.ResourceVersion,
                    ["finalizers"] = new JsonArray([.. (claim.Metadata.Finalizers ?? []).Append(DeviceClaimView.Finalizer).Select(name => (JsonNode)name)]),
                },
            };
            claim = await api.PatchAsync(Kinds.DeviceClaims, chosen.Key.Namespace, chosen.Key.Name, held, cancellation: cancellation);
        }
        await PatchAsync(chosen.Key, claim, new() { ["allocation"] = allocation.DeepClone(), ["reservedFor"] = UsersOf(pod) }, MediaTypes.MergePatch, cancellation);
    }

    private async Task UseAsync(PodView pod, ChosenDevices chosen, CancellationToken cancellation)
    {
        var claim = chosen.View;
        for (var tries = 1; !claim.IsUsedBy(pod.Metadata.Uid); tries++)
            try
            {
                // Others that use it stay in the list.
                await PatchAsync(chosen.Key, claim, new() { ["reservedFor"] = UsersOf(pod) }, MediaTypes.StrategicMergePatch, cancellation);
                return;
            }
            catch (ApiException e) when (e.Code == 409 && tries < MostTries)
            {
                var now = await api.GetAsync(Kinds.DeviceClaims, chosen.Key.Namespace, chosen.Key.Name, cancellation);
                if (now is not { Allocation: not null } || now.Metadata.Uid != claim.Metadata.Uid || !now.CanBeUsedBy(pod.Metadata.Uid))
                    throw;
                claim = now;
            }
    }

    private async Task PatchAsync(ObjectKey key, DeviceClaimView claim, JsonObject status, string type, CancellationToken cancellation)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = claim.Metadata.Uid, ["resourceVersion"] = claim.Metadata.ResourceVersion },
            ["status"] = status,
        };
        await api.PatchAsync(Kinds.DeviceClaims, key.Namespace, key.Name, patch, type, "status", cancellation);
    }

    // Until somebody answers: devices that may be given away must not be given to others.
    private async Task<bool> IsAllocatedAsync(ChosenDevices chosen, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
            try
            {
                var claim = await api.GetAsync(Kinds.DeviceClaims, chosen.Key.Namespace, chosen.Key.Name, cancellation);
                return claim?.Allocation is not null && claim.Metadata.Uid == chosen.View.Metadata.Uid;
            }
            catch (Exception e) when (e is ApiException or IOException or OperationCanceledException)
            {
                log.LogDebug("Claim {Claim} could not be read: {Reason}", chosen.Key, e.Message);
                await Task.Delay(RetryDelay, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        return true;
    }

    private static JsonArray UsersOf(PodView pod) => new(new JsonObject { ["resource"] = "pods", ["name"] = pod.Metadata.Name, ["uid"] = pod.Metadata.Uid });
}
