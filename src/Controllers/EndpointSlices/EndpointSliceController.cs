using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Keeps the EndpointSlices of services that select pods
/// (<see href="https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/"/>).
/// </summary>
internal sealed class EndpointSliceController(EndpointSources sources, IApi api) : IReconciler
{
    /// <summary>Value of the label that tells this controller's slices.</summary>
    public const string Manager = "endpointslice-controller.k8s.io";

    private readonly TriggerTimes _triggers = new();

    public static void Register(ControllerHost host, EndpointSources sources) => host
        .Add("endpointslice", new EndpointSliceController(sources, host.Api), workers: 4)
        .For(sources.Services)
        .Watches(sources.Pods, sources.ServicesOf)
        .Watches(sources.Nodes, sources.ServicesOf)
        .Watches(sources.Slices, EndpointSources.ServicesOf(Manager));

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (sources.Services.Get(key) is not { Metadata.DeletionTimestamp: null } service)
        {
            _triggers.Forget(key);   // the garbage collector removes what it owned
            return Result.Done;
        }
        if (!service.SelectsPods) return Result.Done;
        var pods = sources.PodsOf(service);
        var plan = SlicePlan.For(Template(service), ServiceEndpoints.Of(service, pods, sources.ZoneOf), sources.SlicesOf(key, Manager), ServiceEndpoints.AddressTypes(service));
        await SliceWriter.WriteAsync(api, plan, _triggers.Next(key, service, pods), cancellation);
        return Result.Done;
    }

    /// <summary>What all slices of a service have in common.</summary>
    public static SliceTemplate Template(ServiceView service)
    {
        var labels = EndpointLabels.Inherited(service.Metadata.Labels);
        labels[EndpointSliceView.ServiceLabel] = service.Metadata.Name;
        labels[EndpointSliceView.ManagerLabel] = Manager;
        if (service.IsHeadless) labels[EndpointSliceView.HeadlessLabel] = "";
        var owner = new V1OwnerReference { ApiVersion = "v1", Kind = "Service", Name = service.Metadata.Name, Uid = service.Metadata.Uid, Controller = true, BlockOwnerDeletion = true };
        return new(service.Metadata.NamespaceProperty, service.Metadata.Name, labels, new Dictionary<string, string>(), owner);
    }
}
