using Slipway.Api;
using Slipway.Api.Volumes;
using Slipway.Client;

namespace Slipway.Simulation;

/// <summary>Makes the volumes of claims whose pods the scheduler has placed on simulated nodes, and removes those that nobody claims any more.</summary>
internal sealed class ClaimKeeper : IReconciler
{
    private readonly Func<string, bool> _isSimulated;
    private readonly IApi _api;
    private readonly EventRecorder _events;
    private readonly Informer<SimulatedVolume> _volumes;
    private readonly InformerIndex<SimulatedClaim> _claims;

    private ClaimKeeper(ControllerHost host, Func<string, bool> isSimulated)
    {
        (_isSimulated, _api, _events) = (isSimulated, host.Api, host.Events("simulation"));
        _volumes = host.Informer(Kinds.Volumes);
        _claims = host.Informer(Kinds.Claims).AddIndex(static claim => [ClaimedVolume.NameFor(claim)]);
    }

    /// <summary>Adds it to a host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="isSimulated">Whether a node is simulated.</param>
    public static void Register(ControllerHost host, Func<string, bool> isSimulated) => host.Add("simulated-claims", new ClaimKeeper(host, isSimulated), workers: 16)
        .For(host.Informer(Kinds.Volumes))
        .Watches(host.Informer(Kinds.Claims), static change => [ObjectKey.ClusterScoped(ClaimedVolume.NameFor((change.New ?? change.Old)!))]);

    /// <inheritdoc/>
    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        var state = new ClaimedVolume(key.Name, _claims.Find(key.Name) is [var claim, ..] ? claim : null, _volumes.Get(key));
        switch (state.Next(_isSimulated))
        {
            case VolumeStep.Provide:
                await ProvideAsync(state, cancellation);
                break;
            case VolumeStep.Delete:
                await _api.DeleteAsync(Kinds.Volumes, null, key.Name, new() { Uid = state.Volume!.Metadata.Uid }, cancellation);
                break;
        }
        return Result.Done;
    }

    private async Task ProvideAsync(ClaimedVolume state, CancellationToken cancellation)
    {
        var spec = state.Claim!.Spec;
        if (LocalPath.Refusal(spec.VolumeMode, spec.Selector is not null, spec.DataSourceRef is not null) is { } refusal)
        {
            _events.Warning(state.Claim, "ProvisioningFailed", $"failed to provision volume with StorageClass \"{spec.StorageClassName}\": {refusal}");
            return;
        }
        if (await _api.GetAsync(Kinds.StorageClasses, null, spec.StorageClassName ?? "", cancellation) is not { } storageClass)
            return; // the claim's binder tells
        try
        {
            await _api.SendForBodyAsync(new("POST", Kinds.Volumes.CollectionPath(null)) { Body = state.Document(storageClass.ReclaimPolicy ?? "Delete") }, cancellation);
            _events.Normal(state.Claim, "ProvisioningSucceeded", $"Successfully provisioned volume {state.Name}, which is simulated");
        }
        catch (ApiException e) when (e is { Code: 409, Reason: "AlreadyExists" })
        {
            // The cache is behind.
        }
    }
}
