namespace Slipway.Scheduler;

/// <summary>Counts the pods that a question of a decision is about, by place, and goes on counting as pods come and go.</summary>
/// <param name="TopologyKey">The label of nodes that says which place they are.</param>
/// <param name="Counts">Whether a pod counts.</param>
/// <param name="CountsOn">Whether pods on a node count; null: on all.</param>
internal sealed record PodCounter(string TopologyKey, Func<PodDemand, bool> Counts, Func<NodeInfo, bool>? CountsOn)
{
    /// <summary>The result.</summary>
    public PlaceCounts Places { get; } = new();

    /// <summary>When it was last asked, in questions.</summary>
    public long LastAsked { get; set; }

    /// <summary>Takes in a node with its pods.</summary>
    public void Include(NodeInfo node)
    {
        if (!node.Labels.TryGetValue(TopologyKey, out var place) || CountsOn?.Invoke(node) == false)
            return;
        var pods = 0;
        foreach (var pod in node.Pods)
            if (Counts(pod))
                pods++;
        Places.Add(place, pods);
    }

    /// <summary>A pod has come to a node (1) or left it (-1).</summary>
    public void Change(NodeInfo node, PodDemand pod, int by)
    {
        if (Counts(pod) && node.Labels.TryGetValue(TopologyKey, out var place) && CountsOn?.Invoke(node) != false)
            Places.Add(place, by);
    }
}

/// <summary>The places of pods that all say the same of the pods around them.</summary>
/// <param name="Term">What they say.</param>
internal sealed record Sayers(PodTerm Term)
{
    /// <summary>How many of them are where.</summary>
    public PlaceCounts Places { get; } = new();

    /// <summary>How many there are, those in no place included.</summary>
    public int Pods { get; set; }
}
