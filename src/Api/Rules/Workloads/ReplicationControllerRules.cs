using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Workloads;

/// <summary>ReplicationController (core/v1).</summary>
internal sealed class ReplicationControllerRules : KindRules
{
    public override bool HasStatus => true;

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
}

/// <summary>PodTemplate (core/v1).</summary>
internal sealed class PodTemplateKindRules : KindRules
{
    public override bool HasGeneration => true;

    public override void Default(JsonObject document) => PodTemplateRules.Default(document.ObjectOrNew("template"));
}
