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
}
