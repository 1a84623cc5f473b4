using Slipway.Api.Kinds;
using Slipway.Cli.Output;

namespace Slipway.Cli.Runs;

/// <summary>One line of the task tree. Its texts are fit for a terminal.</summary>
/// <param name="Depth">0 for a task, 1 for an item of a task with forEach.</param>
/// <param name="Name">Name of the task, or the item as <c>[index] text</c>; in a call the whole path in place of the index.</param>
/// <param name="Phase">Phase of the task or item.</param>
/// <param name="Duration">Time from the first attempt's start to the last one's end, or to now; null if it has not started.</param>
/// <param name="Memory">Peak and limit, <c>213Mi / 256Mi</c>; empty while nothing is known.</param>
/// <param name="Attempts">How many attempts were started; null for a task with forEach.</param>
/// <param name="Note">Progress of a fan-out, or the last failure in one line.</param>
internal sealed record RunRow(int Depth, string Name, string Phase, TimeSpan? Duration, string Memory, int? Attempts, string Note);

/// <summary>The task tree of a run, as lines.</summary>
internal static class RunRows
{
    /// <summary>The tasks of <paramref name="run"/> in the flow's order, each with those of its items that a reader wants to see.</summary>
    /// <param name="run">The run.</param>
    /// <param name="now">The present, for the durations of what still runs.</param>
    /// <param name="itemsShown">How many items of one task are shown at most; those that run, failed or were retried come first.</param>
    public static IReadOnlyList<RunRow> For(FlowRun run, DateTimeOffset now, int itemsShown = int.MaxValue)
    {
        var rows = new List<RunRow>();
        foreach (var task in run.Status?.Tasks ?? [])
        {
            var items = task.Items ?? [];
            if (items is [{ Index: null, Path: null } only])
            {
                rows.Add(Row(0, task.Name, only, now) with { Phase = task.Phase });
                continue;
            }
            rows.Add(new(0, task.Name, task.Phase, Span(task.StartTime, task.CompletionTime, now), "", null, TerminalText.Escape(Progress(task))));
            var shown = items.OrderByDescending(Interest).ThenBy(item => item.Index).Take(itemsShown).OrderBy(item => item.Index);
            rows.AddRange(shown.Select(item => Row(1, (item.Path ?? $"[{item.Index}]") + (string.IsNullOrEmpty(item.Item) ? "" : $" {ItemLabel.Of(item.Item)}"), item, now)));
        }
        return rows;
    }

    /// <summary>Why a run that has not ended does not go on as a whole: its turn, its flow, a suspension; null if its tasks say all that there is to say.</summary>
    public static string? Waits(FlowRun run) =>
        run.Status is { Message: { Length: > 0 } message } status && !FlowPhase.IsFinal(status.Phase) && status.Tasks?.Exists(t => Says(t, message)) != true ? TerminalText.Escape(message) : null;

    // That of the first task which failed, and how many more have.
    private static bool Says(FlowTaskStatus task, string message) =>
        task.Message is { Length: > 0 } own && message.StartsWith(own, StringComparison.Ordinal) && (message.Length == own.Length || message.AsSpan(own.Length).StartsWith(" (and "));

    /// <summary>The run in one line: phase, how many items have ended, how long it takes, and what it waits for.</summary>
    public static string Summary(FlowRun run, DateTimeOffset now) => string.Join("  ", new[]
    {
        run.Status?.Phase ?? FlowPhase.Pending, run.Status?.Progress ?? "", Span(run.Status?.StartTime, run.Status?.CompletionTime, now) is { } took ? Units.Duration(took) : "",
        run.Status?.Late == true ? "late" : "", Waits(run) ?? "",
    }.Where(t => t.Length > 0));

    private static RunRow Row(int depth, string name, FlowItemStatus item, DateTimeOffset now) =>
        new(depth, TerminalText.Escape(name), item.Phase, Span(item.StartTime, item.CompletionTime, now), Memory(item), item.Attempts, TerminalText.Escape(item.Message ?? ""));

    private static int Interest(FlowItemStatus item) =>
        item.Phase == FlowPhase.Failed ? 3 : item.Phase == FlowPhase.Running ? 2 : item.Attempts > 1 ? 1 : 0;

    private static string Progress(FlowTaskStatus task) => task switch
    {
        { Counts: { Total: > 1 } counts } => $"{counts.Succeeded + counts.Failed + counts.Skipped}/{counts.Total}"
            + (string.IsNullOrEmpty(task.Message) ? "" : $", {task.Message}"),
        _ => task.Message ?? "",
    };

    private static string Memory(FlowItemStatus item) => (item.PeakMemoryBytes, item.MemoryLimit) switch
    {
        ({ } peak, { } limit) => $"{Units.Bytes(peak)} / {limit}",
        ({ } peak, null) => Units.Bytes(peak),
        (null, { } limit) => $"- / {limit}",
        _ => "",
    };

    private static TimeSpan? Span(DateTime? start, DateTime? end, DateTimeOffset now) =>
        start is { } from ? (end?.ToUniversalTime() ?? now.UtcDateTime) - from.ToUniversalTime() : null;
}
