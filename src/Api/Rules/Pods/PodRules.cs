using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Pods;

/// <summary>Pod (core/v1).</summary>
internal sealed class PodRules : KindRules
{
    public override bool HasStatus => true;

    public override void Default(JsonObject document) => PodDefaults.ApplyToPod(document.ObjectOrNew("spec"));

    public override void PrepareCreate(JsonObject document)
    {
        base.PrepareCreate(document);
        document["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = PodQuality.ClassOf(document.ObjectOrNew("spec")) };
    }

    public override void PrepareStatusUpdate(JsonObject old, JsonObject updated)
    {
        base.PrepareStatusUpdate(old, updated);
        // The class follows from the specification; whoever leaves it out does not mean to remove it.
        if (old.Object("status")?.Text("qosClass") is { } quality) updated.ObjectOrNew("status")["qosClass"] = quality;
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        PodSpecRules.Validate(spec, "spec", causes);
        if (spec.Array("ephemeralContainers") is { Count: > 0 }) causes.Add(StatusCause.Forbidden("spec.ephemeralContainers", "cannot be set on create"));
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        PodSpecRules.Validate(updated.Object("spec") ?? [], "spec", causes);
        PodUpdateRules.Validate(old, updated, causes);
    }
}
