using System.Text.Json.Nodes;
using Slipway.Api.Selectors;

namespace Slipway.Scheduler;

/// <summary>Labels of namespaces, by name.</summary>
internal delegate IReadOnlyDictionary<string, string>? NamespaceLabels(string name);

/// <summary>One term of affinity or anti-affinity to other pods, ready to be asked.</summary>
/// <param name="TopologyKey">The label of nodes whose value says which of them are one place.</param>
/// <param name="Selector">Selects pods by their labels; null selects none.</param>
/// <param name="Namespaces">The namespaces in which it selects, besides those of <paramref name="NamespaceSelector"/>.</param>
/// <param name="NamespaceSelector">Selects namespaces by their labels; null selects none.</param>
/// <param name="Weight">How much a preference counts; 0 for what is required.</param>
internal sealed record PodTerm(string TopologyKey, LabelSelector? Selector, IReadOnlyCollection<string> Namespaces, LabelSelector? NamespaceSelector, int Weight)
{
    /// <summary>What it says, in one text: terms of the same key are the same.</summary>
    public string Key { get; } = $"{TopologyKey}/{Weight}/{Selector}/{string.Join(',', Namespaces.Order(StringComparer.Ordinal))}/{(NamespaceSelector is null ? "none" : NamespaceSelector)}";

    /// <summary>Whether it selects a pod.</summary>
    public bool Selects(PodDemand pod, NamespaceLabels namespaces) =>
        Selector is not null
        && (Namespaces.Contains(pod.Key.Namespace)
            || (NamespaceSelector is not null && (NamespaceSelector.SelectsEverything || (namespaces(pod.Key.Namespace) is { } labels && NamespaceSelector.Matches(labels)))))
        && Selector.Matches(pod.Labels);

    /// <summary>The terms that are required.</summary>
    public static IReadOnlyList<PodTerm> Required(PodAffinityView? view, string ns, IReadOnlyDictionary<string, string> labels) =>
        view?.RequiredDuringSchedulingIgnoredDuringExecution is { Count: > 0 } terms ? [.. terms.Select(term => Of(term, 0, ns, labels))] : [];

    /// <summary>The terms that are preferred.</summary>
    public static IReadOnlyList<PodTerm> Preferred(PodAffinityView? view, string ns, IReadOnlyDictionary<string, string> labels) =>
        view?.PreferredDuringSchedulingIgnoredDuringExecution is { Count: > 0 } terms
            ? [.. terms.Where(term => term.PodAffinityTerm is not null).Select(term => Of(term.PodAffinityTerm!, term.Weight, ns, labels))]
            : [];

    /// <summary>
    /// A selector with what the pod's own labels add to it; a key that the pod lacks adds nothing. Nor does one that the selector
    /// has: the API server took it in when the pod was created, and labels that changed since do not count.
    /// </summary>
    public static LabelSelector? Merged(JsonObject? selector, IReadOnlyDictionary<string, string> labels, IEnumerable<string>? same, IEnumerable<string>? other = null)
    {
        if (selector is null)
            return null;
        var parsed = LabelSelector.FromJson(selector);
        var added = Added(same, LabelOperator.In).Concat(Added(other, LabelOperator.NotIn)).ToList();
        return added.Count == 0 ? parsed : new([.. parsed.Requirements, .. added]);

        IEnumerable<LabelRequirement> Added(IEnumerable<string>? keys, LabelOperator how) =>
            from key in keys ?? [] where labels.ContainsKey(key) && parsed.Requirements.All(known => known.Key != key) select new LabelRequirement(key, how, [labels[key]]);
    }

    // Without namespaces and selector of namespaces, the pod's own namespace is meant.
    private static PodTerm Of(PodAffinityTermView term, int weight, string ns, IReadOnlyDictionary<string, string> labels) => new(
        term.TopologyKey,
        Merged(term.LabelSelector, labels, term.MatchLabelKeys, term.MismatchLabelKeys),
        term.Namespaces is { Count: > 0 } named ? named : term.NamespaceSelector is null ? [ns] : [],
        term.NamespaceSelector is { } selector ? LabelSelector.FromJson(selector) : null,
        weight);
}
