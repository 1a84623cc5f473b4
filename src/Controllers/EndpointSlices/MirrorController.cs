using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Mirrors Endpoints that people write for services without a selector into EndpointSlices
/// (<see href="https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#endpointslice-mirroring"/>).
/// </summary>
internal sealed class MirrorController(EndpointSources sources, Informer<EndpointsView> endpoints, IApi api) : IReconciler
{
    public static void Register(ControllerHost host, EndpointSources sources)
    {
        var endpoints = host.Informer(Kinds.Endpoints);
        host.Add("endpointslicemirroring", new MirrorController(sources, endpoints, host.Api), workers: 2)
            .For(endpoints)
            .Watches(sources.Services, change => [change.Key])
            .Watches(sources.Slices, EndpointSources.ServicesOf(MirrorPlan.Manager));
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        var existing = sources.SlicesOf(key, MirrorPlan.Manager);
        var plan = endpoints.Get(key) is { } custom && MirrorPlan.IsMirrored(custom, sources.Services.Get(key))
            ? SlicePlan.For(MirrorPlan.Template(custom), MirrorPlan.Groups(custom), existing, [])
            : new([], [], existing);
        var trigger = endpoints.Get(key)?.Metadata.Annotations is { } annotations && annotations.TryGetValue(EndpointSliceView.TriggerAnnotation, out var told) ? told : null;
        await SliceWriter.WriteAsync(api, plan, trigger, cancellation);
        return Result.Done;
    }
}
