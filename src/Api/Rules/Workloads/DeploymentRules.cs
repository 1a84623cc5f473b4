using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Workloads;

/// <summary>Deployment (apps/v1).</summary>
internal sealed class DeploymentRules() : WorkloadRules("Deployment")
{
    protected override string[] StatusCounts => ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"];

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

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        NotNegative(spec, "replicas", "spec", causes);
        SelectorAndTemplate(spec, causes);
        Strategy(spec.Object("strategy") ?? [], causes);
        NotNegative(spec, ["minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"], "spec", causes);
        if (spec.Integer("progressDeadlineSeconds") is { } deadline && deadline <= (spec.Integer("minReadySeconds") ?? 0))
            causes.Add(StatusCause.Invalid("spec.progressDeadlineSeconds", $"{deadline}", "must be greater than minReadySeconds"));
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        Immutable(old.Object("spec")?["selector"], updated.Object("spec")?["selector"], "spec.selector", causes);
    }

    private static void Strategy(JsonObject strategy, List<StatusCause> causes)
    {
        const string path = "spec.strategy";
        var rolling = strategy.Object("rollingUpdate");
        switch (strategy.Text("type"))
        {
            case "Recreate":
                if (rolling is not null) causes.Add(StatusCause.Forbidden($"{path}.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'"));
                break;
            case "RollingUpdate":
                if (rolling is null)
                {
                    causes.Add(StatusCause.Required($"{path}.rollingUpdate", "this should be defaulted and never be nil"));
                    break;
                }
                var (unavailable, surge) = (rolling["maxUnavailable"], rolling["maxSurge"]);
                NumberOrPercent.NotNegative(unavailable, $"{path}.rollingUpdate.maxUnavailable", causes);
                NumberOrPercent.NotNegative(surge, $"{path}.rollingUpdate.maxSurge", causes);
                if (NumberOrPercent.ValueOf(unavailable) == 0 && NumberOrPercent.ValueOf(surge) == 0)
                    causes.Add(StatusCause.Invalid($"{path}.rollingUpdate.maxUnavailable", unavailable.Shown(), "may not be 0 when `maxSurge` is 0"));
                NumberOrPercent.NotAboveAll(unavailable, $"{path}.rollingUpdate.maxUnavailable", causes);
                break;
            case var other:
                causes.Add(StatusCause.NotSupported(path, Quote(other ?? ""), ["Recreate", "RollingUpdate"]));
                break;
        }
    }
}
