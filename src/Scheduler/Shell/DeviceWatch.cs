using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Scheduler;

/// <summary>Tells the deciding loop of devices, their classes and claims, from when the first pod asks for some: most clusters never need it.</summary>
internal sealed class DeviceWatch(IApi api, TimeProvider clock, ILogger log, Action<Change> tell)
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Begins to watch, unless that was done before.</summary>
    public void Begin() => _begun.TrySetResult();

    /// <summary>Watches until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await _begun.Task.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (cancellation.IsCancellationRequested)
            return;
        var claims = new Informer<DeviceClaimView>(api, Kinds.DeviceClaims, new(), clock, log);
        var classes = new Informer<DeviceClassView>(api, Kinds.DeviceClasses, new(), clock, log);
        var slices = new Informer<DeviceSliceView>(api, Kinds.DeviceSlices, new(), clock, log);
        var rules = new Informer<DeviceTaintRuleView>(api, Kinds.DeviceTaintRules, new(), clock, log);
        claims.OnChange(change => tell(new Change.DeviceClaim(change.Key, change.New)));
        classes.OnChange(change => tell(new Change.DeviceClass(change.Key.Name, change.New)));
        slices.OnChange(change => tell(new Change.DeviceSlice(change.Key.Name, change.New)));
        rules.OnChange(change => tell(new Change.DeviceTaintRule(change.Key.Name, change.New)));
        await Loops.RunAsync([claims.RunAsync, classes.RunAsync, slices.RunAsync, rules.RunAsync, TellWhenSyncedAsync], cancellation);

        async Task TellWhenSyncedAsync(CancellationToken end)
        {
            await Task.WhenAll(claims.Synced, classes.Synced, slices.Synced, rules.Synced).WaitAsync(end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            tell(new Change.DevicesSynced());
        }
    }
}
