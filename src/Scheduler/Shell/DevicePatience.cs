using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Scheduler;

/// <summary>Waits until drivers have made devices ready, before a pod is bound that uses them.</summary>
internal sealed class DevicePatience(IApi api, EventRecorder events, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>Waits for all devices that a pod uses.</summary>
    /// <returns>Whether they are ready; if not, the pod is to be decided on again.</returns>
    public async Task<bool> WaitAsync(PodView pod, string node, DeviceChoice choice, CancellationToken cancellation)
    {
        var isTold = false;
        foreach (var chosen in choice.Claims.Where(claim => claim.IsWaitedFor))
            while (await ReadinessOfAsync(pod, chosen, cancellation) is { IsReady: false } readiness)
            {
                if (readiness.Fault is not null || cancellation.IsCancellationRequested)
                    return false;
                if (!isTold)
                    events.Normal(pod, "BindingConditionsPending", $"waiting for binding conditions for device on node {node}");
                isTold = true;
                await Task.Delay(LookAgain, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        return true;
    }

    // A claim that is gone, or the pod's no longer, will not be ready. Of one that cannot be read nothing is known.
    private async Task<DeviceReadiness> ReadinessOfAsync(PodView pod, ChosenDevices chosen, CancellationToken cancellation)
    {
        try
        {
            var claim = await api.GetAsync(Kinds.DeviceClaims, chosen.Key.Namespace, chosen.Key.Name, cancellation);
            return claim?.Allocation is null || claim.Metadata.Uid != chosen.View.Metadata.Uid || !claim.IsUsedBy(pod.Metadata.Uid)
                ? new(false, $"claim {chosen.Key.Name} is not pod {pod.Metadata.Name}'s any longer")
                : DeviceReadiness.Of(claim, clock.GetUtcNow().UtcDateTime);
        }
        catch (Exception e) when (e is ApiException or IOException or OperationCanceledException)
        {
            log.LogDebug("Claim {Claim} could not be read: {Reason}", chosen.Key, e.Message);
            return default;
        }
    }
}
