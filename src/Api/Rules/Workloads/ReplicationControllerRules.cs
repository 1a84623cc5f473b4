using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Workloads;

/// <summary>ReplicationController (core/v1).</summary>
internal sealed class ReplicationControllerRules() : WorkloadRules("ReplicationController")
{
    protected override string[] StatusCounts => ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas"];

    protected override JsonObject NewStatus() => new() { ["replicas"] = 0 };

    /// <summary>Its selector and its labels follow from the template where they are not given.</summary>
    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        SetDefault(spec, "replicas", 1);
        if (spec.Object("template") is not { } template) return;
        PodTemplateRules.Default(template);
        if (template.Labels is not { Count: > 0 } labels) return;
        if (spec.Object("selector") is not { Count: > 0 }) spec["selector"] = labels.DeepClone();
        if (document.Labels is not { Count: > 0 }) document.Labels = (JsonObject)labels.DeepClone();
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        NotNegative(spec, ["minReadySeconds", "replicas"], "spec", causes);
        if (spec.Object("selector") is not { Count: > 0 } selector) causes.Add(StatusCause.Required("spec.selector"));
        else if (selector.Any(l => !JsonNode.DeepEquals(l.Value, spec.Object("template")?.Labels?[l.Key])))
            causes.Add(StatusCause.Invalid("spec.template.metadata.labels", (spec.Object("template")?.Labels ?? []).Shown(), "`selector` does not match template `labels`"));
        if (spec.Object("template") is { } template) PodTemplateRules.ValidateForService(template, "ReplicationController", "spec.template", causes);
        else causes.Add(StatusCause.Required("spec.template"));
    }
}

/// <summary>PodTemplate (core/v1).</summary>
internal sealed class PodTemplateKindRules : KindRules
{
    public override bool HasGeneration => true;

    public override void Default(JsonObject document) => PodTemplateRules.Default(document.ObjectOrNew("template"));

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes) => PodTemplateRules.Validate(document.Object("template") ?? [], "template", causes);

    public override IReadOnlyList<string> Warnings(JsonObject? old, JsonObject updated)
    {
        if (old is not null && JsonNode.DeepEquals(old["template"], updated["template"])) return [];
        var warnings = new List<string>();
        PodWarnings.ForTemplate(updated.Object("template") ?? [], "template", warnings);
        return warnings;
    }
}
