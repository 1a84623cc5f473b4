using System.Text.Json.Nodes;
using Slipway.ApiServer.Authorization;
using Slipway.ApiServer.Authorization.Nodes;
using Slipway.ApiServer.Authorization.Rbac;

namespace Slipway.ApiServer.Subresources;

/// <summary>The status of a SelfSubjectRulesReview: all that somebody may do in a namespace.</summary>
internal static class RulesDocument
{
    private static readonly PolicyRule[] Everything =
    [
        new() { Verbs = ["*"], ApiGroups = ["*"], Resources = ["*"] },
        new() { Verbs = ["*"], NonResourceUrls = ["*"] },
    ];

    public static JsonObject For(Authorizer authorizer, UserInfo user, string ns)
    {
        var resolved = authorizer.Policy.RulesFor(user, ns);
        var rules = user.IsIn(UserInfo.Masters) ? [.. Everything, .. resolved.Rules] : resolved.Rules;
        // What a node may do depends on its pods, and is no list of rules.
        var isNode = NodeAuthorizer.NodeOf(user) is not null;
        var faults = new List<string>();
        if (isNode) faults.Add("node authorizer does not support user rule resolution");
        if (resolved.Missing.Length > 0) faults.Add(resolved.Missing);
        var status = new JsonObject
        {
            ["resourceRules"] = new JsonArray([.. rules.Where(r => r.Resources.Length > 0).Select(r => (JsonNode)r.ToJson())]),
            ["nonResourceRules"] = new JsonArray([.. rules.Where(r => r.NonResourceUrls.Length > 0).Select(r => (JsonNode)r.ToJson())]),
            ["incomplete"] = isNode,
        };
        if (faults.Count > 0) status["evaluationError"] = string.Join(", ", faults);
        return status;
    }
}
