using System.Text.Json.Nodes;
using Slipway.Api;

namespace Slipway.Simulation;

/// <summary>What simulated nodes are like, and how pods live on them. Immutable; the same plan gives the same fates.</summary>
public sealed record SimulationPlan
{
    /// <summary>What chance is drawn from.</summary>
    public int Seed { get; init; }

    /// <summary>The shapes of nodes, taken in turn by their weights; at least one.</summary>
    public IReadOnlyList<NodeShape> Nodes { get; init; } = [NodeShape.Default];

    /// <summary>How pods live; the first rule that selects a pod decides.</summary>
    public IReadOnlyList<PodRule> Pods { get; init; } = [];

    /// <summary>Nodes of 32 cores and 256 GiB; pods run at once and for ever, those of Jobs for a second.</summary>
    public static SimulationPlan Default { get; } = new();

    /// <summary>Reads a plan: a <c>Simulation</c> of <c>simulation.slipway.dev/v1alpha1</c>.</summary>
    /// <exception cref="ApiException">400 or 422: it is none; the message names each field with its path.</exception>
    public static SimulationPlan Parse(JsonObject document) => SimulationReader.Read(document);
}

/// <summary>What a group of simulated nodes has.</summary>
public sealed record NodeShape
{
    /// <summary>KWOK's node, so that figures can be compared.</summary>
    public static NodeShape Default { get; } = new()
    {
        Name = "simulated",
        Capacity = new Dictionary<string, string> { ["cpu"] = "32", ["memory"] = "256Gi", ["ephemeral-storage"] = "1Ti", ["pods"] = "110" },
    };

    /// <summary>Begins the names of its nodes: a DNS label.</summary>
    public required string Name { get; init; }

    /// <summary>How many of its nodes there are for each one of a shape of weight 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Quantities by resource; also what can be allocated.</summary>
    public required IReadOnlyDictionary<string, string> Capacity { get; init; }

    /// <summary>Labels beside those that every node has.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Taints with which its nodes are registered.</summary>
    public IReadOnlyList<NodeTaint> Taints { get; init; } = [];

    /// <summary>Zones, given to its nodes in turn as <c>topology.kubernetes.io/zone</c>; none when empty.</summary>
    public IReadOnlyList<string> Zones { get; init; } = [];
}

/// <summary>A taint of a node.</summary>
public readonly record struct NodeTaint(string Key, string Value, string Effect);
