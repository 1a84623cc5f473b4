using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>
/// How far the tasks of a group are: of the run's flow, or of one call. Works it out following their needs, and starts what is ready. A task whose
/// expressions have no value fails by that, and those that need it have to see it. A called group is another of these, so that whatever a task
/// can do it can do anywhere.
/// </summary>
/// <param name="context">What all groups of the run share.</param>
/// <param name="path">The call; null for the run's flow.</param>
/// <param name="owner">The flow that the group is written in.</param>
/// <param name="group">The tasks.</param>
/// <param name="parameters">Values of the group's parameters.</param>
internal sealed class GroupState(PlanContext context, TaskPath? path, FlowSpec owner, TaskGroup group, IReadOnlyDictionary<string, CelValue> parameters)
{
    private readonly Dictionary<string, TaskState> states = [];
    private FlowScope? scope;
    private IReadOnlyList<TaskState>? all;
    private (string Phase, string? Message)? outcome;

    public TaskPath? Path { get; } = path;

    public FlowSpec Owner { get; } = owner;

    public TaskGroup Group { get; } = group;

    public IReadOnlyDictionary<string, CelValue> Params { get; } = parameters;

    public FlowScope Scope => scope ??= new FlowScope(context.View, this);

    /// <summary>All tasks, in the order of the group.</summary>
    public IReadOnlyList<TaskState> All => all ??= [.. Group.Tasks.Select(t => Of(t.Name))];

    /// <summary>The phase of the whole.</summary>
    public string Phase => Outcome.Phase;

    /// <summary>Why it failed or waits, in one line; null if there is nothing to say.</summary>
    public string? Message => Outcome.Message;

    private (string Phase, string? Message) Outcome => outcome ??= Conclude();

    public TaskState Of(string name)
    {
        if (states.TryGetValue(name, out var known))
            return known;
        var task = Group.Tasks.First(t => t.Name == name);
        var state = new TaskState(task, new TaskSettings(task, Owner.Defaults), task.IsCall ? context.View.Definition.Called(Owner, task)?.Group : null);
        states[name] = state;
        Decide(state);
        return state;
    }

    /// <summary>An output of the group, once it has succeeded; an error if its expression has no value.</summary>
    public CelValue Output(bool isFile, string name)
    {
        var (files, values) = Group.Results;
        return (isFile ? files : values).TryGetValue(name, out var text)
            ? FlowTemplate.Parse(text).Evaluate(Scope.ForTask())
            : new CelError($"{Path} has no output {name}");
    }

    private (string Phase, string? Message) Conclude()
    {
        var failed = All.Where(t => t.Phase == FlowPhase.Failed).ToList();
        var message = failed.Count switch
        {
            0 => All.FirstOrDefault(t => t.Phase is FlowPhase.Pending or FlowPhase.Running && t.Message is not null)?.Message,
            1 => failed[0].Message,
            2 => $"{failed[0].Message} (and 1 more task failed)",
            var count => $"{failed[0].Message} (and {count - 1} more tasks failed)",
        };
        if (All.All(t => t.IsFinal))
            return (failed.Count > 0 ? FlowPhase.Failed : FlowPhase.Succeeded, message);
        return (All.Any(t => t.Phase != FlowPhase.Pending) ? FlowPhase.Running : FlowPhase.Pending, message);
    }

    private void Decide(TaskState state)
    {
        var needs = FlowExpressions.NeedsOf(state.Task, Group, Owner.Defaults).Select(Of).ToList();
        if (needs.Any(n => !n.IsFinal))
            return;
        var label = TaskPath.Of(Path, state.Task.Name);
        if (state.Task.When is { } when)
        {
            switch (CelExpression.Parse(when).Evaluate(Scope.ForTask()))
            {
                case CelBool { Value: true }:
                    break;
                case CelBool:
                    (state.Phase, state.Message) = (FlowPhase.Skipped, $"{label} was skipped: when is false");
                    return;
                case var other:
                    Fail(state, $"{label}: when must be true or false, but is {Text(other)}; correct when");
                    return;
            }
        }
        else if (needs.Find(n => n.Phase != FlowPhase.Succeeded) is { } unmet)
        {
            (state.Phase, state.Message) = (FlowPhase.Skipped, $"{label} was skipped because {unmet.Task.Name} {(unmet.Phase == FlowPhase.Failed ? "failed" : "was skipped")}");
            return;
        }

        if (Items(state, label) is not { } items)
            return;
        state.Items = items;
        if (state.Task.IsCall)
        {
            Call(state);
        }
        else
        {
            foreach (var item in items)
                AttemptDecision.Decide(context, state, item);
            context.Starter.Start(this, state);
        }

        state.Summarize();
    }

    private List<ItemState>? Items(TaskState state, TaskPath label)
    {
        var name = state.Task.Name;
        if (state.Task.ForEach is not { } forEach)
            return [At(TaskPath.Of(Path, name), null)];

        var value = forEach is JsonValue text && text.GetValueKind() == JsonValueKind.String
            ? FlowTemplate.Parse(text.GetValue<string>()).Evaluate(Scope.ForTask())
            : CelJson.ToCel(forEach);
        if (value is not CelList list)
        {
            Fail(state, $"{label}: forEach must be a list, but is {Text(value)}; correct forEach or the task that writes the value");
            return null;
        }

        if (list.Items.Count > FlowRules.ItemLimit)
        {
            Fail(state, $"{label}: forEach has {list.Items.Count} items, and can have {FlowRules.ItemLimit}; group them");
            return null;
        }

        return [.. list.Items.Select((item, i) => At(TaskPath.Of(Path, name, i), item))];

        ItemState At(TaskPath path, CelValue? item) => new() { Path = path, Item = item, Attempts = state.Task.IsCall ? [] : context.AttemptsAt(path) };
    }

    /// <summary>Goes into the calls that were started, and into others as far as there is room.</summary>
    private void Call(TaskState state)
    {
        foreach (var item in state.Items.Where(i => context.IsTouched(i.Path)))
            Enter(state, item);
        var room = (state.Task.Parallelism ?? PodStarter.DefaultParallelism) - state.Items.Count(i => i.Calls is not null && !FlowPhase.IsFinal(i.Phase));
        foreach (var item in state.Items.Where(i => !context.IsTouched(i.Path)))
        {
            if (room <= 0)
                break;
            Enter(state, item);
            if (!FlowPhase.IsFinal(item.Phase))
                room--;
        }
    }

    private void Enter(TaskState state, ItemState item)
    {
        if (item.Path.Names.Count() > RunDefinition.DepthLimit)
        {
            (item.Phase, item.Message) = (FlowPhase.Failed, $"{item.Path}: calls lie in each other deeper than {RunDefinition.DepthLimit}; give the task a when that ends them");
            return;
        }

        if (context.View.Definition.Called(Owner, state.Task) is not var (flow, called))
        {
            (item.Phase, item.Message) = (FlowPhase.Failed, $"{item.Path}: there is no {(state.Task.Flow is null ? "template" : "flow")} {state.Task.Template ?? state.Task.Flow}");
            return;
        }

        if (CallParameters.For(state.Task, called, Scope.ForItem(item.Item), out var problem) is not { } given)
        {
            (item.Phase, item.Message) = (FlowPhase.Failed, $"{item.Path}: {problem}");
            return;
        }

        item.Calls = new GroupState(context, item.Path, flow, called, given);
        (item.Phase, item.Message) = (item.Calls.Phase, item.Calls.Message);
    }

    private static void Fail(TaskState state, string message) => (state.Phase, state.Message) = (FlowPhase.Failed, message);

    private static string Text(CelValue value) => value is CelError error ? $"wrong: {error.Message}" : value.TypeName;
}
