using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Workloads;

/// <summary>Deployment (apps/v1).</summary>
internal sealed class DeploymentRules : KindRules
{
    public override bool HasStatus => true;

    protected override JsonObject NewStatus() => [];

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        SetDefault(spec, "replicas", 1);
        var strategy = spec.ObjectOrNew("strategy");
        SetDefault(strategy, "type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            var rolling = strategy.ObjectOrNew("rollingUpdate");
            SetDefault(rolling, "maxUnavailable", "25%");
            SetDefault(rolling, "maxSurge", "25%");
        }
        SetDefault(spec, "revisionHistoryLimit", 10);
        SetDefault(spec, "progressDeadlineSeconds", 600);
        PodTemplateRules.Default(spec.ObjectOrNew("template"));
    }
}
