using System.Globalization;
using Slipway.Api.Kinds;

namespace Slipway.Cli.Runs;

/// <summary>
/// Progress as lines, for output that is not a terminal: one line for each change of a task's or item's phase and for each new attempt.
/// </summary>
internal sealed class PlainProgress
{
    private readonly Dictionary<string, (string Phase, int Attempts)> _seen = [];
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
            var state = (row.Phase, row.Attempts ?? 0);
            var known = _seen.TryGetValue(name, out var before);
            _seen[name] = state;
            if (known ? before == state : row.Phase == FlowPhase.Pending && state.Item2 == 0) continue;
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
