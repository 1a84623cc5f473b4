using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Slipway.ApiServer.Services;

/// <summary>The service <c>kubernetes</c>, by which pods find the API server: at the first address of the range.</summary>
internal static class KubernetesService
{
    /// <summary>Name of the service, and of the ServiceCIDR whose first address it has.</summary>
    public const string Name = "kubernetes";

    /// <summary>The objects to install, by the path of their collection; none when the server has no address to tell.</summary>
    public static IEnumerable<(string Collection, JsonObject Document)> Documents(ServiceOptions options)
    {
        yield return ("/apis/networking.k8s.io/v1/servicecidrs", new JsonObject
        {
            ["apiVersion"] = "networking.k8s.io/v1",
            ["kind"] = "ServiceCIDR",
            ["metadata"] = new JsonObject { ["name"] = Name },
            ["spec"] = new JsonObject { ["cidrs"] = new JsonArray([.. options.Addresses.Select(a => (JsonNode)a.ToString())]) },
        });
        if (options.Server is not { } server) yield break;
        var (address, port) = (server.Address.ToString(), server.Port);
        yield return ("/api/v1/namespaces/default/services", new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Service",
            ["metadata"] = Metadata(("component", "apiserver"), ("provider", Name)),
            ["spec"] = new JsonObject
            {
                ["type"] = "ClusterIP",
                ["clusterIP"] = options.KubernetesAddress.ToString(),
                ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["protocol"] = "TCP", ["port"] = 443, ["targetPort"] = port }),
                ["sessionAffinity"] = "None",
            },
        });
        yield return ("/api/v1/namespaces/default/endpoints", new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Endpoints",
            ["metadata"] = Metadata(("endpointslice.kubernetes.io/skip-mirror", "true")),
            ["subsets"] = new JsonArray(new JsonObject
            {
                ["addresses"] = new JsonArray(new JsonObject { ["ip"] = address }),
                ["ports"] = new JsonArray(Port(port)),
            }),
        });
        yield return ("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", new JsonObject
        {
            ["apiVersion"] = "discovery.k8s.io/v1",
            ["kind"] = "EndpointSlice",
            ["metadata"] = Metadata(("kubernetes.io/service-name", Name)),
            ["addressType"] = server.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4",
            ["endpoints"] = new JsonArray(new JsonObject
            {
                ["addresses"] = new JsonArray(address),
                ["conditions"] = new JsonObject { ["ready"] = true },
            }),
            ["ports"] = new JsonArray(Port(port)),
        });
    }

    private static JsonObject Port(int port) => new() { ["name"] = "https", ["port"] = port, ["protocol"] = "TCP" };

    private static JsonObject Metadata(params (string Name, string Value)[] labels) => new()
    {
        ["name"] = Name,
        ["namespace"] = "default",
        ["labels"] = new JsonObject(labels.Select(l => KeyValuePair.Create(l.Name, (JsonNode?)l.Value))),
    };
}
