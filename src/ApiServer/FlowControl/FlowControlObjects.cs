using System.Text.Json.Nodes;

namespace Slipway.ApiServer.FlowControl;

/// <summary>
/// The priority levels and flow schemas that every cluster has, those that Kubernetes requires and those that it suggests
/// (<see href="https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#defaults"/>). They can be changed
/// like any others; the <c>exempt</c> and <c>catch-all</c> ones hold even when they are missing.
/// </summary>
internal static class FlowControlObjects
{
    private const string Exempt = "exempt", CatchAll = "catch-all", System = "system", NodeHigh = "node-high", LeaderElection = "leader-election",
        WorkloadHigh = "workload-high", WorkloadLow = "workload-low", GlobalDefault = "global-default";
    private const string ByUser = "ByUser", ByNamespace = "ByNamespace";
    private const string ControllerManager = "system:kube-controller-manager", Scheduler = "system:kube-scheduler";

    /// <summary>The priority levels.</summary>
    public static IReadOnlyList<JsonObject> PriorityLevels =>
    [
        Of("PriorityLevelConfiguration", Exempt, new()
        {
            ["type"] = "Exempt",
            ["exempt"] = new JsonObject { ["nominalConcurrencyShares"] = 0, ["lendablePercent"] = 0 },
        }),
        Limited(CatchAll, 5, 0, new JsonObject { ["type"] = "Reject" }),
        Limited(System, 30, 33, Queue(64, 6)),
        Limited(NodeHigh, 40, 25, Queue(64, 6)),
        Limited(LeaderElection, 10, 0, Queue(16, 4)),
        Limited(WorkloadHigh, 40, 50, Queue(128, 6)),
        Limited(WorkloadLow, 100, 90, Queue(128, 6)),
        Limited(GlobalDefault, 20, 50, Queue(128, 6)),
    ];

    /// <summary>The flow schemas.</summary>
    public static IReadOnlyList<JsonObject> Schemas =>
    [
        Schema(Exempt, Exempt, 1, null, Groups(UserInfo.Masters), Everything),
        Schema("probes", Exempt, 2, null, Everyone, Probes),
        Schema("system-leader-election", LeaderElection, 100, ByUser, [.. Users(ControllerManager, Scheduler), .. Accounts("*")], Resources("get create update", "coordination.k8s.io", "leases")),
        Schema("endpoint-controller", WorkloadHigh, 150, ByUser, [.. Users(ControllerManager), .. Accounts("endpoint-controller", "endpointslicemirroring-controller")], Resources("get create update", "", "endpoints")),
        Schema("workload-leader-election", LeaderElection, 200, ByUser, Accounts("*"), Resources("get create update", "coordination.k8s.io", "leases")),
        Schema("system-node-high", NodeHigh, 400, ByUser, Groups("system:nodes"), Resources("*", "", "nodes nodes/status", clusterScope: true), Resources("*", "coordination.k8s.io", "leases")),
        Schema("system-nodes", System, 500, ByUser, Groups("system:nodes"), Everything),
        Schema("kube-controller-manager", WorkloadHigh, 800, ByNamespace, Users(ControllerManager), Everything),
        Schema("kube-scheduler", WorkloadHigh, 800, ByNamespace, Users(Scheduler), Everything),
        Schema("kube-system-service-accounts", WorkloadHigh, 900, ByNamespace, Accounts("*"), Everything),
        Schema("service-accounts", WorkloadLow, 9000, ByUser, Groups("system:serviceaccounts"), Everything),
        Schema("global-default", GlobalDefault, 9900, ByUser, Everyone, Everything),
        Schema(CatchAll, CatchAll, 10_000, ByUser, Everyone, Everything),
    ];

    private static JsonObject[] Everything => [Resources("*", "*", "*", clusterScope: true), NonResources("*", "*")];

    private static JsonObject[] Probes => [NonResources("get", "/healthz /readyz /livez")];

    private static JsonObject[] Everyone => Groups(UserInfo.Unauthenticated, UserInfo.Authenticated);

    private static JsonObject[] Groups(params string[] names) => [.. names.Select(name => new JsonObject { ["kind"] = "Group", ["group"] = new JsonObject { ["name"] = name } })];

    private static JsonObject[] Users(params string[] names) => [.. names.Select(name => new JsonObject { ["kind"] = "User", ["user"] = new JsonObject { ["name"] = name } })];

    private static JsonObject[] Accounts(params string[] names) =>
        [.. names.Select(name => new JsonObject { ["kind"] = "ServiceAccount", ["serviceAccount"] = new JsonObject { ["namespace"] = "kube-system", ["name"] = name } })];

    private static JsonObject Resources(string verbs, string group, string resources, bool clusterScope = false)
    {
        var rule = new JsonObject { ["verbs"] = Words(verbs), ["apiGroups"] = new JsonArray(group), ["resources"] = Words(resources), ["namespaces"] = Words("*") };
        if (clusterScope) rule["clusterScope"] = true;
        return rule;
    }

    private static JsonObject NonResources(string verbs, string paths) => new() { ["verbs"] = Words(verbs), ["nonResourceURLs"] = Words(paths) };

    private static JsonArray Words(string text) => new([.. text.Split(' ').Select(word => (JsonNode?)word)]);

    private static JsonObject Queue(int queues, int handSize) => new()
    {
        ["type"] = "Queue",
        ["queuing"] = new JsonObject { ["queues"] = queues, ["handSize"] = handSize, ["queueLengthLimit"] = 50 },
    };

    private static JsonObject Limited(string name, int shares, int lendable, JsonObject response) => Of("PriorityLevelConfiguration", name, new()
    {
        ["type"] = "Limited",
        ["limited"] = new JsonObject { ["nominalConcurrencyShares"] = shares, ["lendablePercent"] = lendable, ["limitResponse"] = response },
    });

    private static JsonObject Schema(string name, string level, int precedence, string? distinguisher, JsonObject[] subjects, params JsonObject[] rules)
    {
        var rule = new JsonObject { ["subjects"] = new JsonArray([.. subjects]) };
        foreach (var (field, marker) in (ReadOnlySpan<(string, string)>)[("resourceRules", "resources"), ("nonResourceRules", "nonResourceURLs")])
            if (rules.Where(one => one.ContainsKey(marker)).ToArray() is { Length: > 0 } own) rule[field] = new JsonArray([.. own]);
        var spec = new JsonObject
        {
            ["matchingPrecedence"] = precedence,
            ["priorityLevelConfiguration"] = new JsonObject { ["name"] = level },
            ["rules"] = new JsonArray(rule),
        };
        if (distinguisher is not null) spec["distinguisherMethod"] = new JsonObject { ["type"] = distinguisher };
        return Of("FlowSchema", name, spec);
    }

    private static JsonObject Of(string kind, string name, JsonObject spec) => new()
    {
        ["apiVersion"] = "flowcontrol.apiserver.k8s.io/v1",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name, ["annotations"] = new JsonObject { ["apf.kubernetes.io/autoupdate-spec"] = "true" } },
        ["spec"] = spec,
    };
}
