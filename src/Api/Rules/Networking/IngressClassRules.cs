using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Networking;

/// <summary>IngressClass (networking.k8s.io/v1).</summary>
internal sealed class IngressClassRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasGeneration => true;

    public override void Default(JsonObject document)
    {
        if (document.Object("spec")?.Object("parameters") is { } parameters) SetDefault(parameters, "scope", "Cluster");
    }
}
