namespace Slipway.Scheduler;

/// <summary>
/// Whether drivers have made the devices of a claim ready that are to be ready before a pod is bound: their <c>bindingConditions</c>
/// (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#device-binding-conditions"/>).
/// </summary>
/// <param name="IsReady">Whether all are.</param>
/// <param name="Fault">Why they will not be; null when they may.</param>
internal readonly record struct DeviceReadiness(bool IsReady, string? Fault)
{
    // Upstream's default.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>How it is with a claim.</summary>
    /// <param name="claim">A claim that has devices.</param>
    /// <param name="now">Now.</param>
    public static DeviceReadiness Of(DeviceClaimView claim, DateTime now)
    {
        foreach (var given in claim.Allocation?.Devices?.Results ?? [])
        {
            if (given.BindingConditions is null or [])
                continue;
            var told = claim.Status?.Devices?.Find(device => (device.Driver, device.Pool, device.Device, device.ShareID) == (given.Driver, given.Pool, given.Device, given.ShareID))?.Conditions ?? [];
            if (told.Find(condition => condition.Status == "True" && given.BindingFailureConditions?.Contains(condition.Type) == true) is { } failed)
                return new(false, $"claim {claim.Metadata.Name} binding failed: reason={failed.Reason}, message=\"{failed.Message}\"");
            if (given.BindingConditions.TrueForAll(type => told.Exists(condition => condition.Type == type && condition.Status == "True")))
                continue;
            return new(false, claim.Allocation!.AllocationTimestamp + Patience < now ? $"claim {claim.Metadata.Name} binding timeout" : null);
        }
        return new(true, null);
    }
}
