namespace Slipway.Controllers;

/// <summary>A ReplicaSet of a Deployment, and how many pods it is to have.</summary>
internal sealed class DeploymentSet(ReplicaSetView view)
{
    public ReplicaSetView View { get; } = view;

    /// <summary>Pods that it is to have, as decided so far.</summary>
    public int Replicas { get; set; } = view.Replicas;

    /// <summary>Whether it is to say for which size of the Deployment it has its own.</summary>
    public bool IsAnnotated { get; set; }

    public string Name => View.Metadata.Name;

    /// <summary>Whether its status tells of its size: until then its pods may be as many as they were before.</summary>
    public bool IsSettled => !(View.Metadata.Generation > 1) || View.Status?.ObservedGeneration >= View.Metadata.Generation;
}

/// <summary>The ReplicaSets of a Deployment: that of its template, and those of former ones.</summary>
internal sealed class DeploymentSets
{
    /// <summary>Annotation with the number of a revision, on sets and on the Deployment.</summary>
    public const string Revision = "deployment.kubernetes.io/revision";

    private DeploymentSets(DeploymentSet? current, List<DeploymentSet> old) => (New, Old) = (current, old);

    /// <summary>The set of the Deployment's template; null when there is none yet.</summary>
    public DeploymentSet? New { get; }

    /// <summary>The others, oldest first.</summary>
    public IReadOnlyList<DeploymentSet> Old { get; }

    public IEnumerable<DeploymentSet> All => New is null ? Old : Old.Append(New);

    /// <summary>Those that have pods.</summary>
    public IEnumerable<DeploymentSet> Active => All.Where(set => set.Replicas > 0);

    /// <summary>Pods that all sets are to have.</summary>
    public int Total => All.Sum(set => set.Replicas);

    /// <summary>The revision of the newest set: above all others; one that is the highest keeps its own.</summary>
    public long NewRevision => Math.Max(Old.Select(set => set.View.Number(Revision) ?? 0).DefaultIfEmpty().Max() + 1, New?.View.Number(Revision) ?? 0);

    /// <summary>Sorts the sets that a Deployment controls.</summary>
    public static DeploymentSets Of(DeploymentView deployment, IEnumerable<ReplicaSetView> sets)
    {
        var template = PodTemplate.TextOf(PodTemplate.WithoutHash(deployment.Spec.Template));
        DeploymentSet? current = null;
        var old = new List<DeploymentSet>();
        foreach (var set in sets.OrderBy(set => set.Metadata.CreationTimestamp).ThenBy(set => set.Metadata.Name, StringComparer.Ordinal))
            if (current is null && PodTemplate.TextOf(PodTemplate.WithoutHash(set.Spec.Template)) == template)
                current = new(set);
            else
                old.Add(new(set));
        return new(current, old);
    }

    /// <summary>Old sets without pods that are more than the history is to keep, oldest revisions first.</summary>
    public IEnumerable<ReplicaSetView> Forgettable(int? historyLimit)
    {
        if (historyLimit is not { } limit || limit == int.MaxValue)
            return [];
        var alive = Old.Where(set => set.View.Metadata.DeletionTimestamp is null).ToList();
        return alive
            .OrderBy(set => set.View.Number(Revision) ?? 0)
            .Take(Math.Max(alive.Count - limit, 0))
            .Where(set => set is { Replicas: 0, View: { Replicas: 0, Status: null or { Replicas: 0 } } } && set.View.Metadata.Generation <= (set.View.Status?.ObservedGeneration ?? 0))
            .Select(set => set.View);
    }
}
