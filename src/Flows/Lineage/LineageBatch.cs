using System.Text.Json.Nodes;

namespace Slipway.Flows;

/// <summary>Reads what the events of a batch are made of: once for each run.</summary>
internal static class LineageBatch
{
    /// <summary>
    /// The events, in the order of what is due. What is told is named with its last event: until that is taken, it is to be told. What nothing is left of has no event.
    /// </summary>
    public static IEnumerable<(LineageDue? Told, JsonObject? Event)> Of(LedgerReader ledger, OpenLineageEvents events, IReadOnlyList<LineageDue> due)
    {
        var runs = new Dictionary<string, IReadOnlyList<AttemptRecord>>();
        var makers = new Dictionary<string, ILookup<string, OpenLineageEvents.Made>>();
        foreach (var next in due)
        {
            var documents = Documents(next);
            for (var i = 0; i < documents.Count - 1; i++)
                yield return (null, documents[i]);
            yield return (next, documents.Count > 0 ? documents[^1] : null);
        }

        IReadOnlyList<JsonObject> Documents(LineageDue next)
        {
            if (ledger.Run(next.Run) is not { } run)
                return []; // its records were not kept for so long
            if (next.IsStart)
                return [events.Started(run)];
            if (next.Path is not { } path)
                return events.Ended(run, Attempts(run.Uid)) is { } ended ? [ended] : [];
            return ledger.Attempt(run.Uid, path, next.Number) is { } attempt ? events.Of(run, attempt, MakersFor(attempt, run.Uid)) : [];
        }

        IReadOnlyList<AttemptRecord> Attempts(string run)
        {
            if (!runs.TryGetValue(run, out var attempts))
                runs[run] = attempts = ledger.KnownAttempts(run); // of one that is under way each batch has some
            return attempts;
        }

        ILookup<string, OpenLineageEvents.Made> MakersFor(AttemptRecord attempt, string run)
        {
            if (attempt.Inputs.Count == 0)
                return OpenLineageEvents.MakersOf([]);
            if (!makers.TryGetValue(run, out var known))
                makers[run] = known = OpenLineageEvents.MakersOf(Attempts(run));
            return known;
        }
    }
}
