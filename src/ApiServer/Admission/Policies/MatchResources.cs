using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;
using Slipway.ApiServer.Admission.Webhooks;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>Which requests a policy or binding means (<see href="https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/"/>).</summary>
internal sealed record MatchResources(
    IReadOnlyList<NamedRule> Rules, IReadOnlyList<NamedRule> Excluded, LabelSelector Namespaces, LabelSelector Objects, bool MatchesEquivalents)
{
    public static MatchResources Read(JsonObject? match) => new(
        [.. (match ?? []).Objects("resourceRules").Select(NamedRule.Read)],
        [.. (match ?? []).Objects("excludeResourceRules").Select(NamedRule.Read)],
        Selector(match?.Object("namespaceSelector")),
        Selector(match?.Object("objectSelector")),
        match?.Text("matchPolicy") != "Exact");

    /// <summary>The version of the resource in which its objects are looked at; null when the request is not meant.</summary>
    /// <param name="request">The request.</param>
    /// <param name="equivalents">Other forms of the same objects.</param>
    /// <param name="labelsOfNamespace">Labels of the request's namespace; null for what lies in none.</param>
    public ServedResource? Find(AdmissionRequest request, IReadOnlyList<ServedResource> equivalents, JsonObject? labelsOfNamespace)
    {
        if (!Namespaces.SelectsEverything && (request.Type.Namespaced || request.IsNamespace) && !Namespaces.Matches(labelsOfNamespace)) return null;
        if (!Objects.SelectsEverything && !IsSelected(request.Object) && !IsSelected(request.OldObject)) return null;
        if (Find(Excluded, request, equivalents) is not null) return null;
        return Rules.Count == 0 ? request.Resource : Find(Rules, request, equivalents);

        bool IsSelected(JsonObject? document) => document is not null && Objects.Matches(document.Labels);
    }

    private ServedResource? Find(IReadOnlyList<NamedRule> rules, AdmissionRequest request, IReadOnlyList<ServedResource> equivalents)
    {
        foreach (var rule in rules)
            if (rule.Matches(request.Type, request)) return request.Resource;
        if (!MatchesEquivalents) return null;
        foreach (var rule in rules)
            foreach (var equivalent in equivalents)
                if (rule.Matches(equivalent.Type, request)) return equivalent;
        return null;
    }

    // A selector that cannot be read was refused when the policy was written.
    private static LabelSelector Selector(JsonObject? selector)
    {
        try
        {
            return selector is null ? LabelSelector.Everything : LabelSelector.FromJson(selector);
        }
        catch (ApiException)
        {
            return LabelSelector.Everything;
        }
    }
}

/// <summary>A rule for some names, or for all when there are none.</summary>
internal sealed record NamedRule(WebhookRule Rule, IReadOnlyList<string> Names)
{
    public static NamedRule Read(JsonObject rule) => new(WebhookRule.Read(rule), [.. rule.Array("resourceNames")?.Select(n => n.AsText() ?? "") ?? []]);

    public bool Matches(ResourceType type, AdmissionRequest request) =>
        Rule.Matches(type, request.Subresource, request.Operation) && (Names.Count == 0 || Names.Contains(request.Name));
}
