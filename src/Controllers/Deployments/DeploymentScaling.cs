namespace Slipway.Controllers;

/// <summary>How many pods each set of a Deployment is to have: arithmetic on <see cref="DeploymentSet.Replicas"/>.</summary>
internal static class DeploymentScaling
{
    /// <summary>Annotation with the size of the Deployment for which a set was scaled.</summary>
    public const string Desired = "deployment.kubernetes.io/desired-replicas";

    /// <summary>Annotation with the most pods that the Deployment might have had then.</summary>
    public const string Most = "deployment.kubernetes.io/max-replicas";

    /// <summary>Whether the Deployment has another size than its sets were made for.</summary>
    public static bool IsScaled(DeploymentView deployment, DeploymentSets sets) =>
        sets.Active.Any(set => set.View.Number(Desired) is { } desired && desired != deployment.Replicas);

    /// <summary>How many pods a new set may have beside the others.</summary>
    public static int RoomForNew(DeploymentView deployment, DeploymentSets sets)
    {
        if (!deployment.IsRolling)
            return deployment.Replicas;
        // Pods that are to go are there until their set's status says that they are not.
        var own = sets.New?.Replicas ?? 0;
        var room = sets.All.All(set => set.IsSettled) ? deployment.Replicas + deployment.MaxSurge - sets.All.Sum(set => Math.Max(set.Replicas, set.View.Status?.Replicas ?? 0)) : 0;
        return room <= 0 ? own : own + Math.Min(room, deployment.Replicas - own);
    }

    /// <summary>Gives the new set what it may have.</summary>
    /// <returns>Whether that changes anything.</returns>
    public static bool ScaleNew(DeploymentView deployment, DeploymentSets sets)
    {
        if (sets.New is not { } set || set.Replicas == deployment.Replicas)
            return false;
        var before = set.Replicas;
        Set(set, set.Replicas > deployment.Replicas ? deployment.Replicas : RoomForNew(deployment, sets));
        return set.Replicas != before;
    }

    /// <summary>Takes from old sets what need not be kept: first pods that are not available, then as many as the new set's make up for.</summary>
    public static void ScaleOldDown(DeploymentView deployment, DeploymentSets sets)
    {
        if (!sets.All.All(set => set.IsSettled))
            return;
        var least = deployment.Replicas - deployment.MaxUnavailable;
        var newUnavailable = sets.New is { } current ? current.Replicas - current.View.Available : 0;
        var spare = sets.Total - least - newUnavailable;
        foreach (var set in sets.Old)
        {
            var unhealthy = Math.Min(spare, set.Replicas - set.View.Available);
            if (spare <= 0 || set.Replicas == 0 || unhealthy <= 0)
                continue;
            Set(set, set.Replicas - unhealthy);
            spare -= unhealthy;
        }
        if (spare <= 0)
            return;
        // A status may be behind: no set has more available pods than it is to have, and no more go than are spare.
        var surplus = Math.Min(sets.All.Sum(set => Math.Min(set.View.Available, set.Replicas)) - least, spare);
        foreach (var set in sets.Old)
        {
            var healthy = Math.Min(surplus, set.Replicas);
            if (healthy <= 0)
                continue;
            Set(set, set.Replicas - healthy);
            surplus -= healthy;
        }
    }

    /// <summary>Takes all pods from old sets.</summary>
    /// <returns>Whether there were any.</returns>
    public static bool EmptyOld(DeploymentSets sets)
    {
        var active = sets.Old.Where(set => set.Replicas > 0).ToList();
        foreach (var set in active)
            Set(set, 0);
        return active.Count > 0;
    }

    /// <summary>Follows a change of the Deployment's size, without rolling on: sets that have pods share it by what they have.</summary>
    public static void Share(DeploymentView deployment, DeploymentSets sets)
    {
        if (OnlyOrLatest(sets) is { } only)
        {
            Set(only, deployment.Replicas);
            return;
        }
        if (sets.New is { } current && current.Replicas == deployment.Replicas && current.View.Available == deployment.Replicas && current.View.Number(Desired) == deployment.Replicas)
        {
            EmptyOld(sets);
            return;
        }
        if (deployment.IsRolling)
            ShareByProportion(deployment, sets);
    }

    private static void ShareByProportion(DeploymentView deployment, DeploymentSets sets)
    {
        var change = (deployment.Replicas > 0 ? deployment.Replicas + deployment.MaxSurge : 0) - sets.Total;
        // The largest first; of equal ones the newest gains first, and the oldest loses first.
        var bySize = sets.Active.OrderByDescending(set => set.Replicas);
        List<DeploymentSet> active = [.. change > 0
            ? bySize.ThenByDescending(set => set.View.Metadata.CreationTimestamp)
            : bySize.ThenBy(set => set.View.Metadata.CreationTimestamp)];
        var shares = active.ConvertAll(_ => 0);
        var given = 0;
        for (var i = 0; i < active.Count; i++)
        {
            if (change == given)
                break;
            var share = ProportionOf(deployment, active[i]);
            shares[i] = change > 0 ? Math.Min(share, change - given) : Math.Max(share, change - given);
            given += shares[i];
        }
        // What rounding leaves goes to the largest.
        if (active.Count > 0)
            shares[0] += change - given;
        for (var i = 0; i < active.Count; i++)
            Set(active[i], Math.Max(active[i].Replicas + shares[i], 0));
    }

    private static int ProportionOf(DeploymentView deployment, DeploymentSet set)
    {
        if (deployment.Replicas == 0)
            return -set.Replicas;
        var before = set.View.Number(Most) is { } most and > 0 ? most : deployment.Status?.Replicas ?? 0;
        if (before == 0)
            return 0;
        var size = (double)set.Replicas * (deployment.Replicas + deployment.MaxSurge) / before;
        return (int)Math.Round(size, MidpointRounding.AwayFromZero) - set.Replicas;
    }

    private static DeploymentSet? OnlyOrLatest(DeploymentSets sets) => sets.Active.Take(2).ToList() switch
    {
        [] => sets.New ?? (sets.Old.Count > 0 ? sets.Old[^1] : null),
        [var only] => only,
        _ => null,
    };

    private static void Set(DeploymentSet set, int replicas) => (set.Replicas, set.IsAnnotated) = (replicas, true);
}
