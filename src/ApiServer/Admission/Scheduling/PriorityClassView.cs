using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.Scheduling;

/// <summary>A priority class (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/"/>).</summary>
internal sealed record PriorityClassView(string Name, long Value, bool IsDefault, string PreemptionPolicy)
{
    /// <summary>Policy of who says nothing.</summary>
    public const string Preempts = "PreemptLowerPriority";

    /// <summary>Highest value of a class that the system does not own.</summary>
    public const long HighestOfUsers = 1_000_000_000;

    /// <summary>The classes that exist in every cluster.</summary>
    public static IReadOnlyList<JsonObject> System { get; } =
    [
        Make("system-cluster-critical", 2 * HighestOfUsers, "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary."),
        Make("system-node-critical", 2 * HighestOfUsers + 1000, "Used for system critical pods that must not be moved from their current node."),
    ];

    public static PriorityClassView Read(JsonObject document) => new(
        document.Name, document.Integer("value") ?? 0, document.Boolean("globalDefault") == true,
        document.Text("preemptionPolicy") is { Length: > 0 } policy ? policy : Preempts);

    private static JsonObject Make(string name, long value, string description) => new()
    {
        ["apiVersion"] = "scheduling.k8s.io/v1",
        ["kind"] = "PriorityClass",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["value"] = value,
        ["description"] = description,
    };
}
