using System.Text.Json.Nodes;

namespace Slipway.Api.Rules.Networking;

/// <summary>Ingress (networking.k8s.io/v1).</summary>
internal sealed class IngressRules : KindRules
{
    public override bool HasStatus => true;

    protected override JsonObject NewStatus() => new() { ["loadBalancer"] = new JsonObject() };
}
