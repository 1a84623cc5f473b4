using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Network;

/// <summary>The cluster's DNS: a server on the node's address behind the service <c>kube-dns</c>.</summary>
internal sealed class DnsRole(IApi api, ClusterNetwork network, ServiceDirectory services, TimeProvider clock, ILogger log)
{
    private const string Namespace = "kube-system", Name = "kube-dns";
    private const int Port = 53;
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>Adds the role to a host.</summary>
    public static void Register(ControllerHost host, InformerIndex<SliceView> slicesByService, ClusterNetwork network, string domain)
    {
        var directory = new ServiceDirectory(host.Informer(NetworkKinds.Services), host.Informer(NetworkKinds.Slices), slicesByService);
        var role = new DnsRole(host.Api, network, directory, host.Clock, host.Logs.CreateLogger<DnsRole>());
        host.AddLoop(cancellation => role.RunAsync(domain, cancellation));
    }

    /// <summary>Serves until cancelled.</summary>
    public async Task RunAsync(string domain, CancellationToken cancellation)
    {
        try
        {
            await services.Synced.WaitAsync(cancellation);
            var upstreams = new Upstreams("/etc/resolv.conf", new HashSet<IPAddress> { network.DnsAddress, network.NodeAddress }, clock);
            var zone = new ClusterZone(domain, network.DnsAddress, [network.Pods, network.Services], services);
            using var server = new DnsServer(network.NodeAddress, Port, zone, new DnsForwarder(() => upstreams.Servers, Port, clock), clock, log);
            if (server.EndPoint.Port != Port) log.LogWarning("Port {Port} of {Address} is taken; the cluster's DNS listens on port {Other}", Port, network.NodeAddress, server.EndPoint.Port);
            await Loops.RunAsync([server.RunAsync, end => TellAsync(server.EndPoint, end)], cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopped before services were known.
        }
    }

    /// <summary>The service and its endpoint, by the paths of their collections.</summary>
    internal static IEnumerable<(string Collection, JsonObject Document)> Documents(ClusterNetwork network, IPEndPoint server)
    {
        static JsonObject Metadata(params (string Name, string Value)[] labels) => new()
        {
            ["name"] = Name,
            ["namespace"] = Namespace,
            ["labels"] = new JsonObject([KeyValuePair.Create("k8s-app", (JsonNode?)Name), .. labels.Select(label => KeyValuePair.Create(label.Name, (JsonNode?)label.Value))]),
        };
        static JsonArray Ports(int port) => new(
            new JsonObject { ["name"] = "dns", ["port"] = port, ["protocol"] = "UDP" },
            new JsonObject { ["name"] = "dns-tcp", ["port"] = port, ["protocol"] = "TCP" });

        yield return ($"/api/v1/namespaces/{Namespace}/services", new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Service",
            ["metadata"] = Metadata(("kubernetes.io/name", "CoreDNS"), ("kubernetes.io/cluster-service", "true")),
            ["spec"] = new JsonObject { ["clusterIP"] = network.DnsAddress.ToString(), ["ports"] = Ports(Port) },
        });
        yield return ($"/apis/discovery.k8s.io/v1/namespaces/{Namespace}/endpointslices", new JsonObject
        {
            ["apiVersion"] = "discovery.k8s.io/v1",
            ["kind"] = "EndpointSlice",
            ["metadata"] = Metadata(("kubernetes.io/service-name", Name), ("endpointslice.kubernetes.io/managed-by", "network.slipway.dev")),
            ["addressType"] = "IPv4",
            ["endpoints"] = new JsonArray(new JsonObject { ["addresses"] = new JsonArray(server.Address.ToString()), ["conditions"] = new JsonObject { ["ready"] = true } }),
            ["ports"] = Ports(server.Port),
        });
    }

    private async Task TellAsync(IPEndPoint server, CancellationToken cancellation)
    {
        foreach (var (collection, document) in Documents(network, server))
        {
            while (true)
            {
                try
                {
                    await WriteAsync(collection, document, cancellation);
                    break;
                }
                catch (Exception e) when (e is ApiException or IOException)
                {
                    log.LogWarning("{Kind} {Name} was not written and is tried again: {Reason}", (string?)document["kind"], Name, e.Message);
                    await Task.Delay(Retry, clock, cancellation);
                }
            }
        }
    }

    private async Task WriteAsync(string collection, JsonObject document, CancellationToken cancellation)
    {
        var body = Encoding.UTF8.GetBytes(document.ToJsonString());
        try
        {
            await api.SendForBodyAsync(new("POST", collection) { Body = body }, cancellation);
        }
        catch (ApiException e) when (e is { Code: 409, Reason: "AlreadyExists" })
        {
            // What people have changed of the service stays; the endpoint is where the server is now.
            if (document["endpoints"] is null) return;
            var patch = new JsonObject { ["endpoints"] = document["endpoints"]!.DeepClone(), ["ports"] = document["ports"]!.DeepClone() };
            await api.SendForBodyAsync(new("PATCH", string.Create(CultureInfo.InvariantCulture, $"{collection}/{Name}")) { Body = Encoding.UTF8.GetBytes(patch.ToJsonString()), ContentType = MediaTypes.MergePatch }, cancellation);
        }
    }
}
