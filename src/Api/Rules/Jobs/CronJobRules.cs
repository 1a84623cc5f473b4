using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Jobs;

/// <summary>CronJob (batch/v1).</summary>
internal sealed class CronJobRules : KindRules
{
    public override bool HasStatus => true;

    protected override JsonObject NewStatus() => [];

    /// <summary>The jobs get the defaults of jobs only when they are made.</summary>
    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        SetDefault(spec, "concurrencyPolicy", "Allow");
        SetDefault(spec, "suspend", false);
        SetDefault(spec, "successfulJobsHistoryLimit", 3);
        SetDefault(spec, "failedJobsHistoryLimit", 1);
        PodTemplateRules.Default(spec.ObjectOrNew("jobTemplate").ObjectOrNew("spec").ObjectOrNew("template"));
    }
}
