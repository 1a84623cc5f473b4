using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Cluster;

/// <summary>Node (core/v1).</summary>
internal sealed class NodeRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    public override void Default(JsonObject document)
    {
        if (document.Object("status") is { } status && status["allocatable"] is null && status["capacity"] is { } capacity) status["allocatable"] = capacity.DeepClone();
    }

    /// <summary>A node's agent registers it with its status.</summary>
    public override void PrepareCreate(JsonObject document)
    {
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        var seen = new HashSet<(string?, string?)>();
        var i = 0;
        foreach (var taint in spec.Objects("taints"))
        {
            var at = $"spec.taints[{i++}]";
            if (Required(taint, "key", at, causes)) Grammar(taint, "key", Names.QualifiedNameError, at, causes);
            Grammar(taint, "value", Names.LabelValueError, at, causes);
            Required(taint, "effect", at, causes);
            if (!seen.Add((taint.Text("key"), taint.Text("effect")))) causes.Add(new("FieldValueDuplicate", at, $"Duplicate value: {taint.Shown()}: taints must be unique by key and effect pair"));
        }
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        var (before, after) = (old.Object("spec") ?? [], updated.Object("spec") ?? []);
        if (before.Array("podCIDRs") is { Count: > 0 } && !JsonNode.DeepEquals(before["podCIDRs"], after["podCIDRs"]))
            causes.Add(StatusCause.Forbidden("spec.podCIDRs", "node updates may not change podCIDR except from \"\" to valid"));
        if (before.Text("providerID") is { Length: > 0 } provider && after.Text("providerID") != provider)
            causes.Add(StatusCause.Forbidden("spec.providerID", "node updates may not change providerID except from \"\" to valid"));
    }

    public override IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated)
    {
        var causes = new List<StatusCause>(base.ValidateStatusUpdate(old, updated));
        foreach (var name in new[] { "capacity", "allocatable" })
        {
            foreach (var (resource, value) in updated.Object("status")?.Object(name) ?? [])
                if (Quantity.TryParse(value.AsText(), out var amount) && amount.Sign < 0) causes.Add(StatusCause.Invalid($"status.{name}[{resource}]", value.Shown(), "must be greater than or equal to 0"));
        }
        return causes;
    }
}
