using System.Globalization;
using k8s.Models;
using Slipway.Api.Kinds;
using Slipway.Cli.Output;
using Slipway.Cli.Resources;
using Slipway.Flows;

namespace Slipway.Cli.Runs;

/// <summary>What a run that has not ended does: what runs, and what the rest waits for. Pure functions of its status.</summary>
internal static class RunNow
{
    private const int Named = 2;
    private const int RowsShown = 20;

    /// <summary>The run in one line, for a list: what it waits for first, since somebody may have to do something about it, then what runs.</summary>
    public static string Line(FlowRun run)
    {
        var steps = Steps(run).ToList();
        var waits = steps.Where(s => s.Note.Length > 0).Select(s => s.Note).Distinct().ToList();
        var running = steps.Where(s => s is { Phase: FlowPhase.Running, Note.Length: 0 }).Select(s => s.Label).ToList();
        List<string> parts = [];
        if (run.Status is { Counts.Total: > 1, Progress: { } progress }) parts.Add($"{progress} done");
        if (RunRows.Waits(run) is { } whole) parts.Add(whole);
        parts.AddRange(waits.Take(Named));
        if (waits.Count > Named) parts.Add($"{waits.Count - Named} more wait");
        if (running.Count > 0) parts.Add($"{string.Join(", ", running.Take(Named))}{(running.Count > Named ? $" and {running.Count - Named} more run" : running.Count == 1 ? " runs" : " run")}");
        return string.Join("; ", parts);
    }

    /// <summary>A table of the tasks and items that have not ended, and of who holds the locks that they wait for.</summary>
    /// <param name="run">The run.</param>
    /// <param name="pods">The pods of flows in its namespace.</param>
    /// <param name="now">The present, for how long something runs.</param>
    /// <returns>Empty if nothing is open.</returns>
    public static string Table(FlowRun run, IReadOnlyCollection<V1Pod> pods, DateTimeOffset now)
    {
        var steps = Steps(run).ToList();
        if (steps.Count == 0) return "";
        List<IReadOnlyList<string>> lines = [["NOW", "STATE", "FOR", "TRY", ""]];
        lines.AddRange(steps.Take(RowsShown).Select(s => (IReadOnlyList<string>)
        [
            s.Label, s.Phase, s.Start is { } start ? Units.Duration(now - start) : "", s.Attempts > 0 ? s.Attempts.ToString(CultureInfo.InvariantCulture) : "",
            s.Note.Length > 0 ? s.Note : s.Waits,
        ]));
        if (steps.Count > RowsShown) lines.Add([$"… {steps.Count - RowsShown} more", "", "", "", ""]);
        return TableView.Pad(lines) + string.Concat(Holders(steps, pods).Select(h => $"{h}\n"));
    }

    /// <summary>A task or item that has not ended.</summary>
    /// <param name="Label">Its path.</param>
    /// <param name="Phase">Its phase.</param>
    /// <param name="Start">When its command was started first; null if it was not.</param>
    /// <param name="Attempts">How many attempts were started.</param>
    /// <param name="Note">What somebody may have to know or do: what it waits for beside other tasks. Empty if there is nothing of the kind.</param>
    /// <param name="Waits">What it waits for in the order of the flow.</param>
    private sealed record Step(string Label, string Phase, DateTimeOffset? Start, int Attempts, string Note, string Waits);

    private static IEnumerable<Step> Steps(FlowRun run)
    {
        var open = (run.Status?.Tasks ?? []).Where(t => !FlowPhase.IsFinal(t.Phase)).ToList();
        foreach (var task in open)
        {
            var items = (task.Items ?? []).Where(i => !FlowPhase.IsFinal(i.Phase)).Select(i => Of(task, i)).ToList();
            foreach (var item in items)
                yield return item;
            // A task with forEach, or one that calls others, tells what one of its parts waits for.
            var message = TerminalText.Escape(task.Message ?? "");
            var isTold = message.Length == 0 || items.Exists(i => i.Note.Contains(message, StringComparison.Ordinal)) || open.Exists(t => t != task && t.Message == task.Message && IsWithin(t, task));
            if (!isTold)
                yield return new(task.Name, task.Phase, null, 0, message, "");
            else if (items.Count == 0 && message.Length == 0 && !open.Exists(t => IsWithin(t, task)))
                yield return new(task.Name, task.Phase, null, 0, "", After(run, task, open));
        }
    }

    private static Step Of(FlowTaskStatus task, FlowItemStatus item)
    {
        var label = item.Path ?? (item.Index is { } index ? string.Create(CultureInfo.InvariantCulture, $"{task.Name}[{index}]") : task.Name);
        var message = TerminalText.Escape(item.Message ?? "");
        var start = item.StartTime is { } time ? new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)) : (DateTimeOffset?)null;
        return item.Phase == FlowPhase.Pending && item.Attempts > 0 && item.Reason is not null
            ? new(label, item.Phase, null, item.Attempts, $"is to be tried again: {message}", "")
            : new(label, item.Phase, start, item.Attempts, message, item.Phase == FlowPhase.Running && start is null ? $"its pod {item.Pod} is being started" : "");
    }

    private static bool IsWithin(FlowTaskStatus task, FlowTaskStatus call) => task.Name.StartsWith($"{call.Name}.", StringComparison.Ordinal);

    /// <summary>The tasks that one of the run's own flow comes after and that have not ended.</summary>
    private static string After(FlowRun run, FlowTaskStatus task, List<FlowTaskStatus> open)
    {
        if (run.Status?.Flow is not { } flow || flow.Staged.FirstOrDefault(s => s.Task.Name == task.Name) is not { Task: { } declared } found)
            return "";
        var needs = FlowExpressions.NeedsOf(declared, flow, flow.Defaults).Where(n => open.Exists(t => t.Name == n)).ToList();
        return needs.Count > 0 ? $"comes after {string.Join(", ", needs)}" : found.Stage == GroupStage.Tasks ? "" : "comes when all other tasks have ended";
    }

    private static IEnumerable<string> Holders(List<Step> steps, IReadOnlyCollection<V1Pod> pods) =>
        from pod in pods
        where pod.Status?.Phase is not ("Succeeded" or "Failed") && PodIdentity.Of(pod) is not null
        from name in pod.Metadata.Annotations?.TryGetValue(FlowNames.LocksAnnotation, out var names) == true ? names.Split(',') : []
        where steps.Exists(s => s.Note.EndsWith($" waits for the lock {name}", StringComparison.Ordinal))
        select $"The lock {name} is held by {PodIdentity.Of(pod)!.Path} of run {pod.Metadata.Labels[FlowNames.RunLabel]}." into line
        group line by line into lines // an attempt with replicas has several pods
        select lines.Key;
}
