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
        var spec = document.ObjectOrNew("spec");
        var status = new JsonObject { ["phase"] = "Pending", ["qosClass"] = PodQuality.ClassOf(spec) };
        if (spec.Array("schedulingGates") is { Count: > 0 }) status["conditions"] = new JsonArray(Gated(document));
        document["status"] = status;
        LabelKeys.Merge(document);
    }

    // Nothing of a pod follows from its name, and label keys are to be merged once.
    public override void PrepareRenamed(JsonObject document)
    {
    }

    // No scheduler looks at a pod behind gates, so that nobody else would say why it waits.
    private static JsonObject Gated(JsonObject pod) => new()
    {
        ["type"] = "PodScheduled",
        ["status"] = "False",
        ["reason"] = "SchedulingGated",
        ["message"] = "Scheduling is blocked due to non-empty scheduling gates",
        ["lastProbeTime"] = null,
        ["lastTransitionTime"] = pod.Metadata["creationTimestamp"]?.DeepClone(),
    };

    public override void PrepareStatusUpdate(JsonObject old, JsonObject updated)
    {
        base.PrepareStatusUpdate(old, updated);
        // The class follows from the specification; whoever leaves it out does not mean to remove it.
        if (old.Object("status")?.Text("qosClass") is { } quality) updated.ObjectOrNew("status")["qosClass"] = quality;
    }

    public override IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated)
    {
        var causes = new List<StatusCause>(base.ValidateStatusUpdate(old, updated));
        PodStatusRules.Validate(old, updated, causes);
        return causes;
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        ValidatePod(document, spec, causes);
        if (spec.Array("ephemeralContainers") is { Count: > 0 }) causes.Add(StatusCause.Forbidden("spec.ephemeralContainers", "cannot be set on create"));
        if (spec.Array("schedulingGates") is { Count: > 0 } && !string.IsNullOrEmpty(spec.Text("nodeName")))
            causes.Add(StatusCause.Forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared"));
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        var spec = updated.Object("spec") ?? [];
        // Most updates change metadata alone: what was valid is still.
        var isSame = JsonNode.DeepEquals(old["spec"], updated["spec"]);
        if (!isSame) ValidatePod(updated, spec, causes);
        else PodAnnotationRules.Validate(updated.Annotations, spec, "metadata.annotations", causes);
        PodAnnotationRules.ValidateUpdate(old.Annotations, updated.Annotations, "metadata.annotations", causes);
        if (!isSame) PodUpdateRules.Validate(old, updated, causes);
    }

    public override IReadOnlyList<string> Warnings(JsonObject? old, JsonObject updated) => PodWarnings.ForPod(old, updated);

    /// <summary>Adds what is wrong with a pod, new or changed.</summary>
    internal static void ValidatePod(JsonObject document, JsonObject spec, List<StatusCause> causes)
    {
        PodAnnotationRules.Validate(document.Annotations, spec, "metadata.annotations", causes);
        PodSpecRules.Validate(spec, isPod: true, document.Name, "spec", causes);
        if (!string.IsNullOrEmpty(spec.Text("serviceAccountName"))) return;
        var i = 0;
        foreach (var volume in spec.Objects("volumes"))
        {
            var n = 0;
            foreach (var source in volume.Object("projected")?.Objects("sources") ?? [])
            {
                if (source["serviceAccountToken"] is not null) causes.Add(StatusCause.Forbidden($"spec.volumes[{i}].projected.sources[{n}].serviceAccountToken", "must not be specified when serviceAccountName is not set"));
                n++;
            }
            i++;
        }
    }
}
