using System.Text.Json.Nodes;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Builder;

/// <summary>A trigger of a flow in the making. What has happened is read by <see cref="Event"/>.</summary>
public sealed class TriggerBuilder
{
    private readonly FlowTrigger trigger;

    internal TriggerBuilder(FlowTrigger trigger) => this.trigger = trigger;

    /// <summary>An expression that reads what has happened, such as <c>Event("object", "metadata", "name")</c>.</summary>
    /// <param name="path">The names of the fields, from the outermost on.</param>
    public static Expression Event(params IEnumerable<string> path) => new($"event{string.Concat(path.Select(Expression.Step))}");

    /// <summary>Starts a run only if a condition in CEL is fulfilled, such as <c>event.body.ref == 'refs/heads/main'</c>.</summary>
    public TriggerBuilder When(string condition) => Set(t => t.When = condition);

    /// <summary>Gives a parameter of the flow a value, which may have expressions in it.</summary>
    public TriggerBuilder Param(string name, JsonNode? value) => Set(t => (t.Params ??= [])[name] = value);

    /// <summary>Gives a parameter of the flow the value of an expression.</summary>
    public TriggerBuilder Param(string name, Expression value) => Param(name, JsonValue.Create(value.ToString()));

    /// <summary>Which ends, or which changes, count: those of the class of what is waited for.</summary>
    /// <exception cref="InvalidOperationException">It is a webhook or waits for files or objects.</exception>
    public TriggerBuilder On(params IEnumerable<string> kinds)
    {
        List<string> on = [.. kinds];
        return Set(t =>
        {
            if (t.Flow is { } flow)
                flow.Phases = on;
            else if (t.Resource is { } resource)
                resource.Changes = on;
            else
                throw new InvalidOperationException($"trigger {t.Name} does not wait for ends or changes, of which some could be chosen");
        });
    }

    /// <summary>How many ended runs are kept as objects.</summary>
    public TriggerBuilder History(int limit) => Set(t => t.HistoryLimit = limit);

    /// <summary>Starts nothing, until the flow says otherwise.</summary>
    public TriggerBuilder Suspend() => Set(t => t.Suspend = true);

    /// <summary>Sets what has no method here.</summary>
    public TriggerBuilder Set(Action<FlowTrigger> change)
    {
        change(trigger);
        return this;
    }
}
