using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Networking;

/// <summary>NetworkPolicy (networking.k8s.io/v1).</summary>
internal sealed class NetworkPolicyRules : KindRules
{
    public override bool HasGeneration => true;

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        foreach (var rule in spec.Objects("ingress").Concat(spec.Objects("egress")))
            foreach (var port in rule.Objects("ports")) SetDefault(port, "protocol", "TCP");
        if (spec.Array("policyTypes") is { Count: > 0 }) return;
        spec["policyTypes"] = spec.Array("egress") is { Count: > 0 } ? new JsonArray("Ingress", "Egress") : new JsonArray("Ingress");
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        SelectorRules.Validate(spec.Object("podSelector"), "spec.podSelector", causes);
        foreach (var (direction, peers) in new[] { ("ingress", "from"), ("egress", "to") })
        {
            var i = 0;
            foreach (var rule in spec.Objects(direction))
            {
                var at = $"spec.{direction}[{i++}]";
                var n = 0;
                foreach (var port in rule.Objects("ports")) Port(port, $"{at}.ports[{n++}]", causes);
                n = 0;
                foreach (var peer in rule.Objects(peers)) Peer(peer, $"{at}.{peers}[{n++}]", causes);
            }
        }
        if (spec.Array("policyTypes") is not { } types) return;
        if (types.Count > 2)
        {
            causes.Add(StatusCause.Invalid("spec.policyTypes", types.Shown(), "may not specify more than two policyTypes"));
            return;
        }
        for (var i = 0; i < types.Count; i++)
            if (types[i].AsText() is not ("Ingress" or "Egress")) causes.Add(StatusCause.NotSupported($"spec.policyTypes[{i}]", types[i].Shown(), ["Ingress", "Egress"]));
    }

    private static void Port(JsonObject port, string path, List<StatusCause> causes)
    {
        Supported(port, "protocol", ["TCP", "UDP", "SCTP"], path, causes);
        var end = port.Integer("endPort");
        if (port["port"] is not { } start)
        {
            if (end is not null) causes.Add(StatusCause.Invalid($"{path}.endPort", $"{end}", "may not be specified when `port` is not specified"));
            return;
        }
        PortNumberOrName(start, $"{path}.port", causes);
        if (end is null) return;
        if (start.AsInteger() is not { } number)
        {
            causes.Add(StatusCause.Invalid($"{path}.endPort", $"{end}", "may not be specified when `port` is non-numeric"));
            return;
        }
        if (end < number) causes.Add(StatusCause.Invalid($"{path}.endPort", $"{end}", "must be greater than or equal to `port`"));
        Between(port, "endPort", 1, 65535, path, causes);
    }

    private static void Peer(JsonObject peer, string path, List<StatusCause> causes)
    {
        var (pods, namespaces, block) = (peer.Object("podSelector"), peer.Object("namespaceSelector"), peer.Object("ipBlock"));
        SelectorRules.Validate(pods, $"{path}.podSelector", causes);
        SelectorRules.Validate(namespaces, $"{path}.namespaceSelector", causes);
        if (block is not null) Block(block, $"{path}.ipBlock", causes);
        if (pods is null && namespaces is null && block is null) causes.Add(StatusCause.Required(path, "must specify a peer"));
        if (block is not null && (pods is not null || namespaces is not null)) causes.Add(StatusCause.Forbidden(path, "may not specify both ipBlock and another peer"));
    }

    private static void Block(JsonObject block, string path, List<StatusCause> causes)
    {
        if (!Required(block, "cidr", path, causes)) return;
        Grammar(block, "cidr", BlockError, path, causes);
        if (ParseBlock(block.Text("cidr")!) is not { } whole) return;
        var except = block.Array("except");
        for (var i = 0; i < (except?.Count ?? 0); i++)
        {
            var text = except![i].AsText() ?? "";
            if (ParseBlock(text) is not { } part) causes.Add(StatusCause.Invalid($"{path}.except[{i}]", Quote(text), BlockError(text)!));
            else if (!whole.Contains(part.BaseAddress) || whole.PrefixLength >= part.PrefixLength) causes.Add(StatusCause.Invalid($"{path}.except[{i}]", Quote(text), "must be a strict subset of `cidr`"));
        }
    }
}
