using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Keeps an IPAddress for each cluster address of a service
/// (<see href="https://kubernetes.io/docs/reference/networking/virtual-ips/#ip-address-objects"/>). What is given to whom is decided by the services that there
/// are: these objects tell of it.
/// </summary>
internal sealed class ServiceAddresses(Informer<ServiceAddressView> addresses, Func<string, IReadOnlyCollection<ServiceView>> holders, IApi api) : IReconciler
{
    public static void Register(ControllerHost host)
    {
        var addresses = host.Informer(Kinds.ServiceAddresses);
        var services = host.Informer(Kinds.Services);
        var byAddress = services.AddIndex(Of);
        host.Add("service-addresses", new ServiceAddresses(addresses, address => [.. byAddress.Find(address)], host.Api))
            .For(addresses)
            .Watches(services, change => Of(change.Old).Union(Of(change.New)).Select(ObjectKey.ClusterScoped));
    }

    /// <summary>The cluster addresses of a service, in the form in which objects are named by them.</summary>
    public static IReadOnlyList<string> Of(ServiceView? service) =>
        [.. (service?.Spec.ClusterIPs ?? []).Where(text => IPAddress.TryParse(text, out _)).Select(text => IPAddress.Parse(text).ToString())];

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        var holder = holders(key.Name).FirstOrDefault();
        if (addresses.Get(key) is { } known)
        {
            // One whose service is another by now goes first; that it is gone brings the next.
            if (known.IsOfServices && (holder is null || !IsOf(known, holder)))
                await api.DeleteAsync(Kinds.ServiceAddresses, null, key.Name, new() { Uid = known.Metadata.Uid }, cancellation);
        }
        else if (holder is not null)
        {
            try
            {
                await api.CreateAsync(Kinds.ServiceAddresses, Document(key.Name, holder), cancellation);
            }
            catch (ApiException e) when (e is { Code: 409, Reason: "AlreadyExists" })
            {
                // The cache will have it soon.
            }
        }
        return Result.Done;
    }

    private static bool IsOf(ServiceAddressView address, ServiceView service) =>
        address.Spec.ParentRef is { Resource: "services" } parent && parent.Namespace == service.Metadata.NamespaceProperty && parent.Name == service.Metadata.Name;

    private static JsonObject Document(string address, ServiceView service) => new()
    {
        ["apiVersion"] = "networking.k8s.io/v1",
        ["kind"] = "IPAddress",
        ["metadata"] = new JsonObject
        {
            ["name"] = address,
            ["labels"] = new JsonObject
            {
                ["ipaddress.kubernetes.io/ip-family"] = IPAddress.Parse(address).AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4",
                [AddressManager.Label] = AddressManager.Services,
            },
        },
        ["spec"] = new JsonObject
        {
            ["parentRef"] = new JsonObject { ["resource"] = "services", ["namespace"] = service.Metadata.NamespaceProperty, ["name"] = service.Metadata.Name },
        },
    };
}
