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

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes) => ServiceValidation.Validate(document, causes);

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ServiceUpdateRules.Validate(old.Object("spec") ?? [], updated.Object("spec") ?? [], causes);
        ServiceValidation.Validate(updated, causes);
    }

    public override IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated)
    {
        var causes = new List<StatusCause>(base.ValidateStatusUpdate(old, updated));
        if (updated.Object("spec")?.Text("type") != "LoadBalancer" && updated.Object("status")?.Object("loadBalancer")?.Array("ingress") is { Count: > 0 })
            causes.Add(StatusCause.Forbidden("status.loadBalancer.ingress", "may only be used when `spec.type` is 'LoadBalancer'"));
        else LoadBalancerRules.Status(updated, hasMode: true, causes);
        return causes;
    }

    public override IReadOnlyList<string> Warnings(JsonObject? old, JsonObject updated) => ServiceWarnings.Of(updated);
}
