using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Workloads;

/// <summary>What the kinds that keep pods of a template running have in common.</summary>
/// <param name="kind">The kind, as messages name it.</param>
internal abstract class WorkloadRules(string kind) : KindRules
{
    public override bool HasStatus => true;

    /// <summary>Counts of <c>status</c>, none of which may be negative or, those after the first, above the first.</summary>
    protected virtual string[] StatusCounts => [];

    public override IReadOnlyList<string> Warnings(JsonObject? old, JsonObject updated)
    {
        if (old is not null && JsonNode.DeepEquals(old["spec"], updated["spec"])) return [];
        var warnings = new List<string>();
        PodWarnings.ForName(old, updated, warnings);
        if (updated.Object("spec")?.Object("template") is { } template) PodWarnings.ForTemplate(template, "spec.template", warnings);
        return warnings;
    }

    public override IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated)
    {
        var causes = new List<StatusCause>(base.ValidateStatusUpdate(old, updated));
        var (before, after) = (old.Object("status") ?? [], updated.Object("status") ?? []);
        NotNegative(after, StatusCounts, "status", causes);
        NotNegative(after, ["observedGeneration", "collisionCount"], "status", causes);
        if (before.Integer("collisionCount") is { } collisions && (after.Integer("collisionCount") ?? -1) < collisions)
            causes.Add(StatusCause.Invalid("status.collisionCount", $"{after.Integer("collisionCount") ?? 0}", "cannot be decremented"));
        if (StatusCounts is not ["replicas", .. var parts]) return causes;
        foreach (var name in parts)
            if (name != "unavailableReplicas" && after.Integer(name) > (after.Integer("replicas") ?? 0)) causes.Add(StatusCause.Invalid($"status.{name}", after[name].Shown(), "cannot be greater than status.replicas"));
        if (after.Integer("availableReplicas") > (after.Integer("readyReplicas") ?? 0)) causes.Add(StatusCause.Invalid("status.availableReplicas", after["availableReplicas"].Shown(), "cannot be greater than readyReplicas"));
        return causes;
    }

    /// <summary>Adds what is wrong with the selector, the template, and how the one goes with the other.</summary>
    protected void SelectorAndTemplate(JsonObject spec, List<StatusCause> causes)
    {
        var selector = spec.Object("selector");
        var template = spec.Object("template") ?? [];
        if (selector is null)
        {
            causes.Add(StatusCause.Required("spec.selector"));
        }
        else
        {
            SelectorRules.Validate(selector, "spec.selector", causes);
            if (SelectorRules.IsEmpty(selector)) causes.Add(StatusCause.Invalid("spec.selector", selector.Shown(), $"empty selector is invalid for {kind.ToLowerInvariant()}"));
            else if (!SelectorRules.Matches(selector, template.Labels)) causes.Add(StatusCause.Invalid("spec.template.metadata.labels", (template.Labels ?? []).Shown(), "`selector` does not match template `labels`"));
        }
        PodTemplateRules.ValidateForService(template, kind, "spec.template", causes);
    }
}
