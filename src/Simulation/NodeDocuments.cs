using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Simulation;

/// <summary>The documents of a simulated node, from its shape alone.</summary>
internal static class NodeDocuments
{
    private static readonly (string Type, bool Value, string Reason, string Message)[] Conditions =
    [
        ("MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", true, "KubeletReady", "the node is simulated"),
    ];

    /// <summary>The labels that a node must have.</summary>
    public static IEnumerable<KeyValuePair<string, string>> LabelsOf(FleetNode node)
    {
        yield return new("kubernetes.io/hostname", node.Name);
        yield return new("kubernetes.io/os", "linux");
        yield return new("kubernetes.io/arch", "amd64");
        yield return new("beta.kubernetes.io/os", "linux");
        yield return new("beta.kubernetes.io/arch", "amd64");
        yield return new(SimulatedNode.Label, "true");
        if (node.Zone is { } zone)
            yield return new("topology.kubernetes.io/zone", zone);
        foreach (var label in node.Shape.Labels)
            yield return label;
    }

    public static JsonObject Labels(FleetNode node)
    {
        var labels = new JsonObject();
        foreach (var (name, value) in LabelsOf(node))
            labels[name] = value;
        return labels;
    }

    public static ReadOnlyMemory<byte> Node(FleetNode node) => Bytes(new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Node",
        ["metadata"] = new JsonObject { ["name"] = node.Name, ["labels"] = Labels(node) },
        ["spec"] = new JsonObject
        {
            ["taints"] = new JsonArray([.. node.Shape.Taints.Select(taint => new JsonObject { ["key"] = taint.Key, ["value"] = taint.Value, ["effect"] = taint.Effect })]),
        },
    });

    /// <summary>The status as a strategic merge patch.</summary>
    public static ReadOnlyMemory<byte> Status(FleetNode node, string version, DateTime now)
    {
        var time = now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return Bytes(new JsonObject
        {
            ["status"] = new JsonObject
            {
                ["capacity"] = Capacity(node),
                ["allocatable"] = Capacity(node),
                ["addresses"] = new JsonArray(
                    new JsonObject { ["type"] = "InternalIP", ["address"] = node.Address },
                    new JsonObject { ["type"] = "Hostname", ["address"] = node.Name }),
                ["conditions"] = new JsonArray([.. Conditions.Select(condition => new JsonObject
                {
                    ["type"] = condition.Type,
                    ["status"] = condition.Value ? "True" : "False",
                    ["reason"] = condition.Reason,
                    ["message"] = condition.Message,
                    ["lastHeartbeatTime"] = time,
                    ["lastTransitionTime"] = time,
                })]),
                ["nodeInfo"] = new JsonObject
                {
                    ["architecture"] = "amd64",
                    ["operatingSystem"] = "linux",
                    ["osImage"] = "simulated",
                    ["kernelVersion"] = "simulated",
                    ["bootID"] = "",
                    ["machineID"] = "",
                    ["systemUUID"] = "",
                    ["containerRuntimeVersion"] = "simulated://",
                    ["kubeletVersion"] = version,
                    ["kubeProxyVersion"] = version,
                },
            },
        });
    }

    /// <summary>Whether a node's status is that of its shape, and others have not given it up.</summary>
    public static bool IsCurrent(SimulatedNode known, FleetNode node) =>
        known.Status?.Conditions?.Find(condition => condition.Type == "Ready")?.Status == "True"
        && known.Status.Capacity is { } capacity && capacity.Count == node.Shape.Capacity.Count
        && node.Shape.Capacity.All(resource => capacity.TryGetValue(resource.Key, out var value) && value == resource.Value);

    public static ReadOnlyMemory<byte> Lease(string node, string time) => Encoding.UTF8.GetBytes(
        $$"""{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"{{node}}"},"spec":{"holderIdentity":"{{node}}","leaseDurationSeconds":40,"renewTime":"{{time}}"} }""");

    public static ReadOnlyMemory<byte> Renewal(string time) => Encoding.UTF8.GetBytes($$"""{"spec":{"renewTime":"{{time}}"} }""");

    private static JsonObject Capacity(FleetNode node) => new([.. node.Shape.Capacity.Select(resource => KeyValuePair.Create(resource.Key, (JsonNode?)resource.Value))]);

    private static ReadOnlyMemory<byte> Bytes(JsonObject document) => Encoding.UTF8.GetBytes(document.ToJsonString());
}
