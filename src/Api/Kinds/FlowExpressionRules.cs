using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>Where an expression stands.</summary>
/// <param name="Group">The group whose parameters and tasks it sees.</param>
/// <param name="Flow">The flow that the group is written in.</param>
/// <param name="Definition">The flows that are called, where they are known.</param>
/// <param name="Task">The task that it belongs to; null for the outputs of the group.</param>
/// <param name="Stage">The stage of that task.</param>
internal sealed record ExpressionScope(TaskGroup Group, FlowSpec Flow, RunDefinition? Definition, FlowTask? Task, GroupStage Stage)
{
    /// <summary>Names of the tasks that it can refer to.</summary>
    public IReadOnlyList<string> TaskNames => [.. Group.Seen(Stage).Select(t => t.Name)];

    /// <summary>What is wrong with a reference to a task that is not one of them.</summary>
    public string Absent(string name) => Group.AllTasks.Any(t => t.Name == name)
        ? $"task {name} runs after this one can: tasks do not see those of onFailure, onSuccess and always"
        : $"there is no task {name}{NearestName.Hint(name, TaskNames)}";

    /// <summary>Names of the outputs of a task of the group; null if they are not known.</summary>
    public (IReadOnlyList<string> Files, IReadOnlyList<string> Values)? OutputsOf(FlowTask task)
    {
        if (!task.IsCall)
            return ([.. (task.Outputs?.Files ?? []).Keys], [.. (task.Outputs?.Values ?? []).Keys]);
        return FlowCallRules.Called(task, Flow, Definition)?.Results is var (files, values) ? ([.. files.Keys], [.. values.Keys]) : null;
    }
}

/// <summary>Rules of an expression: every name that it refers to exists.</summary>
internal static class FlowExpressionRules
{
    private const string Dashed = "; a name with a dash is written ";

    private static readonly string[] RunFields = ["name", "namespace", "flow", "start", "end"];
    private static readonly string[] ReplicaFields = ["index", "count", "peers"];
    private static readonly string[] OutcomeFields = ["phase", "message"];
    private static readonly string[] TaskFields = ["values", "files", "succeeded", "failed", "skipped", "total", "phase", "host", "address"];

    public static void Check(string field, FlowExpression expression, ExpressionScope scope, List<StatusCause> causes)
    {
        var before = causes.Count;
        var problems = FlowReferences.Find(expression.Expression.Root).Select(r => Problem(r, expression, scope)).OfType<string>().ToList();
        // Where a name was cut at its dash, what comes after it are no names that somebody has written.
        foreach (var problem in problems.Find(p => p.Contains(Dashed, StringComparison.Ordinal)) is { } dashed ? [dashed] : problems)
            causes.Add(StatusCause.Invalid(field, $"\"{expression.Expression.Text.Trim()}\"", problem));

        foreach (var (_, name) in FlowReferences.Calls(expression.Expression.Root))
        {
            if (!CelExpression.Functions.Contains(name))
                causes.Add(StatusCause.Invalid(field, $"\"{expression.Expression.Text.Trim()}\"", $"there is no function {name}{NearestName.Hint(name, CelExpression.Functions)}"));
        }

        foreach (var zone in Zones(expression.Expression.Root))
            causes.Add(StatusCause.Invalid(field, $"\"{expression.Expression.Text.Trim()}\"", $"there is no time zone {zone}; it is an IANA name such as Europe/Berlin, or an offset such as +01:00"));

        if (causes.Count == before)
            FlowTypeRules.Check(field, expression, scope, causes);
    }

    private static string? Problem(FlowReference reference, FlowExpression expression, ExpressionScope scope)
    {
        switch (reference.Root)
        {
            case "item":
                return expression.Moment != ExpressionMoment.Task && scope.Task?.ForEach is not null ? null : scope.Task?.ForEach is null ? "item is known only in a task with forEach" : "item is not known here: forEach and when are read once for the task";
            case "iteration" or "previous" when expression.Moment == ExpressionMoment.Task || scope.Task?.Repeat is null:
                return scope.Task?.Repeat is null ? $"{reference.Root} is known only in a task with repeat" : $"{reference.Root} is not known here: forEach and when are read once for the task";
            case "iteration":
                return null;
            case "replica" when scope.Task?.Replicas is null:
                return "replica is known only in a task with replicas";
            case "replica" when expression.Moment != ExpressionMoment.Item || IsImage(expression.Field):
                return "replica is not known here: this is read once for all replicas";
            case "replica":
                return reference.Path is [var ofReplica, ..] && !ReplicaFields.Contains(ofReplica) ? $"replica has no {ofReplica}{NearestName.Hint(ofReplica, ReplicaFields)}" : null;
            case "previous" when expression.Moment == ExpressionMoment.Item:
                return OutputProblem(reference.Path, scope.Task!, scope, "previous");
            case "values" or "files" when expression.Moment == ExpressionMoment.Round:
                return OutputProblem([reference.Root, .. reference.Path], scope.Task!, scope, "a round");
            case "outcome" when scope is { Task: not null, Stage: not GroupStage.Tasks }:
                return reference.Path is [var part, ..] && !OutcomeFields.Contains(part) ? $"outcome has no {part}{NearestName.Hint(part, OutcomeFields)}" : null;
            case "outcome":
                return "outcome is known only in tasks of onFailure, onSuccess and always";
            case "params":
                var parameters = scope.Group.Params.Select(p => p.Name).ToList();
                return reference.Path is [var parameter, ..] && !parameters.Contains(parameter)
                    ? $"there is no parameter {parameter}{NearestName.Hint(parameter, parameters)}"
                    : null;
            case "run":
                return reference.Path is [var field, ..] && !RunFields.Contains(field) ? $"run has no {field}{NearestName.Hint(field, RunFields)}" : null;
            case "tasks":
                return TaskProblem(reference.Path, scope);
            default:
                return $"there is no {reference.Root}{NearestName.Hint(reference.Root, ["params", "tasks", "item", "run"])}; an expression knows params, tasks, item and run";
        }
    }

    /// <summary>Time zones that are written out and that there are not.</summary>
    private static IEnumerable<string> Zones(CelNode node) =>
        node.Children.SelectMany(Zones).Concat(
            node is CelCall { Target: not null, Arguments: [CelLiteral { Value: CelString zone }] } call && TimeFunctions.Zoned.Contains(call.Function) && !TimeFunctions.IsZone(zone.Value)
                ? [zone.Value]
                : []);

    /// <summary>Whether a field names the image of the command: replicas have one.</summary>
    private static bool IsImage(string field) => field == "image" || (field.StartsWith("steps[", StringComparison.Ordinal) && field.EndsWith("].image", StringComparison.Ordinal));

    private static string? TaskProblem(IReadOnlyList<string> path, ExpressionScope scope)
    {
        var names = scope.TaskNames;
        if (path is not [var name, ..])
            return "tasks must be followed by the name of a task, such as tasks.ingest";
        if (scope.Group.Seen(scope.Stage).FirstOrDefault(t => t.Name == name) is not { } other)
        {
            // A dash is the minus sign of CEL: tasks.split-months reads as tasks.split minus months.
            return names.FirstOrDefault(n => n.StartsWith(name + "-", StringComparison.Ordinal)) is { } dashed
                ? $"there is no task {name}{Dashed}tasks['{dashed}']"
                : scope.Absent(name);
        }

        if (name == scope.Task?.Name)
            return $"task {name} refers to itself";
        if (path.Count < 2)
            return null;
        if (!TaskFields.Contains(path[1]))
            return $"a task has no {path[1]}{NearestName.Hint(path[1], TaskFields)}; it has {string.Join(", ", TaskFields)}";
        return path[1] switch
        {
            "values" or "files" => OutputProblem([.. path.Skip(1)], other, scope, $"task {name}"),
            "host" or "address" => FlowServiceRules.Problem(path[1], other, scope),
            _ => null,
        };
    }

    /// <summary>What is wrong with <c>values.NAME</c> or <c>files.NAME</c> of a task.</summary>
    private static string? OutputProblem(IReadOnlyList<string> path, FlowTask task, ExpressionScope scope, string what)
    {
        if (path is [var kind, ..] && kind is not ("values" or "files"))
            return $"{what} has no {kind}; it has values and files";
        if (path.Count < 2 || scope.OutputsOf(task) is not var (files, values))
            return null;
        var outputs = path[0] == "values" ? values : files;
        var declared = task.IsCall ? $"the outputs of {task.Template ?? task.Flow}, under {path[0]}" : $"outputs.{path[0]}";
        return outputs.Contains(path[1]) ? null : $"{what} has no {path[1]} under {declared}{NearestName.Hint(path[1], outputs)}";
    }
}
