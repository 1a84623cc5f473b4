namespace Slipway.Simulation;

/// <summary>What happens next to a pod.</summary>
internal enum PodStage
{
    /// <summary>Its containers run.</summary>
    Start,

    /// <summary>It is ready.</summary>
    Ready,

    /// <summary>Its containers end, for good.</summary>
    End,

    /// <summary>Its containers end and run anew.</summary>
    Restart,

    /// <summary>It is gone.</summary>
    Remove,
}

/// <summary>The next stage of a pod, and when it comes.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Due">When; a time in the past means at once.</param>
/// <param name="ExitCode">With which code containers end, of those stages in which they do.</param>
internal readonly record struct PodStep(PodStage Stage, DateTime Due, int ExitCode = 0);

/// <summary>
/// The life of pods on simulated nodes, from what their documents say alone, so that it goes on where it was after a restart.
/// Times are whole seconds, as the API keeps them; chance is the plan's.
/// </summary>
internal static class PodLife
{
    /// <summary>The rule by which a pod lives.</summary>
    public static PodRule RuleFor(SimulatedPod pod, SimulationPlan plan)
    {
        foreach (var rule in plan.Pods)
            if (rule.Selects(pod))
                return rule.RunFor is null && pod.IsOfJob ? rule with { RunFor = PodRule.OfJobs.RunFor } : rule;
        return pod.IsOfJob ? PodRule.OfJobs : PodRule.Lasting;
    }

    /// <summary>What happens next to a pod that is bound to a simulated node; null: nothing until it changes.</summary>
    public static PodStep? Next(SimulatedPod pod, SimulationPlan plan)
    {
        var rule = RuleFor(pod, plan);
        var key = Kinds.Pods.KeyOf(pod);
        var restarts = pod.Main?.RestartCount ?? 0;
        if (pod.Metadata.DeletionTimestamp is { } deadline)
            return Removal(pod, rule, deadline, Draw("stop"));
        if (pod.HasEnded)
            return null;
        if (pod.Status.Phase != "Running" || pod.Main?.State?.Running?.StartedAt is not { } startedAt)
            return new(PodStage.Start, pod.BoundAt + rule.StartDelay.At(Draw("start")));

        var ready = pod.Condition("Ready")?.Status != "True" && pod.GatesAreOpen
            ? new PodStep(PodStage.Ready, startedAt + rule.ReadyDelay.At(Draw("ready")))
            : (PodStep?)null;
        if (rule.RunFor is not { } runFor)
            return ready;
        var fails = rule.FailureProbability > 0 && Draw("fail") < rule.FailureProbability;
        var again = pod.Spec.RestartPolicy is null or "Always" || (fails && pod.Spec.RestartPolicy == "OnFailure");
        var end = new PodStep(again ? PodStage.Restart : PodStage.End, startedAt + runFor.At(Draw("run")), fails ? rule.ExitCode : 0);
        return ready is { } first && first.Due <= end.Due ? first : end;

        double Draw(string what) => Chance.Of(plan.Seed, key, restarts, what);
    }

    /// <summary>Whether a pod is ready as soon as it runs.</summary>
    public static bool IsReadyAtOnce(SimulatedPod pod, PodRule rule) => rule.ReadyDelay == default && pod.GatesAreOpen;

    // A pod that others still hold by a finalizer has its end told first, so that they see how it went.
    private static PodStep? Removal(SimulatedPod pod, PodRule rule, DateTime deadline, double draw)
    {
        var grace = TimeSpan.FromSeconds(pod.Metadata.DeletionGracePeriodSeconds ?? 0);
        var stop = rule.StopDelay.At(draw);
        var due = deadline - grace + (stop < grace ? stop : grace);
        if (pod.Metadata.Finalizers is not { Count: > 0 })
            return new(PodStage.Remove, due);
        if (!pod.HasEnded && pod.Status.StartTime is not null)
            return new(PodStage.End, due, ExitCode: 143);
        return grace == TimeSpan.Zero ? null : new(PodStage.Remove, due);
    }
}
