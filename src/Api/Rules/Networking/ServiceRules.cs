using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Networking;

/// <summary>Service (core/v1).</summary>
internal sealed class ServiceRules : KindRules
{
    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    protected override JsonObject NewStatus() => new() { ["loadBalancer"] = new JsonObject() };

    protected override string? NameError(string name) => Names.Dns1035Error(name);

    public override void Default(JsonObject document) => ServiceDefaults.Apply(document);

    public override void PrepareCreate(JsonObject document)
    {
        base.PrepareCreate(document);
        ServiceDefaults.ApplyFamilies(document.ObjectOrNew("spec"));
    }

    public override void PrepareUpdate(JsonObject old, JsonObject updated)
    {
        base.PrepareUpdate(old, updated);
        var (before, after) = (old.ObjectOrNew("spec"), updated.ObjectOrNew("spec"));
        ServiceAllocations.Carry(before, after);
        ServiceAllocations.Drop(before, after);
        ServiceDefaults.ApplyFamilies(after);
    }
}
