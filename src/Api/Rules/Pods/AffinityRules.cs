using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of affinity to nodes and to other pods.</summary>
internal static class AffinityRules
{
    public const string RequiredTerms = "requiredDuringSchedulingIgnoredDuringExecution";
    public const string PreferredTerms = "preferredDuringSchedulingIgnoredDuringExecution";

    public static void Validate(JsonObject? affinity, string path, List<StatusCause> causes)
    {
        if (affinity is null) return;
        if (affinity.Object("nodeAffinity") is { } nodes) Nodes(nodes, $"{path}.nodeAffinity", causes);
        foreach (var name in (ReadOnlySpan<string>)["podAffinity", "podAntiAffinity"])
        {
            if (affinity.Object(name) is not { } pods) continue;
            var i = 0;
            foreach (var term in pods.Objects(RequiredTerms)) PodTerm(term, $"{path}.{name}.{RequiredTerms}[{i++}]", causes);
            i = 0;
            foreach (var weighted in pods.Objects(PreferredTerms))
            {
                var at = $"{path}.{name}.{PreferredTerms}[{i++}]";
                Weight(weighted, at, causes);
                PodTerm(weighted.Object("podAffinityTerm") ?? [], $"{at}.podAffinityTerm", causes);
            }
        }
    }

    /// <summary>Checks a selection of nodes, as of a pod or of a volume.</summary>
    public static void NodeSelector(JsonObject selector, string path, List<StatusCause> causes)
    {
        if (selector.Array("nodeSelectorTerms") is not { Count: > 0 }) causes.Add(StatusCause.Required($"{path}.nodeSelectorTerms", "must have at least one node selector term"));
        var i = 0;
        foreach (var term in selector.Objects("nodeSelectorTerms")) NodeTerm(term, checksValues: true, $"{path}.nodeSelectorTerms[{i++}]", causes);
    }

    private static void Nodes(JsonObject affinity, string path, List<StatusCause> causes)
    {
        if (affinity.Object(RequiredTerms) is { } required) NodeSelector(required, $"{path}.{RequiredTerms}", causes);
        var i = 0;
        foreach (var preferred in affinity.Objects(PreferredTerms))
        {
            var at = $"{path}.{PreferredTerms}[{i++}]";
            Weight(preferred, at, causes);
            NodeTerm(preferred.Object("preference") ?? [], checksValues: false, $"{at}.preference", causes);
        }
    }

    private static void NodeTerm(JsonObject term, bool checksValues, string path, List<StatusCause> causes)
    {
        var i = 0;
        foreach (var requirement in term.Objects("matchExpressions"))
        {
            var at = $"{path}.matchExpressions[{i++}]";
            var values = requirement.Array("values");
            switch (requirement.Text("operator"))
            {
                case "In" or "NotIn":
                    if (values is not { Count: > 0 }) causes.Add(StatusCause.Required($"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'"));
                    break;
                case "Exists" or "DoesNotExist":
                    if (values is { Count: > 0 }) causes.Add(StatusCause.Forbidden($"{at}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
                    break;
                case "Gt" or "Lt":
                    if (values is not { Count: 1 }) causes.Add(StatusCause.Required($"{at}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'"));
                    break;
                default:
                    causes.Add(StatusCause.Invalid($"{at}.operator", Quote(requirement.Text("operator") ?? ""), "not a valid selector operator"));
                    break;
            }
            SelectorRules.LabelKey(requirement, "key", at, causes);
            if (checksValues) EachGrammar(values, Names.LabelValueError, $"{at}.values", causes);
        }
        i = 0;
        foreach (var requirement in term.Objects("matchFields"))
        {
            var at = $"{path}.matchFields[{i++}]";
            if (requirement.Text("operator") is not ("In" or "NotIn")) causes.Add(StatusCause.Invalid($"{at}.operator", Quote(requirement.Text("operator") ?? ""), "not a valid selector operator"));
            else if (requirement.Array("values") is not { Count: 1 }) causes.Add(StatusCause.Required($"{at}.values", "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
            if (requirement.Text("key") != "metadata.name") causes.Add(StatusCause.Invalid($"{at}.key", Quote(requirement.Text("key") ?? ""), "not a valid field selector key"));
            else EachGrammar(requirement.Array("values"), Names.SubdomainError, $"{at}.values", causes);
        }
    }

    private static void PodTerm(JsonObject term, string path, List<StatusCause> causes)
    {
        SelectorRules.Validate(term.Object("labelSelector"), $"{path}.labelSelector", causes);
        SelectorRules.Validate(term.Object("namespaceSelector"), $"{path}.namespaceSelector", causes);
        foreach (var ns in term.Array("namespaces") ?? [])
            if (Names.LabelError(ns.AsText() ?? "") is { } error) causes.Add(StatusCause.Invalid($"{path}.namespace", ns.Shown(), error));
        LabelKeys.Validate(term, path, causes);
        if (string.IsNullOrEmpty(term.Text("topologyKey"))) causes.Add(StatusCause.Required($"{path}.topologyKey", "can not be empty"));
        SelectorRules.LabelKey(term, "topologyKey", path, causes);
    }

    private static void Weight(JsonObject holder, string path, List<StatusCause> causes)
    {
        if (holder.Integer("weight") is null or <= 0 or > 100) causes.Add(StatusCause.Invalid($"{path}.weight", $"{holder.Integer("weight") ?? 0}", "must be in the range 1-100"));
    }
}
