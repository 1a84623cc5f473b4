using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>
/// A run without a cluster: plans are made as the controller makes them, and their pods end at once as somebody says. Time passes only where nothing else can
/// happen, so that waits cost none.
/// </summary>
/// <param name="Pods">The pods that would have been created, in this order.</param>
/// <param name="Unknown">Attempts of which nobody could say how they end; the rehearsal has stopped there. Empty if it came to the end.</param>
/// <param name="End">The run as it was last.</param>
/// <param name="Status">Its status then.</param>
public sealed record FlowRehearsal(IReadOnlyList<PlannedPod> Pods, IReadOnlyList<TaskPath> Unknown, RunView End, FlowRunStatus Status)
{
    /// <summary>Rehearses a run. What has a fake is not played; approvals without one are given.</summary>
    /// <param name="start">The run before it begins.</param>
    /// <param name="play">How the attempt of a pod ends; null if that is not known.</param>
    public static FlowRehearsal Of(RunView start, Func<PlannedPod, RunView, AttemptRecord?> play)
    {
        var (pods, unknown) = (new List<PlannedPod>(), new List<TaskPath>());
        var (attempts, lost) = (start.Attempts.ToList(), start.LostImages.ToHashSet());
        var view = start with { Attempts = attempts, LostImages = lost, Fakes = start.Fakes ?? new Dictionary<string, TaskFake>() };
        while (true)
        {
            var plan = FlowPlan.For(view);
            var before = attempts.Count + lost.Count;
            attempts.AddRange(plan.Decided);
            attempts.AddRange(plan.Faked.Select(f => f.Record));
            foreach (var planned in plan.Create)
            {
                // The digest of an image is nothing that could be known here.
                if (ImagePod.Is(planned.Pod))
                {
                    lost.Add(PodImage.Named(planned.Pod));
                    continue;
                }

                pods.Add(planned);
                if (play(planned, view) is { } attempt)
                    attempts.Add(attempt);
                else
                    unknown.Add(PodIdentity.Of(planned.Pod)!.Path);
            }

            if (unknown.Count > 0)
                return new FlowRehearsal(pods, unknown, view, plan.Status);
            if (attempts.Count + lost.Count > before)
                continue;
            if (FlowPhase.IsFinal(plan.Status.Phase) || !(plan.NextDeadline > view.Now))
                return new FlowRehearsal(pods, unknown, view, plan.Status);
            view = view with { Now = plan.NextDeadline.Value };
        }
    }

    /// <summary>A run of a flow before it begins.</summary>
    /// <param name="name">Name of the flow.</param>
    /// <param name="definition">The flow, and those that it calls.</param>
    /// <param name="parameters">The parameters, defaults included.</param>
    /// <param name="interval">The interval of data; null for none.</param>
    /// <param name="now">The present.</param>
    public static RunView Start(string name, RunDefinition definition, IReadOnlyDictionary<string, System.Text.Json.Nodes.JsonNode?> parameters, DataInterval? interval, DateTimeOffset now) => new()
    {
        Namespace = "default",
        Name = $"{name}-00000",
        Uid = "00000000-0000-0000-0000-000000000000",
        FlowName = name,
        Definition = definition,
        Params = parameters,
        Interval = interval,
        Start = now,
        Now = now,
    };
}
