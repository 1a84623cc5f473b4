using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Access;

/// <summary>
/// CertificateSigningRequest (certificates.k8s.io/v1). Whoever creates it puts the user's name, uid, groups and extra
/// into its specification, which nothing changes later.
/// </summary>
public sealed class CertificateRequestRules : KindRules
{
    private static readonly string[] Usages =
    [
        "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", "digital signature",
        "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc",
        "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping",
    ];

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

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        if (CertificateRequest.Error(spec.Text("request") ?? "") is { } error) causes.Add(StatusCause.Invalid("spec.request", spec["request"].Shown(), error));
        if (spec.Array("usages") is not { Count: > 0 } usages) causes.Add(StatusCause.Required("spec.usages"));
        else
            for (var i = 0; i < usages.Count; i++)
            {
                if (!Usages.Contains(usages[i].AsText())) causes.Add(StatusCause.NotSupported($"spec.usages[{i}]", usages[i].Shown(), Usages));
                if (usages.Take(i).Any(o => JsonNode.DeepEquals(o, usages[i]))) causes.Add(StatusCause.Duplicate($"spec.usages[{i}]", usages[i].Shown()));
            }
        var signer = spec.Text("signerName") ?? "";
        SignerNames.Validate(signer, "spec.signerName", causes);
        if (signer == "kubernetes.io/legacy-unknown") causes.Add(StatusCause.Invalid("spec.signerName", Quote(signer), "the legacy signerName is not allowed via this API version"));
        if (spec.Integer("expirationSeconds") is < 600 and var seconds) causes.Add(StatusCause.Invalid("spec.expirationSeconds", $"{seconds}", "may not specify a duration less than 600 seconds (10 minutes)"));
    }

    /// <summary>The specification stays as it was made, so only what was decided since is looked at.</summary>
    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
    }

    public override IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated) =>
        [.. base.ValidateStatusUpdate(old, updated), .. Decided(old, updated)];

    /// <summary>Puts back everything but the conditions, which <c>/approval</c> writes.</summary>
    public static void PrepareApproval(JsonObject old, JsonObject updated)
    {
        var conditions = updated.Object("status")?["conditions"]?.DeepClone();
        foreach (var name in new[] { "spec", "status" }) Restore(updated, old, name);
        var status = updated.ObjectOrNew("status");
        if (conditions is null) status.Remove("conditions");
        else status["conditions"] = conditions;
    }

    /// <summary>What is wrong with a decision, with paths: one that was made stays, and there is only one.</summary>
    public static IReadOnlyList<StatusCause> Decided(JsonObject old, JsonObject updated)
    {
        var causes = new List<StatusCause>();
        var (before, after) = (old.Object("status") ?? [], updated.Object("status") ?? []);
        foreach (var type in new[] { "Approved", "Denied", "Failed" })
            if (before.Objects("conditions").Any(c => c.Text("type") == type) && !after.Objects("conditions").Any(c => c.Text("type") == type))
                causes.Add(StatusCause.Forbidden("status.conditions", $"updates may not remove a condition of type \"{type}\""));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var condition in after.Objects("conditions"))
        {
            var at = $"status.conditions[{i++}]";
            var type = condition.Text("type") ?? "";
            if (type.Length == 0) causes.Add(StatusCause.Required($"{at}.type"));
            RequiredSupported(condition, "status", ["False", "True", "Unknown"], at, causes);
            if (type is "Approved" or "Denied" or "Failed" && condition.Text("status") is { Length: > 0 } status and not "True") causes.Add(StatusCause.NotSupported($"{at}.status", Quote(status), ["True"]));
            if (!seen.Add(type)) causes.Add(StatusCause.Duplicate($"{at}.type", Quote(type)));
        }
        if (seen.Contains("Approved") && seen.Contains("Denied")) causes.Add(StatusCause.Invalid("status.conditions", Quote("Denied"), "Approved and Denied conditions are mutually exclusive"));
        if (!string.IsNullOrEmpty(before.Text("certificate")) && before.Text("certificate") != after.Text("certificate"))
            causes.Add(StatusCause.Forbidden("status.certificate", "updates may not set a new certificate value once it has been set"));
        return causes;
    }

    private static bool IsDecision(JsonObject condition) => condition.Text("type") is "Approved" or "Denied";
}
