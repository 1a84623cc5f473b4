using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Cluster;

/// <summary>Namespace (core/v1).</summary>
internal sealed class NamespaceRules : KindRules
{
    private const string NameLabel = "kubernetes.io/metadata.name";
    private const string Finalizer = "kubernetes";

    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    public override void Default(JsonObject document)
    {
        if (document.Name.Length > 0) (document.Labels ?? (document.Labels = []))[NameLabel] = document.Name;
    }

    public override void PrepareCreate(JsonObject document)
    {
        // With a generated name, the label could not be set before.
        Default(document);
        document["status"] = new JsonObject { ["phase"] = "Active" };
        var finalizers = document.ObjectOrNew("spec").Array("finalizers") ?? [];
        document.ObjectOrNew("spec")["finalizers"] = finalizers.Any(f => f.AsText() == Finalizer) ? finalizers.DeepClone() : new JsonArray([.. finalizers.Select(f => f?.DeepClone()), Finalizer]);
    }

    /// <summary>Only the finalize subresource removes what holds a namespace back.</summary>
    public override void PrepareUpdate(JsonObject old, JsonObject updated)
    {
        base.PrepareUpdate(old, updated);
        Restore(updated, old, "spec");
    }

    public override IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated)
    {
        var causes = new List<StatusCause>(base.ValidateStatusUpdate(old, updated));
        var phase = updated.Object("status")?.Text("phase") ?? "";
        if (updated.IsBeingDeleted ? phase != "Terminating" : phase != "Active")
            causes.Add(StatusCause.Invalid("status.Phase", Quote(phase), updated.IsBeingDeleted ? "may only be 'Terminating' if `deletionTimestamp` is not empty" : "may only be 'Active' if `deletionTimestamp` is empty"));
        return causes;
    }

    protected override string? NameError(string name) => Names.LabelError(name);

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        foreach (var finalizer in document.Object("spec")?.Array("finalizers") ?? [])
            if (MetadataRules.FinalizerError(finalizer.AsText() ?? "") is { } error) causes.Add(StatusCause.Invalid("spec.finalizers", finalizer.Shown(), error));
    }
}
