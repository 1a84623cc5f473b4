using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Networking;

/// <summary>EndpointSlice (discovery.k8s.io/v1).</summary>
internal sealed class EndpointSliceRules : KindRules
{
    private const int MaxEndpoints = 1000;
    private const int MaxPorts = 20_000;
    private const int MaxAddresses = 100;
    private const int MaxZoneHints = 8;

    public override bool HasGeneration => true;

    public override void Default(JsonObject document)
    {
        foreach (var port in document.Objects("ports"))
        {
            if (port["name"] is null) port["name"] = "";
            SetDefault(port, "protocol", "TCP");
        }
    }

    /// <summary>The old form of topology, which only v1beta1 could write.</summary>
    public override void PrepareCreate(JsonObject document)
    {
        base.PrepareCreate(document);
        foreach (var endpoint in document.Objects("endpoints")) endpoint.Remove("deprecatedTopology");
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        RequiredSupported(document, "addressType", ["FQDN", "IPv4", "IPv6"], "", causes);
        AtMost(document.Array("endpoints"), MaxEndpoints, "endpoints", causes);
        AtMost(document.Array("ports"), MaxPorts, "ports", causes);
        var i = 0;
        foreach (var endpoint in document.Objects("endpoints")) Endpoint(endpoint, document.Text("addressType") ?? "", $"endpoints[{i++}]", causes);
        var names = new HashSet<string>(StringComparer.Ordinal);
        i = 0;
        foreach (var port in document.Objects("ports"))
        {
            var at = $"ports[{i++}]";
            Grammar(port, "name", Names.LabelError, at, causes);
            if (!names.Add(port.Text("name") ?? "")) causes.Add(StatusCause.Duplicate($"{at}.name", Quote(port.Text("name") ?? "")));
            RequiredSupported(port, "protocol", ["SCTP", "TCP", "UDP"], at, causes);
            Between(port, "port", 1, 65535, at, causes);
            Grammar(port, "appProtocol", Names.QualifiedNameError, at, causes);
        }
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        Immutable(old["addressType"], updated["addressType"], "addressType", causes);
    }

    private static void Endpoint(JsonObject endpoint, string type, string path, List<StatusCause> causes)
    {
        var addresses = endpoint.Array("addresses");
        if (addresses is not { Count: > 0 }) causes.Add(StatusCause.Required($"{path}.addresses", "must contain at least 1 address"));
        AtMost(addresses, MaxAddresses, $"{path}.addresses", causes);
        for (var i = 0; i < (addresses?.Count ?? 0); i++)
        {
            var (text, at) = (addresses![i].AsText() ?? "", $"{path}.addresses[{i}]");
            switch (type)
            {
                case "IPv4" or "IPv6":
                    var address = ParseAddress(text);
                    if (address is null || text.Contains(':') != (type == "IPv6")) causes.Add(StatusCause.Invalid(at, Quote(text), $"must be an {type} address"));
                    else EndpointAddressRules.Ordinary(text, at, causes);
                    break;
                case "FQDN":
                    if (Names.SubdomainError(text.TrimEnd('.')) is { } error) causes.Add(StatusCause.Invalid(at, Quote(text), error));
                    break;
            }
        }
        Grammar(endpoint, "nodeName", Names.SubdomainError, path, causes);
        Grammar(endpoint, "hostname", Names.LabelError, path, causes);
        var zones = endpoint.Object("hints")?.Array("forZones");
        AtMost(zones, MaxZoneHints, $"{path}.hints.forZones", causes);
        for (var i = 0; i < (zones?.Count ?? 0); i++)
        {
            var zone = (zones![i] as JsonObject)?.Text("name") ?? "";
            if (zone.Length == 0 || Names.LabelValueError(zone) is not null) causes.Add(StatusCause.Invalid($"{path}.hints.forZones[{i}].name", Quote(zone), Names.LabelValueError(zone) ?? "must not be empty"));
        }
    }

    /// <summary>Labels say which service a slice belongs to, so they count as desired.</summary>
    public override void PrepareUpdate(JsonObject old, JsonObject updated)
    {
        base.PrepareUpdate(old, updated);
        if (updated.Generation == old.Generation && !JsonNode.DeepEquals(old.Labels ?? [], updated.Labels ?? [])) updated.Generation = old.Generation + 1;
        if (JsonNode.DeepEquals(old["endpoints"], updated["endpoints"])) return;
        foreach (var endpoint in updated.Objects("endpoints")) endpoint.Remove("deprecatedTopology");
    }
}
