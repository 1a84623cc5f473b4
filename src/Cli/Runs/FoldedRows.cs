using System.Globalization;
using Slipway.Api.Kinds;

namespace Slipway.Cli.Runs;

/// <summary>The rows of a task tree that have room, in their order.</summary>
/// <param name="Rows">Those that are shown.</param>
/// <param name="Ended">How many tasks that have ended are not shown, in words; null if all are.</param>
/// <param name="Open">How many tasks that have not ended are not shown, in words; null if all are.</param>
internal sealed record FoldedRows(IReadOnlyList<RunRow> Rows, string? Ended, string? Open)
{
    /// <summary>
    /// All rows if they have room; else those that need attention: what failed comes first, then what runs or says why it does not, what comes next, and last
    /// what has ended. An item comes with its task.
    /// </summary>
    /// <param name="rows">All rows; those of a task's items follow it.</param>
    /// <param name="room">How many lines there are, those of <see cref="Ended"/> and <see cref="Open"/> included.</param>
    public static FoldedRows Of(IReadOnlyList<RunRow> rows, int room)
    {
        if (rows.Count <= room) return new(rows, null, null);
        var shown = new SortedSet<int>();
        foreach (var at in Enumerable.Range(0, rows.Count).OrderByDescending(i => Interest(rows[i])).ThenBy(i => i))
        {
            var task = at;
            while (rows[task].Depth > 0) task--;
            if (shown.Count + (shown.Contains(at) ? 0 : 1) + (task == at || shown.Contains(task) ? 0 : 1) > room - 2) break;
            shown.Add(task);
            shown.Add(at);
        }

        var hidden = Enumerable.Range(0, rows.Count).Where(i => rows[i].Depth == 0 && !shown.Contains(i)).Select(i => rows[i].Phase).ToList();
        return new(
            [.. shown.Select(i => rows[i])],
            Count(hidden.Where(FlowPhase.IsFinal), "ended", FlowPhase.Failed),
            Count(hidden.Where(p => !FlowPhase.IsFinal(p)), "to come", FlowPhase.Running));
    }

    private static int Interest(RunRow row) => row.Phase switch
    {
        FlowPhase.Failed => 5,
        FlowPhase.Running => 4,
        _ when FlowPhase.IsFinal(row.Phase) => row.Attempts > 1 ? 1 : 0,
        _ => row.Note.Length > 0 ? 3 : 2,
    };

    private static string? Count(IEnumerable<string> phases, string what, string special)
    {
        var all = phases.ToList();
        var ofThose = all.Count(p => p == special);
        return all.Count == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"… {all.Count} more {what}{(ofThose > 0 ? $", {ofThose} of them {special}" : "")}");
    }
}
