using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Jobs;

/// <summary>Job (batch/v1).</summary>
internal sealed class JobRules : KindRules
{
    private const string ControllerUid = "batch.kubernetes.io/controller-uid";
    private const string JobName = "batch.kubernetes.io/job-name";

    // Clients of before 1.27 still look for the names without a prefix.
    private const string OldControllerUid = "controller-uid";
    private const string OldJobName = "job-name";

    public override bool HasStatus => true;

    protected override JsonObject NewStatus() => [];

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        if (spec["completions"] is null && spec["parallelism"] is null) spec["completions"] = 1;
        SetDefault(spec, "parallelism", 1);
        SetDefault(spec, "backoffLimit", spec["backoffLimitPerIndex"] is null ? 6 : int.MaxValue);
        SetDefault(spec, "completionMode", "NonIndexed");
        SetDefault(spec, "suspend", false);
        SetDefault(spec, "manualSelector", false);
        SetDefault(spec, "podReplacementPolicy", spec["podFailurePolicy"] is null ? "TerminatingOrFailed" : "Failed");
        foreach (var condition in spec.Object("podFailurePolicy")?.Objects("rules").SelectMany(r => r.Objects("onPodConditions")) ?? []) SetDefault(condition, "status", "True");
        var template = spec.ObjectOrNew("template");
        PodTemplateRules.Default(template);
        if (document.Labels is not { Count: > 0 } && template.Labels is { Count: > 0 } labels) document.Labels = (JsonObject)labels.DeepClone();
    }

    /// <summary>Generates the selector from the job's uid, unless the job brings its own.</summary>
    public override void PrepareCreate(JsonObject document)
    {
        base.PrepareCreate(document);
        var spec = document.ObjectOrNew("spec");
        if (spec.Boolean("manualSelector") == true) return;
        var template = spec.ObjectOrNew("template");
        var labels = template.Labels ?? (template.Labels = []);
        // What a user has set instead is left, and told of: copies of another job would take its pods.
        foreach (var (name, value) in Generated(document)) labels.TryAdd(name, value);
        spec.ObjectOrNew("selector").ObjectOrNew("matchLabels").TryAdd(ControllerUid, document.Uid);
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        JobSpecRules.Validate(spec, "spec", causes);
        Selector(document, spec, causes);
        // Pods of indexes are named, and found, by the job's name and the index.
        if (spec.Text("completionMode") != "Indexed" || spec.Integer("completions") is not (> 0 and var completions)) return;
        var host = $"{document.Name}-{completions - 1}";
        if (Names.LabelError(host) is not null) causes.Add(StatusCause.Invalid("metadata.name", Quote(document.Name), $"will not able to create pod with invalid DNS label: {host}"));
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        var (before, after) = (old.Object("spec") ?? [], updated.Object("spec") ?? []);
        foreach (var name in new[] { "selector", "completionMode", "podFailurePolicy", "successPolicy", "backoffLimitPerIndex", "maxFailedIndexes", "managedBy" }) Immutable(before[name], after[name], $"spec.{name}", causes);
        Completions(before, after, causes);
        // What a suspended job that never ran asks of nodes may still be set, as queues do.
        var was = (JsonObject)(before.Object("template") ?? []).DeepClone();
        var now = (JsonObject)(after.Object("template") ?? []).DeepClone();
        if (before.Boolean("suspend") == true && old.Object("status")?["startTime"] is null) CopyScheduling(now, was);
        Immutable(was, now, "spec.template", causes);
    }

    private static void Selector(JsonObject document, JsonObject spec, List<StatusCause> causes)
    {
        if (spec.Object("selector") is not { } selector)
        {
            causes.Add(StatusCause.Required("spec.selector"));
            return;
        }
        var labels = spec.Object("template")?.Labels;
        SelectorRules.Validate(selector, "spec.selector", causes);
        if (!SelectorRules.Matches(selector, labels)) causes.Add(StatusCause.Invalid("spec.template.metadata.labels", (labels ?? []).Shown(), "`selector` does not match template `labels`"));
        if (spec.Boolean("manualSelector") == true) return;
        foreach (var (name, value) in Generated(document))
        {
            if (labels?[name] is null) causes.Add(StatusCause.Required($"spec.template.metadata.labels[{name}]", $"must be '{value}'"));
            else if (labels.Text(name) != value) causes.Add(StatusCause.Invalid($"spec.template.metadata.labels[{name}]", labels.Shown(), $"must be '{value}'"));
        }
        var generated = selector.Object("matchLabels");
        var isGenerated = generated is { Count: 1 } && (generated.Text(ControllerUid) ?? generated.Text(OldControllerUid)) == document.Uid && selector.Array("matchExpressions") is not { Count: > 0 };
        if (!isGenerated) causes.Add(StatusCause.Invalid("spec.selector", selector.Shown(), "`selector` not auto-generated"));
    }

    public override IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated)
    {
        var causes = new List<StatusCause>(base.ValidateStatusUpdate(old, updated));
        JobStatusRules.Validate(old, updated, causes);
        return causes;
    }

    public override IReadOnlyList<string> Warnings(JsonObject? old, JsonObject updated)
    {
        if (old is not null && JsonNode.DeepEquals(old["spec"], updated["spec"])) return [];
        var warnings = new List<string>();
        PodWarnings.ForName(old, updated, warnings);
        PodWarnings.ForTemplate(updated.Object("spec")?.Object("template") ?? [], "spec.template", warnings);
        return warnings;
    }

    private static (string Name, string Value)[] Generated(JsonObject job) =>
        [(ControllerUid, job.Uid), (OldControllerUid, job.Uid), (JobName, job.Name), (OldJobName, job.Name)];

    // An indexed job may grow and shrink if completions and parallelism stay equal.
    private static void Completions(JsonObject before, JsonObject after, List<StatusCause> causes)
    {
        if (after.Text("completionMode") != "Indexed") Immutable(before["completions"], after["completions"], "spec.completions", causes);
        else if (before.Integer("completions") != after.Integer("completions") && after["completions"] is not null && after.Integer("completions") != after.Integer("parallelism"))
            causes.Add(StatusCause.Invalid("spec.completions", after["completions"].Shown(), "can only be modified in tandem with spec.parallelism"));
    }

    private static void CopyScheduling(JsonObject from, JsonObject to)
    {
        foreach (var name in new[] { "nodeSelector", "tolerations", "schedulingGates", "affinity" }) Restore(to.ObjectOrNew("spec"), from.ObjectOrNew("spec"), name);
        foreach (var name in new[] { "labels", "annotations" }) Restore(to.Metadata, from.Metadata, name);
    }
}
