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
/// which the API server knows what answers for the ledger and for admission.
/// </summary>
internal static class OperatorPresence
{
    /// <summary>Name of the APIService of the ledger.</summary>
    public const string LedgerService = $"{LedgerApi.Version}.{LedgerApi.Group}";

    /// <summary>Name of the port of the Service.</summary>
    public const string PortName = "https";

    private const string AdmissionGroup = "/apis/admissionregistration.k8s.io/v1";
    private const string LedgerPath = $"/apis/apiregistration.k8s.io/v1/apiservices/{LedgerService}";

    /// <summary>Announces an operator.</summary>
    /// <exception cref="ApiException">The EndpointSlice may not be written.</exception>
    public static async Task AnnounceAsync(IApi api, OperatorOptions options, string authority, ILogger log, CancellationToken cancellation)
    {
        await ApplyAsync($"/apis/discovery.k8s.io/v1/namespaces/{options.Namespace}/endpointslices/{OperatorOptions.Name}", Slice(options));

        // Without these flows run all the same; who asks for their records does not get them, what is wrong with a flow is told when it runs, and who starts a run says so.
        var bundle = Convert.ToBase64String(Encoding.UTF8.GetBytes(authority));
        await TryAsync("the ledger", async () => await api.SendForBodyAsync(
            new("PATCH", LedgerPath) { Body = Bytes(new() { ["spec"] = new JsonObject { ["caBundle"] = bundle } }), ContentType = MediaTypes.MergePatch }, cancellation));
        await TryAsync("admission", () => ApplyAsync($"{AdmissionGroup}/validatingwebhookconfigurations/{OperatorOptions.Name}", Trust("ValidatingWebhookConfiguration", KindAdmission.Webhook, bundle)));
        await TryAsync("who starts runs", () => ApplyAsync($"{AdmissionGroup}/mutatingwebhookconfigurations/{OperatorOptions.Name}", Trust("MutatingWebhookConfiguration", KindAdmission.AuthorsWebhook, bundle)));

        async Task ApplyAsync(string path, JsonObject document) => await api.SendForBodyAsync(
            new("PATCH", $"{path}?fieldManager={OperatorOptions.Name}&force=true") { Body = Bytes(document), ContentType = MediaTypes.ApplyPatch }, cancellation);

        async Task TryAsync(string what, Func<Task> act)
        {
            try
            {
                await act();
            }
            catch (ApiException e)
            {
                log.LogWarning("The API server is not led to {What}: {Reason}; \"slipway install\" gives the rights that it needs", what, e.Message);
            }
        }
    }

    // Applied, not patched: the rest of the webhook is the installation's.
    private static JsonObject Trust(string kind, string webhook, string bundle) => new()
    {
        ["apiVersion"] = "admissionregistration.k8s.io/v1",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = OperatorOptions.Name },
        ["webhooks"] = new JsonArray(new JsonObject { ["name"] = webhook, ["clientConfig"] = new JsonObject { ["caBundle"] = bundle } }),
    };

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
