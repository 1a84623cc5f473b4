using System.Text.Json.Nodes;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>What a manifest should declare for a task whose memory <c>onOutOfMemory</c> has raised, in this run or one that it has learnt from.</summary>
/// <param name="Task">The task, as <see cref="AttemptRecord.Task"/> names it.</param>
/// <param name="DeclaredBytes">What it declares.</param>
/// <param name="LimitBytes">The most that an attempt succeeded with.</param>
/// <param name="PeakBytes">The highest measured peak of these; null if none is known.</param>
/// <param name="ProposedBytes">What would be enough: somewhat more than the peak, and no more than was enough.</param>
internal sealed record MemoryProposal(string Task, long DeclaredBytes, long LimitBytes, long? PeakBytes, long ProposedBytes)
{
    /// <summary>The proposals for a run, in the order of its tasks' first attempts.</summary>
    public static IEnumerable<MemoryProposal> Of(RunDefinition definition, IReadOnlyCollection<AttemptRecord> attempts)
    {
        foreach (var task in attempts.Where(a => a.Succeeded && a.MemoryLimitBytes is not null && a.Pod.Length > 0).GroupBy(a => a.Task))
        {
            if (definition.Find(task.First().Path) is not var (owner, found) || new TaskSettings(found, owner.Defaults) is not { OnOutOfMemory: not null, Memory: { } declared })
                continue;
            var (limit, peak) = (task.Max(a => a.MemoryLimitBytes!.Value), task.Max(a => a.PeakMemoryBytes));
            if (limit <= declared)
                continue;
            // What was killed at the declared limit needs more than that, whatever was measured of another item.
            var enough = peak is { } bytes && MemoryPolicy.Enough(bytes) is var some && some > declared ? Math.Min(some, limit) : limit;
            yield return new MemoryProposal(task.Key, declared, limit, peak, enough);
        }
    }

    /// <summary>As the API shows it.</summary>
    public JsonObject Shown() => new()
    {
        ["task"] = Task,
        ["declared"] = MemoryPolicy.Text(DeclaredBytes),
        ["limit"] = MemoryPolicy.Text(LimitBytes),
        ["peakMemoryBytes"] = PeakBytes,
        ["proposed"] = MemoryPolicy.Text(ProposedBytes),
    };
}
