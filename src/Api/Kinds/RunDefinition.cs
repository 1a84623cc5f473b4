namespace Slipway.Api.Kinds;

/// <summary>What a run works by: its flow, and the flows that are called from it.</summary>
/// <param name="Flow">The flow of the run.</param>
/// <param name="Flows">All flows that tasks call, directly or through others, by name.</param>
public sealed record RunDefinition(FlowSpec Flow, IReadOnlyDictionary<string, FlowSpec> Flows)
{
    private readonly Dictionary<FlowTask, IReadOnlyList<FlowExpression>> expressions = new(ReferenceEqualityComparer.Instance);
    private FlowListings? listings;

    /// <summary>How deep calls can lie in each other.</summary>
    public const int DepthLimit = 8;

    /// <summary>The most flows that a run can call.</summary>
    public const int FlowLimit = 100;

    /// <summary>A flow that calls no others.</summary>
    public static RunDefinition Of(FlowSpec flow) => new(flow, new Dictionary<string, FlowSpec>());

    /// <summary>Of which directories expressions may read the files.</summary>
    public FlowListings Listings => listings ??= FlowListings.Of(this);

    /// <summary>The expressions of a task, which are parsed once. Not for several threads at a time.</summary>
    /// <param name="owner">The flow that the task is written in.</param>
    /// <param name="task">The task.</param>
    public IReadOnlyList<FlowExpression> ExpressionsOf(FlowSpec owner, FlowTask task) =>
        expressions.TryGetValue(task, out var known) ? known : expressions[task] = FlowExpressions.Of(task, owner.Defaults);

    /// <summary>What a task calls, and the flow that it is written in; null if there is nothing of that name.</summary>
    public (FlowSpec Owner, TaskGroup Group)? Called(FlowSpec owner, FlowTask task)
    {
        if (task.Flow is { } flow)
            return Flows.TryGetValue(flow, out var called) ? (called, called) : null;
        return owner.Templates?.Find(t => t.Name == task.Template) is { } template ? (owner, template) : null;
    }

    /// <summary>The task at a path of the run, and the flow that it is written in; null if there is none.</summary>
    public (FlowSpec Owner, FlowTask Task)? Find(TaskPath path)
    {
        (FlowSpec Owner, TaskGroup Group)? at = (Flow, Flow);
        if (path.Parent is { } parent)
            at = Find(parent) is var (owner, call) ? Called(owner, call) : null;
        return at is var (flow, group) && group.AllTasks.FirstOrDefault(t => t.Name == path.Name) is { } task ? (flow, task) : null;
    }
}
