using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Lets the runs of a flow with bounded concurrency start one after the other.</summary>
/// <param name="queues">The runs that have not ended.</param>
internal sealed class RunGate(RunQueues queues)
{
    private readonly Turnstile turnstile = new();

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
            var others = queues.Of(run.FlowKey, RunTurn.Relevant(concurrency)).Where(r => r.Metadata.Uid != run.Metadata.Uid).ToList();
            var turn = RunTurn.For(run, concurrency, others);
            if (!turn.Starts)
                return (turn, null);
            var begun = await start();
            queues.Start(begun);
            return (turn, begun);
        });
    }
}
