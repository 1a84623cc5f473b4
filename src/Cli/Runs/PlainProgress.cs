using System.Globalization;
using Slipway.Api.Kinds;

namespace Slipway.Cli.Runs;

/// <summary>
/// Progress as lines, for output that is not a terminal: one line for each change of a task's or item's phase, for each new attempt, and for what one waits for.
/// </summary>
internal sealed class PlainProgress
{
    private readonly Dictionary<string, (string Phase, int Attempts, string Waits)> _seen = [];
    private string? _said;

    /// <summary>The lines that tell what is new in <paramref name="run"/> since the last call.</summary>
    public IReadOnlyList<string> Lines(FlowRun run, DateTimeOffset now)
    {
        var lines = new List<string>();
        var time = now.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        if (RunRows.Waits(run) is { } waits && waits != _said) lines.Add($"{time}  {_said = waits}");
        var task = "";
        foreach (var row in RunRows.For(run, now))
        {
            if (row.Depth == 0) task = row.Name;
            var name = row.Depth == 0 ? task : row.Name[0] == '[' ? $"{task}{row.Name}" : row.Name;
            // What a task with forEach says is the progress of its items, which have lines of their own.
            var state = (row.Phase, Attempts: row.Attempts ?? 0, Waits: row.Attempts is null || FlowPhase.IsFinal(row.Phase) ? "" : row.Note);
            if (!_seen.TryGetValue(name, out var before)) before = (FlowPhase.Pending, 0, "");
            _seen[name] = state;
            if ((state.Phase, state.Attempts) == (before.Phase, before.Attempts) && (state.Waits.Length == 0 || state.Waits == before.Waits)) continue;
            lines.Add($"{time}  {name,-32} {row.Phase,-9}{Facts(row)}");
        }
        return lines;
    }

    private static string Facts(RunRow row)
    {
        var facts = new List<string>();
        if (FlowPhase.IsFinal(row.Phase) && row.Duration is { } took) facts.Add(Units.Duration(took));
        if (row.Memory.Length > 0) facts.Add($"memory {row.Memory}");
        if (row.Attempts > 1) facts.Add($"attempt {row.Attempts}");
        if (row.Note.Length > 0) facts.Add(row.Note);
        return facts.Count == 0 ? "" : $" {string.Join("  ", facts)}";
    }
}
