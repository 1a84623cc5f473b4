using System.Text.Json;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>What a run takes over from an earlier one of the same flow: the results that its own tasks would come to again.</summary>
internal static class TakeOver
{
    /// <summary>
    /// The attempts to take over, as attempts of the new run. A task's are taken if the task is defined as it was, if all that it needs was
    /// taken whole, and if it neither is <paramref name="from"/> nor comes after it. Of an item that has not succeeded nothing is taken: not of a
    /// call, since what it did at its end may have undone the rest, nor of rounds that did not come to what they were for. Nor is
    /// anything of an item whose outputs are not kept any more, or of a task that mounts a volume of the run: what it left there is not here.
    /// </summary>
    /// <param name="earlier">The earlier run as it ended, without pods.</param>
    /// <param name="after">What the new run works by.</param>
    /// <param name="from">The task from which on all is run again; null for what has not succeeded only.</param>
    /// <param name="isKept">Whether the artifact of a hash is kept.</param>
    public static IReadOnlyList<AttemptRecord> Of(RunView earlier, RunDefinition after, string? from, Func<string, bool> isKept)
    {
        var before = earlier.Definition;
        var root = GroupState.OfRun(new PlanContext(earlier with { IsSuspended = true })); // so that no pods are made for what did not succeed
        var whole = new Dictionary<string, bool>();
        var taken = new List<AttemptRecord>();
        foreach (var task in after.Flow.Tasks)
            Decide(task);
        return taken;

        bool Decide(FlowTask task)
        {
            if (whole.TryGetValue(task.Name, out var known))
                return known;
            whole[task.Name] = false;
            var needs = FlowExpressions.NeedsOf(task, after.Flow, after.Flow.Defaults).Select(n => Decide(after.Flow.Tasks.First(t => t.Name == n))).ToList();
            if (task.Name == from || needs.Contains(false) || !IsTakeable(task, before, after))
                return false;
            var state = root.Of(task.Name);
            var results = state.Items.Where(i => i.Phase == FlowPhase.Succeeded)
                .Select(i => StatusOfRun.Leaves(i).Select(l => l.Success).OfType<AttemptRecord>().ToList())
                .Where(r => r.SelectMany(a => a.OutputHashes).All(isKept))
                .ToList();
            taken.AddRange(results.SelectMany(r => r).Select(a => a with
            {
                Number = 1,
                Pod = "",
                PodUid = "",
                Message = $"taken over from run {earlier.Name}",
            }));
            return whole[task.Name] = (state.Phase == FlowPhase.Succeeded && results.Count == state.Items.Count) || (state.Phase == FlowPhase.Skipped && !state.IsStopped);
        }
    }

    /// <summary>
    /// Whether a task may be taken over if all that it needs is: it is defined as it was, and leaves nothing in a volume of the run. A service is not, so that
    /// nothing is that needs one: what it held is gone.
    /// </summary>
    public static bool IsTakeable(FlowTask task, RunDefinition before, RunDefinition after) => task.Service is null && !RunVolume.IsTouchedBy(task, after) && IsSame(task, before, after);

    /// <summary>Whether a task, with what it calls, is defined in one run as in another.</summary>
    private static bool IsSame(FlowTask task, RunDefinition before, RunDefinition after)
    {
        if (before.Flow.Tasks.Find(t => t.Name == task.Name) is not { } old || Text(old) != Text(task) || Text(before.Flow.Defaults) != Text(after.Flow.Defaults))
            return false;
        return !task.IsCall || (Templates(before.Flow) == Templates(after.Flow)
            && before.Flows.Count == after.Flows.Count && after.Flows.All(f => before.Flows.TryGetValue(f.Key, out var called) && Text(called) == Text(f.Value)));
    }

    private static string Text(FlowTask task) => JsonSerializer.Serialize(task, KindsJson.Default.FlowTask);

    private static string Text(TaskDefaults? defaults) => defaults is null ? "" : JsonSerializer.Serialize(defaults, KindsJson.Default.TaskDefaults);

    private static string Text(FlowSpec flow) => JsonSerializer.Serialize(flow, KindsJson.Default.FlowSpec);

    // As a whole: a template can call another one.
    private static string Templates(FlowSpec flow) => flow.Templates is null ? "" : Text(new FlowSpec { Templates = flow.Templates });
}
