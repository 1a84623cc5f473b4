using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Workloads;

/// <summary>ReplicaSet (apps/v1).</summary>
internal sealed class ReplicaSetRules : KindRules
{
    public override bool HasStatus => true;

    protected override JsonObject NewStatus() => new() { ["replicas"] = 0 };

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        SetDefault(spec, "replicas", 1);
        PodTemplateRules.Default(spec.ObjectOrNew("template"));
    }
}
