using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Definitions;

/// <summary>What the annotation of a definition in a protected group says about its approval.</summary>
public enum ApprovalState
{
    /// <summary>There is no annotation.</summary>
    Missing,

    /// <summary>It says neither where the kind was approved nor that it was not.</summary>
    Invalid,

    /// <summary>It says that the kind was not approved.</summary>
    Bypassed,

    /// <summary>It names the place of the approval.</summary>
    Approved,
}

/// <summary>The policy of Kubernetes' own API groups (<see href="https://github.com/kubernetes/enhancements/pull/1111"/>).</summary>
public static class ApprovalPolicy
{
    private const string Annotation = "api-approved.kubernetes.io";
    private const string See = "see https://github.com/kubernetes/enhancements/pull/1111";

    /// <summary>Whether definitions in a group need an approval.</summary>
    public static bool IsProtected(string group) =>
        group is "k8s.io" or "kubernetes.io" || group.EndsWith(".k8s.io", StringComparison.Ordinal) || group.EndsWith(".kubernetes.io", StringComparison.Ordinal);

    /// <summary>What a definition's annotation says, and that in words.</summary>
    public static (ApprovalState State, string Why) Of(JsonObject definition)
    {
        var text = definition.Annotations?.Text(Annotation) ?? "";
        if (text.Length == 0) return (ApprovalState.Missing, $"protected groups must have approval annotation \"{Annotation}\", {See}");
        if (text.StartsWith("unapproved", StringComparison.Ordinal)) return (ApprovalState.Bypassed, $"not approved: \"{text}\"");
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Host.Length > 0
            ? (ApprovalState.Approved, $"approved in {text}")
            : (ApprovalState.Invalid, $"protected groups must have approval annotation \"{Annotation}\" with either a URL or a reason starting with \"unapproved\", {See}");
    }

    /// <summary>Adds what is wrong with the approval of a definition; one that is stored already may stay as it is.</summary>
    internal static void Validate(JsonObject definition, JsonObject? old, List<StatusCause> causes)
    {
        if (!IsProtected(definition.Object("spec")?.Text("group") ?? "")) return;
        var (state, why) = Of(definition);
        if (old is not null && Of(old).State == state) return;
        const string path = $"metadata.annotations[{Annotation}]";
        if (state == ApprovalState.Missing) causes.Add(StatusCause.Required(path, why));
        if (state == ApprovalState.Invalid) causes.Add(StatusCause.Invalid(path, FieldCheck.Quote(definition.Annotations?.Text(Annotation) ?? ""), why));
    }
}
