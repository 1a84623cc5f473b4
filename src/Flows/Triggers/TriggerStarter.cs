using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>What became of something that has happened.</summary>
internal enum TriggerResult
{
    /// <summary>A run was stored.</summary>
    Started,

    /// <summary>There is a run of it, or a record of one.</summary>
    StartedBefore,

    /// <summary>The trigger's condition is not fulfilled.</summary>
    NotDue,

    /// <summary>The condition or a parameter has no value, or the API does not take such a run.</summary>
    Impossible,
}

/// <summary>What became of something that has happened, and of which run.</summary>
/// <param name="Result">What became of it.</param>
/// <param name="Run">The run; where none was stored, what it would have been.</param>
/// <param name="Problem">Why it is impossible, in one line; otherwise null.</param>
internal sealed record TriggerOutcome(TriggerResult Result, FlowRun Run, string? Problem = null);

/// <summary>Starts the runs of triggers, whoever sees what has happened: each once, by a name that derives from it.</summary>
/// <param name="api">The API, as the controllers of flows.</param>
/// <param name="ledger">Knows runs that are gone.</param>
internal sealed class TriggerStarter(IApi api, Ledger ledger)
{
    /// <summary>Starts the run, unless it was started before or is not to be.</summary>
    /// <exception cref="ApiException">The API takes no run now.</exception>
    public async ValueTask<TriggerOutcome> StartAsync(Flow flow, FlowTrigger trigger, TriggerEvent happened, CancellationToken cancellation)
    {
        var run = TriggeredRun.Empty(flow, trigger, happened);
        if (ledger.Read.NewestRun(flow.Metadata.NamespaceProperty, run.Metadata.Name) is not null)
            return new(TriggerResult.StartedBefore, run);
        if (TriggeredRun.Of(flow, trigger, happened) is not var (due, problem))
            return new(TriggerResult.NotDue, run);
        if (problem is not null)
            return new(TriggerResult.Impossible, due, problem);
        try
        {
            return new(await api.CreateIfAbsentAsync(FlowKinds.Runs, due, cancellation) ? TriggerResult.Started : TriggerResult.StartedBefore, due);
        }
        catch (ApiException e) when (e.Code is 400 or 413 or 422)
        {
            return new(TriggerResult.Impossible, due, PodTrouble.OneLine(e.Message)); // it is about the run, which will not be taken the next time either
        }
    }
}
