using System.Text.RegularExpressions;

namespace Slipway.Api.Kinds;

/// <summary>Rules of one task.</summary>
internal static partial class FlowTaskRules
{
    public static void Check(string path, FlowTask task, ExpressionScope scope, List<StatusCause> causes)
    {
        var kinds = new[] { ("command", task.Command is not null), ("steps", task.Steps is not null), ("template", task.Template is not null), ("flow", task.Flow is not null), ("approve", task.Approve is not null) }.Where(k => k.Item2).Select(k => k.Item1).ToList();
        if (kinds.Count > 1)
            causes.Add(StatusCause.Forbidden($"{path}.{kinds[1]}", $"{kinds[0]} is set too, and a task has one of command, steps, template, flow and approve"));
        if (task.IsCall)
            FlowCallRules.Check(path, task, scope.Flow, scope.Definition, causes);
        else if (task.Approve is not null)
            FlowCallRules.CheckOptions(path, task, causes);
        else
            CheckCommand(path, task, scope.Flow, causes);
        if (task is { Join: not null, When: not null })
            causes.Add(StatusCause.Forbidden($"{path}.join", "when is set too, and decides alone"));
        if (task.Cache is not null && task.IsCall)
            causes.Add(StatusCause.Forbidden($"{path}.cache", "a call has no result of its own; set cache on the tasks that it calls"));
        else if (task.Cache?.MaxAge is { } age && !FlowDuration.TryParse(age, out _))
            causes.Add(StatusCause.Invalid($"{path}.cache.maxAge", $"\"{age}\"", FlowDuration.Form));
        FlowServiceRules.Check(path, task, scope, causes);
        CheckForEach(path, task, causes);
        CheckOutputs(path, task, causes);
        CheckNames($"{path}.inputs", task.Inputs?.Keys, causes);
        foreach (var (name, text) in task.Inputs ?? [])
        {
            if (!text.Contains("${{", StringComparison.Ordinal))
                causes.Add(StatusCause.Invalid($"{path}.inputs.{name}", $"\"{text}\"", "must be an expression that names a file, such as ${{ tasks.ingest.files.raw }}"));
        }

        for (var i = 0; i < (task.Needs?.Count ?? 0); i++)
        {
            var need = task.Needs![i];
            if (!scope.TaskNames.Contains(need))
                causes.Add(StatusCause.Invalid($"{path}.needs[{i}]", $"\"{need}\"", scope.Absent(need)));
        }

        var expressions = FlowExpressions.Of(task, scope.Flow.Defaults, (field, text, e) =>
            causes.Add(StatusCause.Invalid($"{path}.{field}", $"\"{text}\"", $"is no expression: {e.Message}")));
        foreach (var expression in expressions)
            FlowExpressionRules.Check($"{path}.{expression.Field}", expression, scope, causes);
    }

    private static void CheckCommand(string path, FlowTask task, FlowSpec flow, List<StatusCause> causes)
    {
        if (task.Image is null && flow.Defaults?.Image is null && task.Steps?.TrueForAll(s => s.Image is not null) != true)
            causes.Add(StatusCause.Required($"{path}.image", "set it here or in spec.defaults"));
        for (var i = 0; i < (task.Steps?.Count ?? 0); i++)
        {
            var step = task.Steps![i];
            if (step.Name is "task" || task.Steps.Take(i).Any(s => s.Name == step.Name))
                causes.Add(StatusCause.Duplicate($"{path}.steps[{i}].name", $"\"{step.Name}\""));
            if (step.Command is not [{ Length: > 0 }, ..])
                causes.Add(StatusCause.Required($"{path}.steps[{i}].command", "the program and its arguments"));
        }

        if (task.Args is not null && task.Steps is not null)
            causes.Add(StatusCause.Forbidden($"{path}.args", "steps is set; write the arguments in the commands of the steps"));
        if (task.Steps is null && task.Command is not [{ Length: > 0 }, ..])
            causes.Add(StatusCause.Required($"{path}.command", "the program and its arguments (the image's entrypoint is not used), or steps, template, flow or approve in its place"));
        if (task.With is not null)
            causes.Add(StatusCause.Forbidden($"{path}.with", "it sets the parameters of a template or flow, which the task does not call"));
        FlowSettingRules.Check(path, task, causes);
        FlowVolumeRules.CheckTask(path, task, flow, causes);
        if ((task.OnOutOfMemory ?? flow.Defaults?.OnOutOfMemory) is not null && (task.Resources?.Memory ?? flow.Defaults?.Resources?.Memory) is null)
            causes.Add(StatusCause.Required($"{path}.resources.memory", "onOutOfMemory raises it, so it must be set here or in spec.defaults"));
    }

    private static void CheckForEach(string path, FlowTask task, List<StatusCause> causes)
    {
        if (task.Parallelism is not null && task.ForEach is null)
            causes.Add(StatusCause.Forbidden($"{path}.parallelism", "it limits the items of forEach, which is not set"));
        ForEachRules.Check($"{path}.forEach", task.ForEach, causes);
        if (task.Repeat?.Pause is { } pause && !FlowDuration.TryParse(pause, out _))
            causes.Add(StatusCause.Invalid($"{path}.repeat.pause", $"\"{pause}\"", FlowDuration.Form));
    }

    private static void CheckOutputs(string path, FlowTask task, List<StatusCause> causes)
    {
        foreach (var (kind, outputs) in new[] { ("files", task.Outputs?.Files), ("values", task.Outputs?.Values) })
        {
            CheckNames($"{path}.outputs.{kind}", outputs?.Keys, causes);
            foreach (var (name, file) in outputs ?? [])
            {
                if (!file.StartsWith("/out/", StringComparison.Ordinal) || file.EndsWith('/') || file.Split('/').Contains(".."))
                    causes.Add(StatusCause.Invalid($"{path}.outputs.{kind}.{name}", $"\"{file}\"", $"must be the path of a file {(kind == "files" ? "or directory " : "")}under /out"));
            }
        }
    }

    /// <summary>Names that expressions write after a dot.</summary>
    public static void CheckNames(string path, IEnumerable<string>? names, List<StatusCause> causes)
    {
        foreach (var name in names ?? [])
        {
            if (!Name().IsMatch(name))
                causes.Add(StatusCause.Invalid($"{path}.{name}", $"\"{name}\"", "names have letters, digits and underscores, and do not start with a digit"));
        }
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]{0,62}$")]
    private static partial Regex Name();
}
