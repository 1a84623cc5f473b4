using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Pods;

/// <summary>Warnings of selections by labels: old names of nodes' labels, and selectors that select nothing.</summary>
internal static class NodeLabelWarnings
{
    private const string RequiredTerms = "requiredDuringSchedulingIgnoredDuringExecution";
    private const string PreferredTerms = "preferredDuringSchedulingIgnoredDuringExecution";

    private static readonly Dictionary<string, string> Deprecated = new(StringComparer.Ordinal)
    {
        ["beta.kubernetes.io/arch"] = "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
        ["beta.kubernetes.io/os"] = "deprecated since v1.14; use \"kubernetes.io/os\" instead",
        ["failure-domain.beta.kubernetes.io/region"] = "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
        ["failure-domain.beta.kubernetes.io/zone"] = "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
        ["beta.kubernetes.io/instance-type"] = "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
    };

    public static void Collect(JsonObject spec, string path, List<string> warnings)
    {
        foreach (var (key, _) in spec.Object("nodeSelector") ?? [])
            if (Deprecated.TryGetValue(key, out var message)) warnings.Add($"{path}.nodeSelector[{key}]: {message}");
        if (spec.Object("affinity") is { } affinity) Affinity(affinity, $"{path}.affinity", warnings);
        var i = 0;
        foreach (var constraint in spec.Objects("topologySpreadConstraints"))
        {
            var at = $"{path}.topologySpreadConstraints[{i++}]";
            if (Deprecated.TryGetValue(constraint.Text("topologyKey") ?? "", out var message)) warnings.Add($"{at}.topologyKey: {constraint.Text("topologyKey")} is {message}");
            if (constraint["labelSelector"] is null) warnings.Add($"{at}.labelSelector: a null labelSelector results in matching no pod");
        }
    }

    /// <summary>Adds the warnings of a selection of nodes.</summary>
    public static void Terms(JsonObject? selector, string path, List<string> warnings)
    {
        var i = 0;
        foreach (var term in selector?.Objects("nodeSelectorTerms") ?? []) Term(term, $"{path}.nodeSelectorTerms[{i++}]", warnings);
    }

    private static void Affinity(JsonObject affinity, string path, List<string> warnings)
    {
        Terms(affinity.Object("nodeAffinity")?.Object(RequiredTerms), $"{path}.nodeAffinity.{RequiredTerms}", warnings);
        var i = 0;
        foreach (var preferred in affinity.Object("nodeAffinity")?.Objects(PreferredTerms) ?? [])
            Term(preferred.Object("preference") ?? [], $"{path}.nodeAffinity.{PreferredTerms}[{i++}].preference", warnings);
        foreach (var name in (ReadOnlySpan<string>)["podAffinity", "podAntiAffinity"])
        {
            i = 0;
            foreach (var term in affinity.Object(name)?.Objects(RequiredTerms) ?? []) Selector(term, $"{path}.{name}.{RequiredTerms}[{i++}]");
            i = 0;
            foreach (var weighted in affinity.Object(name)?.Objects(PreferredTerms) ?? []) Selector(weighted.Object("podAffinityTerm") ?? [], $"{path}.{name}.{PreferredTerms}[{i++}].podAffinityTerm");
        }

        void Selector(JsonObject term, string at)
        {
            if (term["labelSelector"] is null) warnings.Add($"{at}.labelSelector: a null labelSelector results in matching no pod");
        }
    }

    private static void Term(JsonObject term, string path, List<string> warnings)
    {
        var i = 0;
        foreach (var expression in term.Objects("matchExpressions"))
        {
            if (Deprecated.TryGetValue(expression.Text("key") ?? "", out var message)) warnings.Add($"{path}.matchExpressions[{i}].key: {expression.Text("key")} is {message}");
            i++;
        }
    }
}
