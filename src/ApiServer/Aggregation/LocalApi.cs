using System.Text.Json.Nodes;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Usage;

namespace Slipway.ApiServer.Aggregation;

/// <summary>A version of a group that this server serves itself, as an APIService tells of it.</summary>
/// <param name="Group">The group.</param>
/// <param name="Version">The version.</param>
/// <param name="GroupPriority">Priority among the groups.</param>
/// <param name="VersionPriority">Priority among the group's versions.</param>
/// <param name="IsLasting">Whether the APIService is kept so all the time, as those of custom resources; otherwise from one start to the next.</param>
internal sealed record LocalApi(string Group, string Version, int GroupPriority, int VersionPriority, bool IsLasting)
{
    /// <summary>Label of APIServices that the server makes, and takes away.</summary>
    public const string Label = "kube-aggregator.kubernetes.io/automanaged";

    /// <summary>Value of the label for what is kept so all the time.</summary>
    public const string Lasting = "true";

    /// <summary>Value of the label for what is looked at when the server starts.</summary>
    public const string OnStart = "onstart";

    // Facts: https://github.com/kubernetes/kubernetes/blob/master/pkg/controlplane/apiserver/aggregator.go
    private static readonly Dictionary<string, int> Groups = new(StringComparer.Ordinal)
    {
        [""] = 18000, ["apps"] = 17800, ["events.k8s.io"] = 17750, ["authentication.k8s.io"] = 17700, ["authorization.k8s.io"] = 17600,
        ["autoscaling"] = 17500, ["batch"] = 17400, ["certificates.k8s.io"] = 17300, ["networking.k8s.io"] = 17200, ["policy"] = 17100,
        ["rbac.authorization.k8s.io"] = 17000, ["storage.k8s.io"] = 16800, ["apiextensions.k8s.io"] = 16700,
        ["admissionregistration.k8s.io"] = 16700, ["scheduling.k8s.io"] = 16600, ["coordination.k8s.io"] = 16500, ["node.k8s.io"] = 16300,
        ["discovery.k8s.io"] = 16200, ["flowcontrol.apiserver.k8s.io"] = 16100, ["resource.k8s.io"] = 15900,
        ["storagemigration.k8s.io"] = 15800,
    };

    /// <summary>Name of the APIService.</summary>
    public string Name => $"{Version}.{Group}";

    /// <summary>
    /// What a server serves itself. APIServices are left out, as upstream; and the metrics of nodes and pods, whose APIService
    /// belongs to whoever installs another source of them, such as the chart of metrics-server.
    /// </summary>
    /// <param name="catalog">Its kinds.</param>
    /// <param name="extensions">Paths of what its extensions serve: <c>/apis/GROUP/VERSION</c>.</param>
    public static IReadOnlyList<LocalApi> Of(ResourceCatalog catalog, IEnumerable<string> extensions) =>
    [
        .. catalog.Groups.Where(group => group.Name is not ("apiregistration.k8s.io" or UsageMetrics.Group)).SelectMany(group => group.Versions.Select(version =>
            version.Resources.All(resource => resource.Custom is not null) ? new LocalApi(group.Name, version.Name, 1000, 100, IsLasting: true) : BuiltIn(group.Name, version.Name))),
        .. extensions.Select(path => path.Split('/')).Where(parts => parts is ["", "apis", _, _]).Select(parts => new LocalApi(parts[2], parts[3], 1000, 100, IsLasting: false)),
    ];

    /// <summary>The APIService.</summary>
    public JsonObject ToDocument() => new()
    {
        ["apiVersion"] = "apiregistration.k8s.io/v1",
        ["kind"] = "APIService",
        ["metadata"] = new JsonObject { ["name"] = Name, ["labels"] = new JsonObject { [Label] = IsLasting ? Lasting : OnStart } },
        ["spec"] = ToSpec(),
    };

    /// <summary>What the APIService declares.</summary>
    public JsonObject ToSpec() => new()
    {
        ["group"] = Group,
        ["version"] = Version,
        ["groupPriorityMinimum"] = GroupPriority,
        ["versionPriority"] = VersionPriority,
    };

    private static LocalApi BuiltIn(string group, string version) =>
        new(group, version, Groups.GetValueOrDefault(group, 1000), (group, version) switch
        {
            ("", _) => 1,
            ("autoscaling", "v2") => 30,
            ("flowcontrol.apiserver.k8s.io", "v1") => 21,
            _ => 15,
        }, IsLasting: false);
}

/// <summary>What is to be done so that the server's APIServices are as they should be.</summary>
/// <param name="Create">Those that are missing.</param>
/// <param name="Change">Those that say something else.</param>
/// <param name="Delete">Names of those whose group or version is served no more.</param>
internal sealed record LocalApiPlan(IReadOnlyList<LocalApi> Create, IReadOnlyList<LocalApi> Change, IReadOnlyList<string> Delete)
{
    /// <summary>Compares. What others have made, or have given a server of its own, is left alone.</summary>
    /// <param name="served">What this server serves itself.</param>
    /// <param name="known">The APIServices that there are.</param>
    /// <param name="isStart">Whether the server has just started: what is not lasting is looked at only then.</param>
    public static LocalApiPlan For(IReadOnlyList<LocalApi> served, IReadOnlyList<AggregatedApi> known, bool isStart)
    {
        var names = known.ToDictionary(api => api.Name, StringComparer.Ordinal);
        var wanted = served.Select(api => api.Name).ToHashSet(StringComparer.Ordinal);
        return new(
            [.. served.Where(api => (api.IsLasting || isStart) && !names.ContainsKey(api.Name))],
            [.. served.Where(api => names.TryGetValue(api.Name, out var now) && IsOurs(now) && (now.GroupPriority, now.Priority) != (api.GroupPriority, api.VersionPriority))],
            [.. known.Where(api => IsOurs(api) && !wanted.Contains(api.Name)).Select(api => api.Name)]);

        bool IsOurs(AggregatedApi api) => api.Service is null && (api.Managed == LocalApi.Lasting || (isStart && api.Managed == LocalApi.OnStart));
    }
}
