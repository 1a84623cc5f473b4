using System.Collections.Concurrent;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Lets the runs of a flow with bounded concurrency start one after the other. What this process has started counts before the cache shows it.</summary>
/// <param name="unfinished">The runs that have not ended, by namespace and name of their flow.</param>
internal sealed class RunGate(InformerIndex<FlowRun> unfinished)
{
    private readonly Turnstile turnstile = new();
    private readonly ConcurrentDictionary<string, FlowRun> started = new();

    /// <summary>Decides on a run, and starts it if its turn has come, before any other is decided on.</summary>
    /// <param name="run">The run.</param>
    /// <param name="concurrency">What its flow says.</param>
    /// <param name="start">Starts it, and gives the started run.</param>
    public async Task<(RunTurn Turn, FlowRun? Started)> EnterAsync(FlowRun run, FlowConcurrency? concurrency, Func<Task<FlowRun>> start)
    {
        if (concurrency is null)
            return (RunTurn.For(run, null, []), await start());
        return await turnstile.PassAsync<(RunTurn, FlowRun?)>(async () =>
        {
            var turn = RunTurn.For(run, concurrency, Others(run));
            if (!turn.Starts)
                return (turn, null);
            var begun = await start();
            started[begun.Metadata.Uid] = begun;
            return (turn, begun);
        });
    }

    /// <summary>The other runs of the flow that have not ended, as new as this process knows them.</summary>
    private List<FlowRun> Others(FlowRun run)
    {
        var others = new List<FlowRun>();
        var seen = new HashSet<string>();
        foreach (var other in unfinished.Find(run.FlowKey.ToString()).Where(r => r.Metadata.Uid != run.Metadata.Uid))
        {
            seen.Add(other.Metadata.Uid);
            if (other.Status?.Flow is not null)
                started.TryRemove(other.Metadata.Uid, out _);
            others.Add(started.GetValueOrDefault(other.Metadata.Uid) ?? other);
        }

        // What is not among them any more has ended or was deleted.
        foreach (var (uid, gone) in started.Where(s => !seen.Contains(s.Key) && s.Key != run.Metadata.Uid && s.Value.FlowKey == run.FlowKey))
            started.TryRemove(KeyValuePair.Create(uid, gone));
        return others;
    }
}
