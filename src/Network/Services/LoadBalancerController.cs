using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Network;

/// <summary>Gives services of type LoadBalancer the node's own address, at which <see cref="ServiceProxy"/> answers.</summary>
internal sealed class LoadBalancerController(Informer<ServiceView> services, string nodeAddress, IApi api) : IReconciler
{
    /// <summary>Adds the controller to a host.</summary>
    public static void Register(ControllerHost host, string nodeAddress)
    {
        var services = host.Informer(NetworkKinds.Services);
        host.Add("service-lb", new LoadBalancerController(services, nodeAddress, host.Api)).For(services);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (services.Get(key) is not { Metadata.DeletionTimestamp: null } service) return Result.Done;
        var addresses = (service.Status?.LoadBalancer?.Ingress ?? []).Select(ingress => ingress.Ip).ToList();
        var own = ServiceFrontends.IsOwnLoadBalancer(service);
        var wanted = own ? [nodeAddress] : service.Spec.Type == "LoadBalancer" ? addresses : new List<string?>();
        if (addresses.SequenceEqual(wanted)) return Result.Done;
        var ingress = wanted.Count == 0 ? null : new JsonArray([.. wanted.Select(address => (JsonNode)new JsonObject { ["ip"] = address, ["ipMode"] = "VIP" })]);
        await api.PatchStatusAsync(NetworkKinds.Services, key.Namespace, key.Name, new JsonObject { ["loadBalancer"] = new JsonObject { ["ingress"] = ingress } }, cancellation);
        return Result.Done;
    }
}
