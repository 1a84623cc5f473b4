using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Access;

/// <summary>
/// CertificateSigningRequest (certificates.k8s.io/v1). Whoever creates it puts the user's name, uid, groups and extra
/// into its specification, which nothing changes later.
/// </summary>
internal sealed class CertificateRequestRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    protected override JsonObject NewStatus() => [];

    public override void PrepareUpdate(JsonObject old, JsonObject updated)
    {
        base.PrepareUpdate(old, updated);
        Restore(updated, old, "spec");
    }

    /// <summary>Approval has a subresource of its own: a write to <c>/status</c> leaves it as it is.</summary>
    public override void PrepareStatusUpdate(JsonObject old, JsonObject updated)
    {
        base.PrepareStatusUpdate(old, updated);
        var (before, after) = (old.Object("status") ?? [], updated.ObjectOrNew("status"));
        var decisions = before.Objects("conditions").Where(IsDecision).Select(c => c.DeepClone());
        var others = after.Objects("conditions").Where(c => !IsDecision(c)).Select(c => c.DeepClone()).ToList();
        JsonArray conditions = [.. decisions, .. others];
        if (conditions.Count > 0) after["conditions"] = conditions;
        else after.Remove("conditions");
    }

    private static bool IsDecision(JsonObject condition) => condition.Text("type") is "Approved" or "Denied";
}
