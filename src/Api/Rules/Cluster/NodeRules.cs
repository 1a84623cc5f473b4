using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
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
        if (document.Object("spec") is { } spec) PodBlock(spec);
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
            SchedulingRules.Taint(taint, at, causes);
            if (!seen.Add((taint.Text("key"), taint.Text("effect")))) causes.Add(new("FieldValueDuplicate", at, $"Duplicate value: {taint.Shown()}: taints must be unique by key and effect pair"));
        }
        PodBlocks(spec.Array("podCIDRs"), causes);
    }

    // The one block of old and the first of the list are the same; where they differ, the one counts.
    private static void PodBlock(JsonObject spec)
    {
        var first = spec.Array("podCIDRs") is [var listed, ..] ? listed.AsText() : null;
        if (spec.Text("podCIDR") is not { Length: > 0 } one)
        {
            if (first is not null) spec["podCIDR"] = first;
        }
        else if (one != first)
        {
            spec["podCIDRs"] = new JsonArray(one);
        }
    }

    private static void PodBlocks(JsonArray? blocks, List<StatusCause> causes)
    {
        if (blocks is null) return;
        EachGrammar(blocks, BlockError, "spec.podCIDRs", causes);
        var isOnePerFamily = blocks.Count < 2 || (blocks.Count == 2 && IsIpv6(blocks[0]) != IsIpv6(blocks[1]));
        if (!isOnePerFamily) causes.Add(StatusCause.Invalid("spec.podCIDRs", blocks.Shown(), "may specify no more than one CIDR for each IP family"));

        static bool IsIpv6(JsonNode? block) => block.AsText()?.Contains(':') == true;
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
        var addresses = new HashSet<(string?, string?)>();
        var i = 0;
        foreach (var address in updated.Object("status")?.Objects("addresses") ?? [])
        {
            if (!addresses.Add((address.Text("type"), address.Text("address")))) causes.Add(StatusCause.Duplicate($"status.addresses[{i}]", address.Shown()));
            i++;
        }
        return causes;
    }
}
