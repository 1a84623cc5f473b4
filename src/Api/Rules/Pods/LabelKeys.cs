using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>
/// The keys of a pod's own labels by which its affinity and spread select other pods (<c>matchLabelKeys</c>,
/// <c>mismatchLabelKeys</c>). A new pod's selectors take in the values of its labels, whose later changes mean nothing to them
/// (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#matchlabelkeys"/>).
/// </summary>
internal static class LabelKeys
{
    /// <summary>Adds to the selectors of a new pod what its labels say.</summary>
    public static void Merge(JsonObject pod)
    {
        if (pod.Object("spec") is not { } spec || pod.Metadata.Object("labels") is not { } labels) return;
        foreach (var constraint in spec.Objects("topologySpreadConstraints")) Merge(constraint, labels);
        if (spec.Object("affinity") is not { } affinity) return;
        foreach (var name in (ReadOnlySpan<string>)["podAffinity", "podAntiAffinity"])
        {
            if (affinity.Object(name) is not { } company) continue;
            foreach (var term in company.Objects(AffinityRules.RequiredTerms)) Merge(term, labels);
            foreach (var weighted in company.Objects(AffinityRules.PreferredTerms))
                if (weighted.Object("podAffinityTerm") is { } term) Merge(term, labels);
        }
    }

    /// <summary>Adds what is wrong with the keys of one term or constraint, whose selector may have taken them in.</summary>
    /// <param name="term">What holds the keys and the selector.</param>
    /// <param name="path">Its path.</param>
    /// <param name="causes">Where faults are added.</param>
    public static void Validate(JsonObject term, string path, List<StatusCause> causes)
    {
        Grammar(term, "matchLabelKeys", path, causes);
        Grammar(term, "mismatchLabelKeys", path, causes);
        if (term.Array("matchLabelKeys") is not { Count: > 0 } keys) return;
        var mismatched = term.Array("mismatchLabelKeys")?.Select(k => k.AsText()).ToHashSet() ?? [];
        var selected = term.Object("labelSelector")?.Object("matchLabels")?.Select(l => l.Key).ToHashSet() ?? [];
        var twice = (term.Object("labelSelector")?.Objects("matchExpressions") ?? []).Select(e => e.Text("key") ?? "").Where(key => !selected.Add(key)).ToHashSet();
        for (var i = 0; i < keys.Count; i++)
        {
            var key = keys[i].AsText() ?? "";
            if (twice.Contains(key)) causes.Add(StatusCause.Invalid($"{path}.matchLabelKeys[{i}]", Quote(key), "exists in both matchLabelKeys and labelSelector"));
            if (mismatched.Contains(key)) causes.Add(StatusCause.Invalid($"{path}.matchLabelKeys[{i}]", Quote(key), "exists in both matchLabelKeys and mismatchLabelKeys"));
        }
    }

    private static void Merge(JsonObject term, JsonObject labels)
    {
        // Without a selector nothing is selected, whatever the keys.
        if (term.Object("labelSelector") is not { } selector) return;
        Add("matchLabelKeys", "In");
        Add("mismatchLabelKeys", "NotIn");

        void Add(string name, string how)
        {
            foreach (var key in term.Array(name) ?? [])
            {
                if (key.AsText() is not { } text || labels.Text(text) is not { } value) continue;
                if (selector.Array("matchExpressions") is not { } expressions) selector["matchExpressions"] = expressions = [];
                expressions.Add((JsonNode)new JsonObject { ["key"] = text, ["operator"] = how, ["values"] = new JsonArray(value) });
            }
        }
    }

    private static void Grammar(JsonObject term, string name, string path, List<StatusCause> causes)
    {
        if (term.Array(name) is not { Count: > 0 } keys) return;
        if (term.Object("labelSelector") is null) causes.Add(StatusCause.Forbidden($"{path}.{name}", "must not be specified when labelSelector is not set"));
        else EachGrammar(keys, Names.QualifiedNameError, $"{path}.{name}", causes);
    }
}
