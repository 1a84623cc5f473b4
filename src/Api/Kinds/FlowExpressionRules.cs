using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>Where an expression stands.</summary>
/// <param name="Group">The group whose parameters and tasks it sees.</param>
/// <param name="Flow">The flow that the group is written in.</param>
/// <param name="Definition">The flows that are called, where they are known.</param>
/// <param name="Task">The task that it belongs to; null for the outputs of the group.</param>
internal sealed record ExpressionScope(TaskGroup Group, FlowSpec Flow, RunDefinition? Definition, FlowTask? Task)
{
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
    private static readonly string[] RunFields = ["name", "namespace", "flow", "start", "end"];
    private static readonly string[] TaskFields = ["values", "files", "succeeded", "failed", "skipped", "total", "phase"];

    public static void Check(string field, FlowExpression expression, ExpressionScope scope, List<StatusCause> causes)
    {
        foreach (var reference in FlowReferences.Find(expression.Expression.Root))
        {
            if (Problem(reference, expression, scope) is { } problem)
                causes.Add(StatusCause.Invalid(field, $"\"{expression.Expression.Text.Trim()}\"", problem));
        }

        foreach (var (_, name) in FlowReferences.Calls(expression.Expression.Root))
        {
            if (!CelExpression.Functions.Contains(name))
                causes.Add(StatusCause.Invalid(field, $"\"{expression.Expression.Text.Trim()}\"", $"there is no function {name}{NearestName.Hint(name, CelExpression.Functions)}"));
        }
    }

    private static string? Problem(FlowReference reference, FlowExpression expression, ExpressionScope scope)
    {
        switch (reference.Root)
        {
            case "item":
                return expression.SeesItem ? null : scope.Task?.ForEach is null ? "item is known only in a task with forEach" : "item is not known here: forEach and when are read once for the task";
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

    private static string? TaskProblem(IReadOnlyList<string> path, ExpressionScope scope)
    {
        var names = scope.Group.Tasks.Select(t => t.Name).ToList();
        if (path is not [var name, ..])
            return "tasks must be followed by the name of a task, such as tasks.ingest";
        if (scope.Group.Tasks.Find(t => t.Name == name) is not { } other)
        {
            // A dash is the minus sign of CEL: tasks.split-months reads as tasks.split minus months.
            return names.Find(n => n.StartsWith(name + "-", StringComparison.Ordinal)) is { } dashed
                ? $"there is no task {name}; a name with a dash is written tasks['{dashed}']"
                : $"there is no task {name}{NearestName.Hint(name, names)}";
        }

        if (name == scope.Task?.Name)
            return $"task {name} refers to itself";
        if (path.Count < 2)
            return null;
        if (!TaskFields.Contains(path[1]))
            return $"a task has no {path[1]}{NearestName.Hint(path[1], TaskFields)}; it has {string.Join(", ", TaskFields)}";
        if (path.Count < 3 || path[1] is not ("values" or "files"))
            return null;
        if (scope.OutputsOf(other) is not var (files, values))
            return null;
        var outputs = path[1] == "values" ? values : files;
        var declared = other.IsCall ? $"the outputs of {other.Template ?? other.Flow}, under {path[1]}" : $"outputs.{path[1]}";
        return outputs.Contains(path[2]) ? null : $"task {name} has no {path[2]} under {declared}{NearestName.Hint(path[2], outputs)}";
    }
}
