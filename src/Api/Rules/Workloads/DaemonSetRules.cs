using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Workloads;

/// <summary>DaemonSet (apps/v1).</summary>
internal sealed class DaemonSetRules() : WorkloadRules("DaemonSet")
{
    // Counts the changes of the template, as a field did before apps/v1.
    private const string TemplateGeneration = "deprecated.daemonset.template.generation";

    protected override string[] StatusCounts =>
        ["currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable", "numberUnavailable"];

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

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        SelectorAndTemplate(spec, causes);
        NotNegative(spec, ["minReadySeconds", "revisionHistoryLimit"], "spec", causes);
        Strategy(spec.Object("updateStrategy") ?? [], causes);
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        Immutable(old.Object("spec")?["selector"], updated.Object("spec")?["selector"], "spec.selector", causes);
    }

    private static void Strategy(JsonObject strategy, List<StatusCause> causes)
    {
        const string path = "spec.updateStrategy";
        if (strategy.Text("type") == "OnDelete") return;
        if (strategy.Text("type") != "RollingUpdate")
        {
            causes.Add(StatusCause.NotSupported(path, Quote(strategy.Text("type") ?? ""), ["RollingUpdate", "OnDelete"]));
            return;
        }
        if (strategy.Object("rollingUpdate") is not { } rolling)
        {
            causes.Add(StatusCause.Required($"{path}.rollingUpdate"));
            return;
        }
        foreach (var name in (ReadOnlySpan<string>)["maxUnavailable", "maxSurge"])
        {
            NumberOrPercent.NotNegative(rolling[name], $"{path}.rollingUpdate.{name}", causes);
            NumberOrPercent.NotAboveAll(rolling[name], $"{path}.rollingUpdate.{name}", causes);
        }
        var (down, extra) = (NumberOrPercent.ValueOf(rolling["maxUnavailable"]) != 0, NumberOrPercent.ValueOf(rolling["maxSurge"]) != 0);
        if (down && extra) causes.Add(StatusCause.Invalid($"{path}.rollingUpdate.maxSurge", rolling["maxSurge"].Shown(), "may not be set when maxUnavailable is non-zero"));
        if (!down && !extra) causes.Add(StatusCause.Required($"{path}.rollingUpdate.maxUnavailable", "cannot be 0 when maxSurge is 0"));
    }

    private static void Annotate(JsonObject document, long count) =>
        (document.Annotations ?? (document.Annotations = []))[TemplateGeneration] = count.ToString(CultureInfo.InvariantCulture);
}
