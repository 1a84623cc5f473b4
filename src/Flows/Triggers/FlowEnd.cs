using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>The end of a run, as what has happened for the triggers of other flows.</summary>
internal static class FlowEnd
{
    /// <summary>Whether a run is one that the trigger waits for: of the flow, ended as it says since then, and no test.</summary>
    /// <param name="trigger">What is waited for.</param>
    /// <param name="run">The run.</param>
    /// <param name="since">What ended before does not count; UTC.</param>
    public static bool Counts(FlowEndTrigger trigger, FlowRun run, DateTime since) =>
        run.Spec.Flow == trigger.Name && run.Spec.Fakes is null && run.Status is { Phase: var phase, CompletionTime: { } end } && trigger.Ends.Contains(phase) && end >= since;

    /// <summary>The end of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="attempts">Gives its attempts; asked for only if an expression reads what they left.</param>
    public static TriggerEvent Of(FlowRun run, Func<IReadOnlyList<AttemptRecord>> attempts)
    {
        var (name, status) = (run.Metadata.Name, run.Status!);
        var values = status.Flow is not null ? Values(run, attempts) : new CelLazyMap([], none => new CelError($"run {name} has left no {none}"));
        return new TriggerEvent(run.Metadata.Uid, $"run {name} of flow {run.Spec.Flow} has {(status.Phase == FlowPhase.Succeeded ? "succeeded" : "failed")}", new CelMap(
        [
            Entry("run", new CelString(name)),
            Entry("flow", new CelString(run.Spec.Flow)),
            Entry("phase", new CelString(status.Phase)),
            Entry("message", new CelString(status.Message ?? "")),
            Entry("params", CelJson.ToCel(new JsonObject((status.Params ?? []).Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))))),
            Entry("values", values),
        ]));
    }

    private static CelLazyMap Values(FlowRun run, Func<IReadOnlyList<AttemptRecord>> attempts)
    {
        var definition = RunStarter.DefinitionOf(run);
        var root = new Lazy<GroupState>(() => GroupState.OfRun(new PlanContext(new RunView
        {
            Namespace = run.Metadata.NamespaceProperty,
            Name = run.Metadata.Name,
            Uid = run.Metadata.Uid,
            FlowName = run.Spec.Flow,
            Definition = definition,
            Params = run.Status!.Params ?? [],
            Interval = run.Spec.Interval,
            Start = RunStarter.StartOf(run),
            Attempts = attempts(),
            Approvals = run.Spec.Approvals ?? [],
            Stop = run.Spec.Stop,
            Now = new DateTimeOffset(DateTime.SpecifyKind(run.Status.CompletionTime!.Value, DateTimeKind.Utc)),
        })));
        return new CelLazyMap([.. definition.Flow.Results.Values.Keys], name => root.Value.Output(isFile: false, name));
    }

    private static KeyValuePair<string, CelValue> Entry(string key, CelValue value) => new(key, value);
}
