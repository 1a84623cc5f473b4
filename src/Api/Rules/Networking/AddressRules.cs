using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Networking;

/// <summary>IPAddress (networking.k8s.io/v1): its name is the address.</summary>
internal sealed class AddressRules : KindRules
{
    public override bool IsNamespaced => false;

    protected override string? NameError(string name) => AddressError(name);

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        if (document.Object("spec")?.Object("parentRef") is not { } parent)
        {
            causes.Add(StatusCause.Required("spec.parentRef"));
            return;
        }
        Grammar(parent, "group", Names.SubdomainError, "spec.parentRef", causes);
        RequiredGrammar(parent, "resource", Names.PathSegmentError, "spec.parentRef", causes);
        RequiredGrammar(parent, "name", Names.PathSegmentError, "spec.parentRef", causes);
        Grammar(parent, "namespace", Names.PathSegmentError, "spec.parentRef", causes);
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes) =>
        Immutable(old.Object("spec")?["parentRef"], updated.Object("spec")?["parentRef"], "spec.parentRef", causes);
}

/// <summary>ServiceCIDR (networking.k8s.io/v1).</summary>
internal sealed class ServiceRangeRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    protected override JsonObject NewStatus() => [];

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var ranges = document.Object("spec")?.Array("cidrs");
        if (ranges is not { Count: > 0 })
        {
            causes.Add(StatusCause.Required("spec.cidrs", "at least one CIDR required"));
            return;
        }
        if (ranges.Count > 2) causes.Add(StatusCause.Invalid("spec.cidrs", ranges.Shown(), "may only hold up to 2 values"));
        EachGrammar(ranges, BlockError, "spec.cidrs", causes);
        if (ranges.Count == 2 && ranges[0].AsText()?.Contains(':') == ranges[1].AsText()?.Contains(':'))
            causes.Add(StatusCause.Invalid("spec.cidrs", ranges.Shown(), "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"));
    }

    /// <summary>A second family may be added; nothing else changes.</summary>
    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        var (was, now) = (old.Object("spec")?.Array("cidrs") ?? [], updated.Object("spec")?.Array("cidrs") ?? []);
        if (was.Count != now.Count && !(was.Count == 1 && now.Count == 2)) causes.Add(StatusCause.Invalid("spec.cidrs", now.Shown(), "field is immutable"));
        for (var i = 0; i < Math.Min(was.Count, now.Count); i++)
            if (!JsonNode.DeepEquals(was[i], now[i])) causes.Add(StatusCause.Invalid($"spec.cidrs[{i}]", now[i].Shown(), "field is immutable"));
        if (was.Count == 1 && now.Count == 2) ValidateSpec(updated, causes);
    }
}
