using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;
using Slipway.Flows;

namespace Slipway.Host.Operator;

/// <summary>
/// Leads the cluster to the operator that leads: its address becomes the only endpoint of the Service, wherever it runs, and its authority the one by
/// which the API server knows what answers for the ledger.
/// </summary>
internal static class OperatorPresence
{
    /// <summary>Name of the APIService of the ledger.</summary>
    public const string LedgerService = $"{LedgerApi.Version}.{LedgerApi.Group}";

    /// <summary>Name of the port of the Service.</summary>
    public const string PortName = "https";

    private const string LedgerPath = $"/apis/apiregistration.k8s.io/v1/apiservices/{LedgerService}";

    /// <summary>Announces an operator.</summary>
    /// <exception cref="ApiException">The EndpointSlice may not be written.</exception>
    public static async Task AnnounceAsync(IApi api, OperatorOptions options, string authority, ILogger log, CancellationToken cancellation)
    {
        var path = $"/apis/discovery.k8s.io/v1/namespaces/{options.Namespace}/endpointslices/{OperatorOptions.Name}?fieldManager={OperatorOptions.Name}&force=true";
        await api.SendForBodyAsync(new("PATCH", path) { Body = Bytes(Slice(options)), ContentType = MediaTypes.ApplyPatch }, cancellation);

        var trust = new JsonObject { ["spec"] = new JsonObject { ["caBundle"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(authority)) } };
        try
        {
            await api.SendForBodyAsync(new("PATCH", LedgerPath) { Body = Bytes(trust), ContentType = MediaTypes.MergePatch }, cancellation);
        }
        catch (ApiException e)
        {
            // Without it flows run all the same; who asks for their records does not get them.
            log.LogWarning("The API server is not led to the ledger: {Reason}", e.Message);
        }
    }

    /// <summary>The endpoints of the operator's Service.</summary>
    internal static JsonObject Slice(OperatorOptions options) => new()
    {
        ["apiVersion"] = "discovery.k8s.io/v1",
        ["kind"] = "EndpointSlice",
        ["metadata"] = new JsonObject
        {
            ["name"] = OperatorOptions.Name,
            ["namespace"] = options.Namespace,
            ["labels"] = new JsonObject { ["kubernetes.io/service-name"] = OperatorOptions.Name, ["endpointslice.kubernetes.io/managed-by"] = OperatorOptions.Name },
        },
        ["addressType"] = options.Advertise.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4",
        ["endpoints"] = new JsonArray(new JsonObject { ["addresses"] = new JsonArray($"{options.Advertise.Address}"), ["conditions"] = new JsonObject { ["ready"] = true } }),
        ["ports"] = new JsonArray(new JsonObject { ["name"] = PortName, ["port"] = options.Advertise.Port, ["protocol"] = "TCP" }),
    };

    private static byte[] Bytes(JsonObject document) => Encoding.UTF8.GetBytes(document.ToJsonString());
}
