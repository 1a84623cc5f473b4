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
/// <param name="stop">Why the group ends before all is done; null if it does not, or is part of that end.</param>
/// <param name="since">When it could begin.</param>
/// <param name="home">The call of the flow that the group is written in; null for the run's flow.</param>
/// <param name="awaited">The service that the call needs and that cannot be reached now, so that nothing new is started; null for none.</param>
internal sealed class GroupState(
    PlanContext context, TaskPath? path, FlowSpec owner, TaskGroup group, IReadOnlyDictionary<string, CelValue> parameters, StopOfRun? stop, DateTimeOffset since, TaskPath? home = null, string? awaited = null)
{
    private readonly Dictionary<string, TaskState> states = [];
    private readonly Dictionary<FlowTask, IReadOnlyList<string>> needed = [];
    private readonly HashSet<TaskState> settled = [];
    private Dictionary<string, (GroupStage Stage, FlowTask Task)>? staged;
    private FlowScope? scope;
    private IReadOnlyList<TaskState>? all;
    private (string Phase, string? Message)? outcome;
    private (string Phase, string? Message)? tasksOutcome;

    /// <summary>The tasks of a run's flow.</summary>
    public static GroupState OfRun(PlanContext context)
    {
        var view = context.View;
        return new(context, null, view.Flow, view.Flow, view.Params.ToDictionary(p => p.Key, p => CelJson.ToCel(p.Value)), context.Stop, view.Start);
    }

    public TaskPath? Path { get; } = path;

    public FlowSpec Owner { get; } = owner;

    /// <summary>The call of <see cref="Owner"/>; null if that is the run's own flow.</summary>
    public TaskPath? Home { get; } = home;

    public TaskGroup Group { get; } = group;

    public IReadOnlyDictionary<string, CelValue> Params { get; } = parameters;

    public FlowScope Scope => scope ??= new FlowScope(context.View, this);

    /// <summary>All tasks, in the order of the group.</summary>
    public IReadOnlyList<TaskState> All => all ??= InStages(_ => true);

    /// <summary>The phase of the whole.</summary>
    public string Phase => Outcome.Phase;

    /// <summary>Why it failed or waits, in one line; null if there is nothing to say.</summary>
    public string? Message => Outcome.Message;

    private (string Phase, string? Message) Outcome => outcome ??= Conclude(All);

    public TaskState Of(string name)
    {
        if (states.TryGetValue(name, out var known))
            return known;
        var (stage, task) = (staged ??= Group.Staged.ToDictionary(s => s.Task.Name))[name];
        var state = new TaskState(stage, task, new TaskSettings(task, Owner.Defaults), task.IsCall ? context.View.Definition.Called(Owner, task)?.Group : null);
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

    /// <summary>What has become of its tasks, those of onFailure, onSuccess and always left out, if nothing more can become of them.</summary>
    public (string Phase, string? Message) TasksOutcome => tasksOutcome ??= Conclude(InStages(s => s == GroupStage.Tasks));

    private (string Phase, string? Message) Conclude(IReadOnlyList<TaskState> tasks)
    {
        var failed = tasks.Where(t => t.Phase == FlowPhase.Failed).ToList();
        var message = failed.Count switch
        {
            0 => tasks.FirstOrDefault(t => t.Phase is FlowPhase.Pending or FlowPhase.Running && t.Message is not null)?.Message,
            1 => failed[0].Message,
            2 => $"{failed[0].Message} (and 1 more task failed)",
            var count => $"{failed[0].Message} (and {count - 1} more tasks failed)",
        };
        if (stop is not null && tasks.All(t => t.IsFinal) && tasks.Any(t => t.IsStopped))
            return (FlowPhase.Failed, stop.Message);
        if (tasks.All(t => t.IsFinal))
            return (failed.Count > 0 ? FlowPhase.Failed : FlowPhase.Succeeded, message);
        return (tasks.Any(t => t.Phase != FlowPhase.Pending) ? FlowPhase.Running : FlowPhase.Pending, message);
    }

    /// <summary>The tasks of some stages, in the order of the group, when it is decided of their services, too.</summary>
    private List<TaskState> InStages(Func<GroupStage, bool> isAsked)
    {
        List<TaskState> tasks = [.. Group.Staged.Where(s => isAsked(s.Stage)).Select(s => Of(s.Task.Name))];
        tasks.ForEach(Settle);
        return tasks;
    }

    /// <summary>Ends a service that nothing needs any more, or that has lost one that it needs itself, and starts any other: how far those are that need it is known now.</summary>
    private void Settle(TaskState service)
    {
        if (service.Task.Service is null || service.Phase is FlowPhase.Succeeded or FlowPhase.Skipped || service.Items.Count == 0 || Ends(service.Stage) || !settled.Add(service))
            return;
        var users = Group.Staged.Where(s => s.Stage == service.Stage && NeedsOf(s.Task).Contains(service.Task.Name)).Select(s => Of(s.Task.Name)).ToList();
        users.ForEach(Settle);
        if (!ServiceDecision.Conclude(context, service, users))
            return;
        if (service.Stop is { } loss)
        {
            service.Items.ForEach(i => context.End(i.Pods, loss.Note));
            return;
        }

        Start(service);
        service.Summarize();
    }

    /// <summary>What a task needs, found once: each service of the group asks it of all tasks.</summary>
    private IReadOnlyList<string> NeedsOf(FlowTask task) =>
        needed.TryGetValue(task, out var known) ? known : needed[task] = FlowExpressions.NeedsOf(context.View.Definition.ExpressionsOf(Owner, task), task, Group);

    private void Decide(TaskState state)
    {
        var label = TaskPath.Of(Path, state.Task.Name);
        if (state.Stage != GroupStage.Tasks && !IsDue(state))
            return;
        var isTouched = context.IsTouched(label);
        var isBegun = !Ends(state.Stage) || isTouched;
        var needs = NeedsOf(state.Task).Select(Of).ToList();
        var services = needs.FindAll(n => n.Task.Service is not null && n.Stage == state.Stage);
        if (needs.Exists(n => !n.IsFinal && !services.Contains(n)))
            return;
        state.Awaited = services.Find(s => !s.IsFinal && s.UpSince is null) is { } down ? TaskPath.Of(Path, down.Task.Name).Text : awaited;
        state.Ready = needs.Concat(Before(state.Stage)).Select(n => n.End).Append(since).Max();
        if (state.Awaited is not null && !isTouched)
        {
            // What cannot run whatever becomes of the service does not keep it, either.
            if (state.Task.When is null && Unmet(state, needs.FindAll(n => n.IsFinal)) is { } missing && (state.Task.Join != TaskJoin.Any || missing.Phase == FlowPhase.Failed))
                Skip(state, label, missing);
            else
                state.Message = $"{label} waits for the service {state.Awaited}";
            return;
        }

        if (!isBegun && needs.Exists(n => n.IsStopped))
        {
            // Its expressions may read what was not left.
            (state.Phase, state.Message, state.IsStopped) = (FlowPhase.Skipped, $"{label} was skipped because {stop!.Message}", true);
            return;
        }

        // What has begun is not undone by what a service that it needs comes to: it is ended, if there is no condition that may want it to go on.
        var isDecided = isTouched && services.Count > 0;
        state.Stop = Ends(state.Stage) ? stop : isDecided && state.Task.When is null ? ServiceDecision.Loss(label, services) : null;
        if (!isDecided && !MayBegin(state, label, needs))
            return;
        if (Items(state, label) is not { } items)
            return;
        state.Items = items;
        if (state.Task.IsCall)
        {
            Call(state);
        }
        else if (isBegun)
        {
            for (var i = 0; i < items.Count; i++)
                items[i] = Advance(state, items[i]);
            if (state.Stop is null && state.Task.Service is null)
                Start(state);
        }

        state.Summarize();
        if (state.Stop is { } ending)
            Stop(state, ending);
    }

    /// <summary>Whether a task whose needs have ended runs; what becomes of it if not.</summary>
    private bool MayBegin(TaskState state, TaskPath label, List<TaskState> needs)
    {
        if (state.Task.When is { } when)
        {
            switch (CelExpression.Parse(when).Evaluate(Scope.ForTask(state)))
            {
                case CelBool { Value: true } or CelUnknown:
                    return true;
                case CelBool:
                    (state.Phase, state.Message) = (FlowPhase.Skipped, $"{label} was skipped: when is false");
                    return false;
                case var other:
                    Fail(state, $"{label}: when must be true or false, but is {Text(other)}; correct when");
                    return false;
            }
        }

        if (Unmet(state, needs) is not { } unmet)
            return true;
        Skip(state, label, unmet);
        return false;
    }

    private static void Skip(TaskState state, TaskPath label, TaskState unmet) =>
        (state.Phase, state.Message) = (FlowPhase.Skipped, $"{label} was skipped because {unmet.Task.Name} {(unmet.Phase == FlowPhase.Failed ? "failed" : "was skipped")}");

    private void Start(TaskState state)
    {
        if (state.Awaited is null)
            context.Starter.Start(this, state);
        else
            state.Items.FindAll(i => i.IsReady).ForEach(i => i.Message = $"{i.Path} waits for the service {state.Awaited}");
    }

    /// <summary>
    /// Whether the end of the run ends the tasks of a stage. Those of onFailure run if it took too long, and those of always in any case, but not
    /// those of a call that nothing was started of.
    /// </summary>
    private bool Ends(GroupStage stage) => stop is not null && (stage switch
    {
        GroupStage.Always => false,
        GroupStage.OnFailure => !stop.IsFailure,
        _ => true,
    } || (Path is not null && !context.IsTouched(Path)));

    /// <summary>Ends what runs of a task. What has not begun is skipped, so that the task has not succeeded.</summary>
    private void Stop(TaskState state, StopOfRun why)
    {
        foreach (var item in state.Items)
        {
            if (item.Pods.Count > 0)
            {
                if (state.Task.Service is null || Ends(state.Stage)) // why others end depends on whether anything needs them still
                    context.End(item.Pods, why.Note);
            }
            else if (item.Calls is null && !FlowPhase.IsFinal(item.Phase))
                (item.Phase, item.Message) = item.Last is { } last ? (FlowPhase.Failed, last.Message) : (FlowPhase.Skipped, null);
        }

        if (!state.Items.TrueForAll(i => FlowPhase.IsFinal(i.Phase)) || state.Items.TrueForAll(i => i.Phase == FlowPhase.Succeeded))
            return;
        state.IsStopped = true;
        state.Phase = state.Items.TrueForAll(i => i.Phase == FlowPhase.Skipped) ? FlowPhase.Skipped : FlowPhase.Failed;
        state.Message ??= $"{TaskPath.Of(Path, state.Task.Name)} {(state.Phase == FlowPhase.Skipped ? "was skipped" : "did not come to its end")} because {why.Message}";
    }

    /// <summary>Whether the stage of a task has come. One whose occasion has not arisen is skipped.</summary>
    private bool IsDue(TaskState state)
    {
        if (!FlowPhase.IsFinal(TasksOutcome.Phase))
            return false;
        if (state.Stage == GroupStage.Always)
            return InStages(s => s is GroupStage.OnFailure or GroupStage.OnSuccess).TrueForAll(t => t.IsFinal);
        if (TasksOutcome.Phase == (state.Stage == GroupStage.OnFailure ? FlowPhase.Failed : FlowPhase.Succeeded))
            return true;
        (state.Phase, state.Message) = (FlowPhase.Skipped, $"{TaskPath.Of(Path, state.Task.Name)} was skipped because {(state.Stage == GroupStage.OnFailure ? "nothing" : "a task")} failed");
        return false;
    }

    /// <summary>The tasks that have to end before those of a stage begin.</summary>
    private IEnumerable<TaskState> Before(GroupStage stage) => stage == GroupStage.Tasks
        ? []
        : Group.Staged.Where(s => s.Stage == GroupStage.Tasks || (stage == GroupStage.Always && s.Stage != GroupStage.Always)).Select(s => Of(s.Task.Name));

    /// <summary>A need that keeps a task without when from running; null if none does. What stages before have come to is no hindrance.</summary>
    private static TaskState? Unmet(TaskState state, List<TaskState> needs)
    {
        var own = needs.Where(n => n.Stage == state.Stage).ToList();
        if (state.Task.Join != TaskJoin.Any)
            return own.Find(n => !n.IsMet);
        return own.Find(n => n.Phase == FlowPhase.Failed) ?? (own.Exists(n => n.IsMet) ? null : own.FirstOrDefault());
    }

    private List<ItemState>? Items(TaskState state, TaskPath label)
    {
        var name = state.Task.Name;
        if (state.Task.ForEach is not { } forEach)
            return [At(TaskPath.Of(Path, name), null)];

        if (ForEachItems.Of(forEach, Scope.ForTask(state), out var problem) is not { } list)
        {
            Fail(state, $"{label}: {problem}");
            return null;
        }

        return [.. list.Select((item, i) => At(TaskPath.Of(Path, name, i), item))];

        ItemState At(TaskPath path, CelValue? item) => new() { Path = path, Item = item, Ready = state.Ready, Attempts = Recorded(state, path) };
    }

    private IReadOnlyList<AttemptRecord> Recorded(TaskState state, TaskPath path) => state.Task.IsCall || state.Task.Repeat is not null && path.Round is null ? [] : context.AttemptsAt(path);

    /// <summary>Brings an item as far as it can get now: to the round that is under way, where the task is repeated.</summary>
    private ItemState Advance(TaskState state, ItemState item)
    {
        if (state.Task.Repeat is not { } repeat)
        {
            Begin(state, item);
            return item;
        }

        for (var rounds = new List<ItemState>(); ;)
        {
            var path = TaskPath.Of(Path, item.Path.Name, item.Path.Index, rounds.Count + 1);
            var pause = FlowDuration.TryParse(repeat.Pause, out var declared) ? declared : TimeSpan.Zero;
            var due = rounds is [.., var before] ? (before.End ?? before.Ready) + pause : state.Ready;
            var round = new ItemState { Path = path, Item = item.Item, Ready = due, Earlier = [.. rounds], Attempts = Recorded(state, path) };
            if (pause > TimeSpan.Zero && rounds.Count > 0 && due > context.View.Now)
            {
                context.LookAgain(due);
                return round;
            }

            Begin(state, round);
            if (round.Phase != FlowPhase.Succeeded)
                return round;
            switch (CelExpression.Parse(repeat.Until).Evaluate(Scope.AfterRound(state, round)))
            {
                case CelBool { Value: true } or CelUnknown:
                    return round;
                case CelBool when rounds.Count + 1 < repeat.Limit:
                    rounds.Add(round);
                    continue;
                case CelBool:
                    (round.Phase, round.Message) = (FlowPhase.Failed, $"{item.Path}: repeat.until was not true after {repeat.Limit} rounds; raise repeat.limit, or let until say what is enough");
                    return round;
                case var other:
                    (round.Phase, round.Message) = (FlowPhase.Failed, $"{round.Path}: repeat.until must be true or false, but is {Text(other)}; correct it");
                    return round;
            }
        }
    }

    private void Begin(TaskState state, ItemState item)
    {
        if (state.Task.IsCall)
            Enter(state, item);
        else if (state.Task.Approve is not null)
            ApprovalDecision.Decide(context, this, state, item, state.Stop is not null);
        else
            AttemptDecision.Decide(context, state, item);
    }

    /// <summary>
    /// Goes into the calls that were started, and into others as far as there is room. When the run ends, only those of the others count of which
    /// nothing had to be started.
    /// </summary>
    private void Call(TaskState state)
    {
        var items = state.Items;
        var room = state.Task.Parallelism ?? PodStarter.DefaultParallelism;
        var begun = items.Select(i => context.IsTouched(i.Path)).ToList();
        foreach (var isBegun in new[] { true, false })
        {
            for (var i = 0; i < items.Count && (isBegun || room > 0); i++)
            {
                if (begun[i] != isBegun)
                    continue;
                var item = Advance(state, items[i]);
                if (isBegun || state.Stop is null || item.Phase == FlowPhase.Succeeded)
                    items[i] = item;
                if (!FlowPhase.IsFinal(item.Phase))
                    room--;
            }
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

        if (CallParameters.For(state.Task, called, Scope.ForItem(state, item), out var problem) is not { } given)
        {
            (item.Phase, item.Message) = (FlowPhase.Failed, $"{item.Path}: {problem}");
            return;
        }

        item.Calls = new GroupState(context, item.Path, flow, called, given, state.Stop, item.Ready, state.Task.Flow is null ? Home : item.Path, state.Awaited);
        (item.Phase, item.Message) = (item.Calls.Phase, item.Calls.Message);
    }

    private static void Fail(TaskState state, string message) => (state.Phase, state.Message) = (FlowPhase.Failed, message);

    private static string Text(CelValue value) => value is CelError error ? $"wrong: {error.Message}" : value.TypeName;
}
