using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using Slipway.Api.Rules.Storage;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Workloads;

/// <summary>StatefulSet (apps/v1).</summary>
internal sealed class StatefulSetRules : KindRules
{
    public override bool HasStatus => true;

    protected override JsonObject NewStatus() => new() { ["replicas"] = 0, ["availableReplicas"] = 0 };

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        SetDefault(spec, "podManagementPolicy", "OrderedReady");
        var strategy = spec.ObjectOrNew("updateStrategy");
        if (string.IsNullOrEmpty(strategy.Text("type")))
        {
            strategy["type"] = "RollingUpdate";
            strategy.ObjectOrNew("rollingUpdate");
        }
        if (strategy.Text("type") == "RollingUpdate" && strategy.Object("rollingUpdate") is { } rolling) SetDefault(rolling, "partition", 0);
        var retention = spec.ObjectOrNew("persistentVolumeClaimRetentionPolicy");
        SetDefault(retention, "whenDeleted", "Retain");
        SetDefault(retention, "whenScaled", "Retain");
        SetDefault(spec, "replicas", 1);
        SetDefault(spec, "revisionHistoryLimit", 10);
        PodTemplateRules.Default(spec.ObjectOrNew("template"));
        foreach (var claim in spec.Objects("volumeClaimTemplates"))
        {
            SetDefault(claim, "apiVersion", "v1");
            SetDefault(claim, "kind", "PersistentVolumeClaim");
            ClaimRules.DefaultSpec(claim.ObjectOrNew("spec"));
            SetDefault(claim.ObjectOrNew("status"), "phase", "Pending");
        }
    }
}

/// <summary>ControllerRevision (apps/v1).</summary>
internal sealed class ControllerRevisionRules : KindRules
{
    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        if (document["data"] is null) causes.Add(StatusCause.Required("data", "data is mandatory"));
        NotNegative(document, "revision", "", causes);
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        Immutable(old["data"], updated["data"], "data", causes);
    }
}
