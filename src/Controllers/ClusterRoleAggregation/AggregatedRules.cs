using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;

namespace Slipway.Controllers;

/// <summary>The rules of a ClusterRole that is made of others.</summary>
internal static class AggregatedRules
{
    /// <summary>The rules of all that the role's selectors choose, in the order of selectors and names, each once.</summary>
    /// <exception cref="Slipway.Api.ApiException">A selector cannot be read.</exception>
    public static JsonArray Of(ClusterRoleView role, IEnumerable<ClusterRoleView> all)
    {
        var parts = all.Where(r => r.Metadata.Name != role.Metadata.Name).OrderBy(r => r.Metadata.Name, StringComparer.Ordinal).ToList();
        var rules = new List<JsonNode>();
        foreach (var selector in role.AggregationRule?.Objects("clusterRoleSelectors") ?? [])
        {
            var labels = LabelSelector.FromJson(selector);
            foreach (var rule in parts.Where(p => labels.Selects(p)).SelectMany(p => p.Rules ?? []))
                if (rule is not null && !rules.Exists(known => JsonNode.DeepEquals(known, rule))) rules.Add(rule);
        }
        return new JsonArray([.. rules.Select(r => r.DeepClone())]);
    }
}
