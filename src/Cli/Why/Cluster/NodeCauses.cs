using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Cluster;

/// <summary>Why a node is not as it should be.</summary>
internal static class NodeCauses
{
    /// <summary>The causes; none when the node is ready and short of nothing.</summary>
    public static IReadOnlyList<Cause> Of(JsonObject node)
    {
        var causes = new List<Cause>();
        if (NotReady(node) is { } notReady)
            causes.Add(notReady);
        foreach (var (type, what, remedy) in Pressures)
            if (Conditions.Of(node, type) is { } condition && condition.Text("status") == "True")
                causes.Add(new Cause(what) { Evidence = [Conditions.Evidence(condition)], Remedy = new(remedy) });
        if (node.At("spec.unschedulable").AsBoolean() == true)
            causes.Add(new Cause("It is cordoned: it gets no new pods") { Remedy = new("When the work on it is done, let pods onto it again") { Command = $"kubectl uncordon {node.Name}" } });
        return causes;
    }

    /// <summary>Why the node is not ready; null when it is.</summary>
    public static Cause? NotReady(JsonObject node)
    {
        if (Conditions.Of(node, "Ready") is not { } ready)
            return new Cause("It has never said that it is ready") { Remedy = new("Start the node's agent") };
        var message = ready.Text("message") ?? "";
        return ready.Text("status") switch
        {
            "True" => null,
            "Unknown" => new Cause("Nothing is heard from the node's agent: the machine is off, cut off, or the agent does not run")
            {
                Evidence = [Conditions.Evidence(ready)],
                Remedy = new("Start the machine or the agent; if it is gone for good, delete the node, so that its pods go elsewhere") { Command = $"kubectl delete node {node.Name}" },
            },
            _ when message.Contains("cni", StringComparison.OrdinalIgnoreCase) || message.Contains("NetworkReady=false", StringComparison.Ordinal) => new Cause("The node's network for pods is not set up")
            {
                Evidence = [Conditions.Evidence(ready)],
                Remedy = new("Install or look at the network plugin (CNI) of the node"),
            },
            _ when message.Contains("runtime", StringComparison.OrdinalIgnoreCase) => new Cause("The node's container runtime does not answer")
            {
                Evidence = [Conditions.Evidence(ready)],
                Remedy = new("Look at containerd on the node"),
            },
            _ => new Cause("The node says that it is not ready") { Evidence = [Conditions.Evidence(ready)] },
        };
    }

    private static readonly (string Type, string What, string Remedy)[] Pressures =
    [
        ("MemoryPressure", "It is short of memory: it takes no pods without requests, and evicts those that take the most over theirs", "Give pods memory requests that are true, end some, or add memory"),
        ("DiskPressure", "It is short of disk: it takes no pods, removes unused images and evicts pods", "Make room on the node's disk: images, logs and emptyDir volumes are what grows"),
        ("PIDPressure", "It is short of process ids", "Find the pod that starts so many processes, and end it"),
        ("NetworkUnavailable", "Its network is not set up", "Look at the network plugin of the node"),
    ];
}
