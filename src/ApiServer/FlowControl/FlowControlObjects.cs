using System.Text.Json.Nodes;

namespace Slipway.ApiServer.FlowControl;

/// <summary>
/// The priority levels and flow schemas that every cluster has
/// (<see href="https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#mandatory-configuration-objects"/>). They are there for clients that
/// expect them: this server shares itself out among users, whatever they say.
/// </summary>
internal static class FlowControlObjects
{
    private const string Root = "/apis/flowcontrol.apiserver.k8s.io/v1";
    private const string Exempt = "exempt";
    private const string CatchAll = "catch-all";

    /// <summary>The objects to install, by the path of their collection.</summary>
    public static IReadOnlyList<(string Collection, JsonObject Document)> Mandatory =>
    [
        ($"{Root}/prioritylevelconfigurations", Of("PriorityLevelConfiguration", Exempt, new()
        {
            ["type"] = "Exempt",
            ["exempt"] = new JsonObject { ["nominalConcurrencyShares"] = 0, ["lendablePercent"] = 0 },
        })),
        ($"{Root}/prioritylevelconfigurations", Of("PriorityLevelConfiguration", CatchAll, new()
        {
            ["type"] = "Limited",
            ["limited"] = new JsonObject { ["nominalConcurrencyShares"] = 5, ["lendablePercent"] = 0, ["limitResponse"] = new JsonObject { ["type"] = "Reject" } },
        })),
        ($"{Root}/flowschemas", Of("FlowSchema", Exempt, Schema(Exempt, 1, UserInfo.Masters))),
        ($"{Root}/flowschemas", Of("FlowSchema", CatchAll, Schema(CatchAll, 10_000, UserInfo.Unauthenticated, UserInfo.Authenticated))),
    ];

    private static JsonObject Of(string kind, string name, JsonObject spec) => new()
    {
        ["apiVersion"] = "flowcontrol.apiserver.k8s.io/v1",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name, ["annotations"] = new JsonObject { ["apf.kubernetes.io/autoupdate-spec"] = "true" } },
        ["spec"] = spec,
    };

    private static JsonObject Schema(string level, int precedence, params string[] groups)
    {
        var spec = new JsonObject
        {
            ["matchingPrecedence"] = precedence,
            ["priorityLevelConfiguration"] = new JsonObject { ["name"] = level },
            ["rules"] = new JsonArray(new JsonObject
            {
                ["subjects"] = new JsonArray([.. groups.Select(group => new JsonObject { ["kind"] = "Group", ["group"] = new JsonObject { ["name"] = group } })]),
                ["resourceRules"] = new JsonArray(new JsonObject
                {
                    ["verbs"] = Any(),
                    ["apiGroups"] = Any(),
                    ["resources"] = Any(),
                    ["namespaces"] = Any(),
                    ["clusterScope"] = true,
                }),
                ["nonResourceRules"] = new JsonArray(new JsonObject { ["verbs"] = Any(), ["nonResourceURLs"] = Any() }),
            }),
        };
        if (level == CatchAll) spec["distinguisherMethod"] = new JsonObject { ["type"] = "ByUser" };
        return spec;
    }

    private static JsonArray Any() => new("*");
}
