using Slipway.Api;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>What a sink of lineage is still to be told: that a run has started, that it has ended, or what an attempt came to.</summary>
/// <param name="Run">Uid of the run.</param>
/// <param name="Path">Where the attempt is; null for the run itself.</param>
/// <param name="Number">Number of the attempt; of a run, 0 for its start and 1 for its end.</param>
/// <param name="Time">When it happened.</param>
internal sealed record LineageDue(string Run, TaskPath? Path, int Number, DateTimeOffset Time)
{
    private const int Start = 0, End = 1;

    /// <summary>Whether it is the start of a run.</summary>
    public bool IsStart => Path is null && Number == Start;

    public static LineageDue StartOf(RunRecord run) => new(run.Uid, null, Start, run.Start);

    public static LineageDue EndOf(RunRecord run) => new(run.Uid, null, End, run.End!.Value);

    public static LineageDue Of(RunRecord run, AttemptRecord attempt) => new(run.Uid, attempt.Path, attempt.Number, attempt.End);
}

/// <summary>Who is to be told of what the ledger records. It becomes due in the transaction that records it, so that no crash comes between.</summary>
/// <param name="SinksOf">The sinks that are told of a run.</param>
/// <param name="Due">Called when something was recorded that a sink is to be told.</param>
internal sealed record LineageOutbox(Func<RunRecord, IReadOnlyCollection<ObjectKey>> SinksOf, Action<ObjectKey> Due);
