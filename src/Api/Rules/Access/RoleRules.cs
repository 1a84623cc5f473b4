using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Access;

/// <summary>Role and ClusterRole (rbac.authorization.k8s.io/v1).</summary>
/// <param name="namespaced">Whether it is a Role.</param>
internal sealed class RoleRules(bool namespaced) : KindRules
{
    public override bool IsNamespaced => namespaced;

    protected override string? NameError(string name) => Names.PathSegmentError(name);

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var i = 0;
        foreach (var rule in document.Objects("rules")) Rule(rule, $"rules[{i++}]", causes);
        if (namespaced || document.Object("aggregationRule") is not { } aggregation) return;
        if (aggregation.Array("clusterRoleSelectors") is not { Count: > 0 }) causes.Add(StatusCause.Required("aggregationRule.clusterRoleSelectors", "at least one clusterRoleSelector required if aggregationRule is non-nil"));
        i = 0;
        foreach (var selector in aggregation.Objects("clusterRoleSelectors")) SelectorRules.Validate(selector, $"aggregationRule.clusterRoleSelectors[{i++}]", causes);
    }

    private void Rule(JsonObject rule, string path, List<StatusCause> causes)
    {
        if (!Has("verbs")) causes.Add(StatusCause.Required($"{path}.verbs", "verbs must contain at least one value"));
        if (Has("nonResourceURLs"))
        {
            if (namespaced) causes.Add(StatusCause.Invalid($"{path}.nonResourceURLs", rule["nonResourceURLs"].Shown(), "namespaced rules cannot apply to non-resource URLs"));
            if (Has("apiGroups") || Has("resources") || Has("resourceNames")) causes.Add(StatusCause.Invalid($"{path}.nonResourceURLs", rule["nonResourceURLs"].Shown(), "rules cannot apply to both regular resources and non-resource URLs"));
            return;
        }
        if (!Has("apiGroups")) causes.Add(StatusCause.Required($"{path}.apiGroups", "resource rules must supply at least one api group"));
        if (!Has("resources")) causes.Add(StatusCause.Required($"{path}.resources", "resource rules must supply at least one resource"));

        bool Has(string name) => rule.Array(name) is { Count: > 0 };
    }
}
