using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Access;

/// <summary>
/// PodCertificateRequest (certificates.k8s.io/v1): what the node asks of a signer for a pod. It is decided once: issued, denied or failed.
/// </summary>
internal sealed class PodCertificateRequestRules : KindRules
{
    private const int MaxUidBytes = 128;
    private const int MaxRequestBytes = 10 * 1024;
    private const int MinSeconds = 60 * 60;
    private const int MaxSecondsOfKubernetes = 24 * 60 * 60;
    private const int MaxSeconds = 91 * 24 * 60 * 60;
    private static readonly string[] Decisions = ["Issued", "Denied", "Failed"];

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    protected override JsonObject NewStatus() => [];

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        var signer = spec.Text("signerName") ?? "";
        SignerNames.Validate(signer, "spec.signerName", causes);
        if (spec.Object("unverifiedUserAnnotations") is { } annotations) Annotations(annotations, causes);
        foreach (var owner in new[] { "pod", "serviceAccount", "node" })
        {
            var (name, uid) = (spec.Text($"{owner}Name") ?? "", spec.Text($"{owner}UID") ?? "");
            if (Names.SubdomainError(name) is { } error) causes.Add(StatusCause.Invalid($"spec.{owner}Name", Quote(name), error));
            if (uid.Length == 0) causes.Add(StatusCause.Invalid($"spec.{owner}UID", "\"\"", "must not be empty"));
            NotLonger(spec, $"{owner}UID", MaxUidBytes, "spec", causes);
        }
        if (spec.Integer("maxExpirationSeconds") is not { } seconds)
        {
            causes.Add(StatusCause.Required("spec.maxExpirationSeconds", "must be set"));
            return;
        }
        var most = SignerNames.IsKubernetes(signer) ? MaxSecondsOfKubernetes : MaxSeconds;
        if (seconds < MinSeconds || seconds > most) causes.Add(StatusCause.Invalid("spec.maxExpirationSeconds", $"{seconds}", $"must be in the range [{MinSeconds}, {most}]"));
        Request(spec, causes);
    }

    /// <summary>The specification cannot change, so it is not judged again.</summary>
    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes) => Immutable(old["spec"], updated["spec"], "spec", causes);

    public override IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated)
    {
        var causes = new List<StatusCause>(base.ValidateStatusUpdate(old, updated));
        var (before, after) = (old.Object("status") ?? [], updated.Object("status") ?? []);
        Conditions(after, causes);
        ConditionRules.Validate(after, "status", causes);
        if (causes.Count > 0) return causes;

        if (Array.Exists(Decisions, d => ConditionRules.IsTrue(before, d)))
        {
            if (!AreSame(before, after)) Wrong("immutable after PodCertificateRequest is issued, denied, or failed");
        }
        else if (ConditionRules.IsTrue(after, "Denied") || ConditionRules.IsTrue(after, "Failed"))
        {
            if (!AreSame(after, new JsonObject { ["conditions"] = after["conditions"]?.DeepClone() })) Wrong("non-condition status fields must be empty when denying or failing the PodCertificateRequest");
        }
        else if (ConditionRules.IsTrue(after, "Issued"))
        {
            IssuedCertificate.Validate(after, updated.Object("spec") ?? [], causes);
        }
        else if (!AreSame(before, after))
        {
            Wrong("status is immutable unless transitioning to \"Issued\", \"Denied\", or \"Failed\"");
        }
        return causes;

        void Wrong(string detail) => causes.Add(new("FieldValueInvalid", "status", $"Invalid value: {detail}"));
    }

    // Keys must have a domain: they are for the signer, not for Kubernetes.
    private static void Annotations(JsonObject annotations, List<StatusCause> causes)
    {
        const string path = "spec.unverifiedUserAnnotations";
        MetadataRules.ValidateAnnotations(annotations, path, causes);
        foreach (var (key, _) in annotations)
            if (!key.Contains('/')) causes.Add(StatusCause.Invalid(path, Quote(key), "must be a domain-prefixed key (such as \"acme.io/foo\")"));
    }

    private static void Request(JsonObject spec, List<StatusCause> causes)
    {
        const string path = "spec.stubPKCS10Request";
        var base64 = spec.Text("stubPKCS10Request") ?? "";
        if (base64.Length == 0) causes.Add(StatusCause.Required(path));
        else if (!TryDecode(base64, out var der)) return;   // the schema says so
        else if (der.Length > MaxRequestBytes) causes.Add(TooLong(path, MaxRequestBytes));
        else if (StubRequest.Error(der) is { } error) causes.Add(new("FieldValueInvalid", path, $"Invalid value: {error}"));
    }

    private static bool TryDecode(string base64, out byte[] bytes)
    {
        bytes = new byte[base64.Length];
        var isBase64 = Convert.TryFromBase64String(base64, bytes, out var length);
        bytes = bytes[..length];
        return isBase64;
    }

    private static void Conditions(JsonObject status, List<StatusCause> causes)
    {
        var (i, decisions) = (0, 0);
        foreach (var condition in status.Objects("conditions"))
        {
            var at = $"status.conditions[{i++}]";
            var (type, state) = (condition.Text("type") ?? "", condition.Text("status") ?? "");
            if (!Decisions.Contains(type))
            {
                causes.Add(StatusCause.NotSupported($"{at}.type", Quote(type), Decisions));
                continue;
            }
            if (++decisions > 1) causes.Add(StatusCause.Invalid($"{at}.type", Quote(type), "There may be at most one condition with type \"Issued\", \"Denied\", or \"Failed\""));
            if (state != "True") causes.Add(StatusCause.NotSupported($"{at}.status", Quote(state), ["True"]));
        }
    }

    // Empty lists and texts are as good as none.
    private static bool AreSame(JsonObject one, JsonObject other) => JsonNode.DeepEquals(Filled(one), Filled(other));

    private static JsonObject Filled(JsonObject status) =>
        new(status.Where(p => p.Value is not (null or JsonArray { Count: 0 }) && p.Value.AsText() != "").Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));
}
