using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Workloads;

/// <summary>HorizontalPodAutoscaler (autoscaling/v1 and v2).</summary>
internal sealed class AutoscalerRules : KindRules
{
    private const int PeriodSeconds = 15;

    public override bool HasStatus => true;

    protected override JsonObject NewStatus() => new() { ["desiredReplicas"] = 0 };

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        SetDefault(spec, "minReplicas", 1);
        if (document.ApiVersion == "autoscaling/v1") return;
        if (spec.Array("metrics") is not { Count: > 0 })
        {
            spec["metrics"] = new JsonArray(new JsonObject
            {
                ["type"] = "Resource",
                ["resource"] = new JsonObject { ["name"] = "cpu", ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = 80 } },
            });
        }
        if (spec.Object("behavior") is not { } behavior) return;
        var up = behavior.ObjectOrNew("scaleUp");
        SetDefault(up, "stabilizationWindowSeconds", 0);
        SetDefault(up, "selectPolicy", "Max");
        if (up["policies"] is null) up["policies"] = new JsonArray(Policy("Pods", 4), Policy("Percent", 100));
        var down = behavior.ObjectOrNew("scaleDown");
        SetDefault(down, "selectPolicy", "Max");
        if (down["policies"] is null) down["policies"] = new JsonArray(Policy("Percent", 100));
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes) => AutoscalerValidation.Validate(document.Object("spec") ?? [], 1, causes);

    /// <summary>Zero as the least, where scaling to zero was once allowed, stays.</summary>
    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes) =>
        AutoscalerValidation.Validate(updated.Object("spec") ?? [], old.Object("spec")?.Integer("minReplicas") == 0 ? 0 : 1, causes);

    public override IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated)
    {
        var causes = new List<StatusCause>(base.ValidateStatusUpdate(old, updated));
        NotNegative(updated.Object("status") ?? [], ["currentReplicas", "desiredReplicas"], "status", causes);
        return causes;
    }

    private static JsonObject Policy(string type, int value) => new() { ["type"] = type, ["value"] = value, ["periodSeconds"] = PeriodSeconds };
}
