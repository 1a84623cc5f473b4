using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Workloads;

/// <summary>DaemonSet (apps/v1).</summary>
internal sealed class DaemonSetRules : KindRules
{
    // Counts the changes of the template, as a field did before apps/v1.
    private const string TemplateGeneration = "deprecated.daemonset.template.generation";

    public override bool HasStatus => true;

    protected override JsonObject NewStatus() => new()
    {
        ["currentNumberScheduled"] = 0,
        ["desiredNumberScheduled"] = 0,
        ["numberMisscheduled"] = 0,
        ["numberReady"] = 0,
    };

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        var strategy = spec.ObjectOrNew("updateStrategy");
        SetDefault(strategy, "type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            var rolling = strategy.ObjectOrNew("rollingUpdate");
            SetDefault(rolling, "maxUnavailable", 1);
            SetDefault(rolling, "maxSurge", 0);
        }
        SetDefault(spec, "revisionHistoryLimit", 10);
        PodTemplateRules.Default(spec.ObjectOrNew("template"));
    }

    public override void PrepareCreate(JsonObject document)
    {
        base.PrepareCreate(document);
        Annotate(document, 1);
    }

    public override void PrepareUpdate(JsonObject old, JsonObject updated)
    {
        base.PrepareUpdate(old, updated);
        var before = long.TryParse(old.Annotations?.Text(TemplateGeneration), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
        var isSame = JsonNode.DeepEquals(old.Object("spec")?["template"], updated.Object("spec")?["template"]);
        Annotate(updated, isSame ? before : before + 1);
    }

    private static void Annotate(JsonObject document, long count) =>
        (document.Annotations ?? (document.Annotations = []))[TemplateGeneration] = count.ToString(CultureInfo.InvariantCulture);
}
