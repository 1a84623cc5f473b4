using k8s.Models;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>What becomes of something that has happened: a run, nothing, or a run that cannot be started. Decided without I/O.</summary>
/// <param name="Run">The run; one that cannot be started has no parameters.</param>
/// <param name="Problem">Why it cannot be started, in one line.</param>
internal sealed record TriggeredRun(FlowRun Run, string? Problem)
{
    /// <summary>Decides; null if the trigger's condition is not fulfilled.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="trigger">Its trigger.</param>
    /// <param name="happened">What has happened.</param>
    public static TriggeredRun? Of(Flow flow, FlowTrigger trigger, TriggerEvent happened)
    {
        var scope = new Dictionary<string, CelValue> { ["event"] = happened.Value };
        var run = Empty(flow, trigger, happened);
        if (trigger.When is { } when && Evaluate(when, scope) is var isDue and not CelBool { Value: true })
        {
            return isDue is CelBool ? null
                : new(run, $"the condition of trigger {trigger.Name} {(isDue is CelError error ? $"has no value: {error.Message}" : $"must be true or false, but is of type {isDue.TypeName}")}");
        }

        foreach (var (name, text) in trigger.Params ?? [])
        {
            try
            {
                var value = JsonTemplate.Evaluate(text, scope);
                if (value is CelError error)
                    return new(Empty(flow, trigger, happened), $"params.{name} of trigger {trigger.Name} has no value: {error.Message}");
                (run.Spec.Params ??= [])[name] = CelJson.ToJson(value);
            }
            catch (Exception e) when (e is FormatException or CelSyntaxException)
            {
                return new(Empty(flow, trigger, happened), $"params.{name} of trigger {trigger.Name} has no value: {e.Message}");
            }
        }

        return new(run, null);
    }

    // Where no admission looks at flows, an expression may be none.
    private static CelValue Evaluate(string expression, Dictionary<string, CelValue> scope)
    {
        try
        {
            return CelExpression.Parse(expression).Evaluate(scope);
        }
        catch (CelSyntaxException e)
        {
            return new CelError(e.Message);
        }
    }

    /// <summary>Whether a run was started by a trigger.</summary>
    public static bool IsOf(FlowRun run, string trigger) => run.Metadata.Labels is { } labels && labels.TryGetValue(FlowNames.TriggerLabel, out var name) && name == trigger;

    /// <summary>The run of something that has happened, without parameters. Its name derives from what identifies that.</summary>
    public static FlowRun Empty(Flow flow, FlowTrigger trigger, TriggerEvent happened) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = FlowNames.TriggeredRun(flow.Metadata.Name, trigger.Name, happened.Id),
            NamespaceProperty = flow.Metadata.NamespaceProperty,
            Labels = new Dictionary<string, string> { [FlowNames.FlowLabel] = flow.Metadata.Name, [FlowNames.TriggerLabel] = trigger.Name },
        },
        Spec = new FlowRunSpec
        {
            Flow = flow.Metadata.Name,
            Cause = new RunCause { Type = RunCause.Trigger, By = trigger.Name, Message = happened.Text },
        },
    };
}
