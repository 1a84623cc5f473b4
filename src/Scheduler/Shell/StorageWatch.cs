using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Scheduler;

/// <summary>Tells the deciding loop of claims, volumes and storage classes.</summary>
internal sealed class StorageWatch
{
    private readonly Informer<ClaimView> _claims;
    private readonly Informer<VolumeView> _volumes;
    private readonly Informer<StorageClassView> _classes;

    public StorageWatch(IApi api, TimeProvider clock, ILogger log, Action<Change> tell)
    {
        _claims = new(api, Kinds.Claims, new(), clock, log);
        _volumes = new(api, Kinds.Volumes, new(), clock, log);
        _classes = new(api, Kinds.StorageClasses, new(), clock, log);
        _claims.OnChange(change => tell(new Change.Claim(change.Key, change.New)));
        _volumes.OnChange(change => tell(new Change.Volume(change.Key.Name, change.New)));
        _classes.OnChange(change => tell(new Change.StorageClass(change.Key.Name, change.New)));
    }

    /// <summary>Completes when all that existed at the start has been told.</summary>
    public Task Synced => Task.WhenAll(_claims.Synced, _volumes.Synced, _classes.Synced);

    /// <summary>Watches until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellation) =>
        Loops.RunAsync([_claims.RunAsync, _volumes.RunAsync, _classes.RunAsync], cancellation);
}
