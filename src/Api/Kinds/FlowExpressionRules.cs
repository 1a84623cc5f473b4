using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>Rules of an expression: every name that it refers to exists.</summary>
internal static class FlowExpressionRules
{
    private static readonly string[] RunFields = ["name", "namespace", "flow"];
    private static readonly string[] TaskFields = ["values", "files", "succeeded", "failed", "skipped", "total", "phase"];

    public static void Check(string field, FlowExpression expression, FlowTask task, FlowSpec flow, List<StatusCause> causes)
    {
        foreach (var reference in FlowReferences.Find(expression.Expression.Root))
        {
            if (Problem(reference, expression, task, flow) is { } problem)
                causes.Add(StatusCause.Invalid(field, $"\"{expression.Expression.Text.Trim()}\"", problem));
        }

        foreach (var (_, name) in FlowReferences.Calls(expression.Expression.Root))
        {
            if (!CelExpression.Functions.Contains(name))
                causes.Add(StatusCause.Invalid(field, $"\"{expression.Expression.Text.Trim()}\"", $"there is no function {name}{NearestName.Hint(name, CelExpression.Functions)}"));
        }
    }

    private static string? Problem(FlowReference reference, FlowExpression expression, FlowTask task, FlowSpec flow)
    {
        switch (reference.Root)
        {
            case "item":
                return expression.SeesItem ? null : task.ForEach is null ? "item is known only in a task with forEach" : "item is not known here: forEach and when are read once for the task";
            case "params":
                var parameters = flow.Params.Select(p => p.Name).ToList();
                return reference.Path is [var parameter, ..] && !parameters.Contains(parameter)
                    ? $"there is no parameter {parameter}{NearestName.Hint(parameter, parameters)}"
                    : null;
            case "run":
                return reference.Path is [var field, ..] && !RunFields.Contains(field) ? $"run has no {field}{NearestName.Hint(field, RunFields)}" : null;
            case "tasks":
                return TaskProblem(reference.Path, task, flow);
            default:
                return $"there is no {reference.Root}{NearestName.Hint(reference.Root, ["params", "tasks", "item", "run"])}; an expression knows params, tasks, item and run";
        }
    }

    private static string? TaskProblem(IReadOnlyList<string> path, FlowTask task, FlowSpec flow)
    {
        var names = flow.Tasks.Select(t => t.Name).ToList();
        if (path is not [var name, ..])
            return "tasks must be followed by the name of a task, such as tasks.ingest";
        if (flow.Tasks.Find(t => t.Name == name) is not { } other)
        {
            // A dash is the minus sign of CEL: tasks.split-months reads as tasks.split minus months.
            return names.Find(n => n.StartsWith(name + "-", StringComparison.Ordinal)) is { } dashed
                ? $"there is no task {name}; a name with a dash is written tasks['{dashed}']"
                : $"there is no task {name}{NearestName.Hint(name, names)}";
        }

        if (name == task.Name)
            return $"task {name} refers to itself";
        if (path.Count < 2)
            return null;
        if (!TaskFields.Contains(path[1]))
            return $"a task has no {path[1]}{NearestName.Hint(path[1], TaskFields)}; it has {string.Join(", ", TaskFields)}";
        if (path.Count < 3 || path[1] is not ("values" or "files"))
            return null;
        var outputs = (path[1] == "values" ? other.Outputs?.Values : other.Outputs?.Files)?.Keys.ToList() ?? [];
        return outputs.Contains(path[2]) ? null : $"task {name} has no {path[2]} under outputs.{path[1]}{NearestName.Hint(path[2], outputs)}";
    }
}
