using System.Text.Json.Nodes;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Cluster;

/// <summary>PriorityClass (scheduling.k8s.io/v1).</summary>
internal sealed class PriorityClassRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasGeneration => true;

    public override void Default(JsonObject document) => SetDefault(document, "preemptionPolicy", "PreemptLowerPriority");
}

/// <summary>RuntimeClass (node.k8s.io/v1).</summary>
internal sealed class RuntimeClassRules : KindRules
{
    public override bool IsNamespaced => false;
}
