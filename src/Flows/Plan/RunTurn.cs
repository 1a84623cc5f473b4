using System.Globalization;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>What becomes of a run that is to start beside others of its flow.</summary>
/// <param name="Starts">Whether it starts now.</param>
/// <param name="Problem">Why it has failed; null if it has not.</param>
/// <param name="Waits">Why it waits; null if it does not.</param>
/// <param name="Stop">Names of the runs to stop in its favour.</param>
internal sealed record RunTurn(bool Starts, string? Problem, string? Waits, IReadOnlyList<string> Stop)
{
    private static readonly RunTurn Now = new(true, null, null, []);

    /// <summary>The order in which runs that wait have their turn.</summary>
    public static readonly IComparer<FlowRun> Order = Comparer<FlowRun>.Create(Compare);

    /// <summary>How many of the runs that wait, the first, a turn may depend on: as many as might start; all of them where they are to be stopped.</summary>
    public static int Relevant(FlowConcurrency concurrency) => concurrency.Policy == FlowConcurrency.Replace ? int.MaxValue : concurrency.Limit + 1; // one of them may be the run itself

    /// <summary>Decides by the other runs of the flow in the namespace, those that have ended left out; of those that wait, as many as are relevant.</summary>
    public static RunTurn For(FlowRun run, FlowConcurrency? concurrency, IReadOnlyCollection<FlowRun> others)
    {
        if (concurrency is not { Limit: var limit })
            return Now;
        var under = others.Where(IsUnderWay).OrderBy(r => r.Status?.StartTime).ThenBy(r => r.Metadata.Name, StringComparer.Ordinal).ToList();
        var count = string.Create(CultureInfo.InvariantCulture, $"{under.Count} {(under.Count == 1 ? "run is" : "runs are")} under way, and concurrency.limit is {limit}");
        if (concurrency.Policy == FlowConcurrency.Forbid)
            return under.Count < limit ? Now : new RunTurn(false, $"flow {run.Spec.Flow}: {count} with policy Forbid", null, []);
        var before = others.Where(r => MayStart(r) && Compare(r, run) < 0).ToList();
        var tooMany = under.Count + before.Count + 1 - limit;
        if (tooMany <= 0)
            return Now;
        List<string> stop = concurrency.Policy == FlowConcurrency.Replace
            ? [.. under.Concat(before).Take(tooMany).Where(r => r.Spec.Stop is null).Select(r => r.Metadata.Name)]
            : [];
        return new RunTurn(false, null, $"waits for its turn: {count}", stop);
    }

    /// <summary>The runs whose turn it may be when one lets others pass: those that wait longest, as many as there is room for beside those under way.</summary>
    /// <param name="concurrency">What the flow says.</param>
    /// <param name="runs">The runs of the flow that have not ended; of those that wait, as many as are relevant.</param>
    public static IEnumerable<FlowRun> Candidates(FlowConcurrency? concurrency, IReadOnlyCollection<FlowRun> runs) => concurrency is { Limit: var limit }
        ? runs.Where(MayStart).Order(Order).Take(limit - runs.Count(IsUnderWay))
        : [];

    /// <summary>Whether a run that has not ended counts as one that has started.</summary>
    public static bool IsUnderWay(FlowRun run) => run.Status?.Flow is not null && run.Metadata.DeletionTimestamp is null;

    /// <summary>Whether a run has not started, and nothing but its turn keeps it from that.</summary>
    public static bool MayStart(FlowRun run) => run.Status?.Flow is null && run.Spec.Suspend != true && run.Metadata.DeletionTimestamp is null;

    private static int Compare(FlowRun a, FlowRun b)
    {
        var order = Nullable.Compare(a.Metadata.CreationTimestamp, b.Metadata.CreationTimestamp);
        return order != 0 ? order : string.CompareOrdinal(a.Metadata.Name, b.Metadata.Name);
    }
}
