using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Workloads;

/// <summary>ReplicaSet (apps/v1).</summary>
internal sealed class ReplicaSetRules() : WorkloadRules("ReplicaSet")
{
    protected override string[] StatusCounts => ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas"];

    protected override JsonObject NewStatus() => new() { ["replicas"] = 0 };

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        SetDefault(spec, "replicas", 1);
        PodTemplateRules.Default(spec.ObjectOrNew("template"));
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        NotNegative(spec, ["replicas", "minReadySeconds"], "spec", causes);
        SelectorAndTemplate(spec, causes);
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        Immutable(old.Object("spec")?["selector"], updated.Object("spec")?["selector"], "spec.selector", causes);
    }
}
