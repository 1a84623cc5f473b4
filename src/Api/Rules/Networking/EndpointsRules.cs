using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Networking;

/// <summary>Endpoints (core/v1).</summary>
internal sealed class EndpointsRules : KindRules
{
    public override void Default(JsonObject document)
    {
        foreach (var subset in document.Objects("subsets"))
            foreach (var port in subset.Objects("ports")) SetDefault(port, "protocol", "TCP");
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var i = 0;
        foreach (var subset in document.Objects("subsets"))
        {
            var at = $"subsets[{i++}]";
            if (subset.Array("addresses") is not { Count: > 0 } && subset.Array("notReadyAddresses") is not { Count: > 0 }) causes.Add(StatusCause.Required(at, "must specify `addresses` or `notReadyAddresses`"));
            foreach (var list in (ReadOnlySpan<string>)["addresses", "notReadyAddresses"])
            {
                var n = 0;
                foreach (var address in subset.Objects(list)) Address(address, $"{at}.{list}[{n++}]", causes);
            }
            var ports = subset.Array("ports");
            for (var n = 0; n < (ports?.Count ?? 0); n++)
                if (ports![n] is JsonObject port) Port(port, needsName: ports.Count > 1, $"{at}.ports[{n}]", causes);
        }
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        // What is there already was looked at when it was written.
        if (!JsonNode.DeepEquals(old["subsets"], updated["subsets"])) ValidateSpec(updated, causes);
    }

    private static void Address(JsonObject address, string path, List<StatusCause> causes)
    {
        var text = address.Text("ip") ?? "";
        if (AddressError(text) is { } error) causes.Add(StatusCause.Invalid($"{path}.ip", Quote(text), error));
        else EndpointAddressRules.Ordinary(text, $"{path}.ip", causes);
        Grammar(address, "hostname", Names.LabelError, path, causes);
        Grammar(address, "nodeName", Names.SubdomainError, path, causes);
    }

    private static void Port(JsonObject port, bool needsName, string path, List<StatusCause> causes)
    {
        if (needsName && string.IsNullOrEmpty(port.Text("name"))) causes.Add(StatusCause.Required($"{path}.name"));
        Grammar(port, "name", Names.LabelError, path, causes);
        var number = port.Integer("port") ?? 0;
        if (number is < 1 or > 65535) causes.Add(StatusCause.Invalid($"{path}.port", $"{number}", "must be between 1 and 65535, inclusive"));
        RequiredSupported(port, "protocol", ["SCTP", "TCP", "UDP"], path, causes);
        Grammar(port, "appProtocol", Names.QualifiedNameError, path, causes);
    }
}
