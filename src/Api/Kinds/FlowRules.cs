using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>
/// What a Flow must fulfil beyond its schema. Pure: the API server calls it at each write, the controller again for the copy
/// that a run takes.
/// </summary>
public static class FlowRules
{
    /// <summary>The most characters of a flow's name, so that the names of its runs fit into labels.</summary>
    public const int NameLimit = 50;

    /// <summary>The most items of a forEach: entries of collected outputs are numbered with five digits.</summary>
    public const int ItemLimit = 100_000;

    /// <summary>The kind for error messages.</summary>
    public const string Kind = "Flow";

    /// <summary>The causes to refuse a document.</summary>
    public static IReadOnlyList<StatusCause> Validate(JsonObject document)
    {
        Flow? flow;
        try
        {
            flow = document.Deserialize(KindsJson.Default.Flow);
        }
        catch (JsonException)
        {
            return []; // of a type that the schema refuses by itself, with a better message
        }

        return flow is null ? [] : Validate(flow);
    }

    /// <summary>The causes to refuse a flow; none if it is sound.</summary>
    public static IReadOnlyList<StatusCause> Validate(Flow flow)
    {
        var causes = new List<StatusCause>();
        if (flow.Metadata?.Name is { Length: > NameLimit } name)
            causes.Add(StatusCause.Invalid("metadata.name", $"\"{name}\"", $"must be no more than {NameLimit} characters"));
        causes.AddRange(Validate(flow.Spec ?? new FlowSpec()));
        FlowTriggerRules.CheckOwnEnd(flow.Metadata?.Name, flow.Spec ?? new FlowSpec(), causes);
        return causes;
    }

    /// <summary>The causes to refuse a spec, with paths from <c>spec</c>.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="definition">The run that it is for, with the flows that are called; without it nothing is known of those.</param>
    public static IReadOnlyList<StatusCause> Validate(FlowSpec spec, RunDefinition? definition = null)
    {
        var causes = new List<StatusCause>();
        FlowScheduleRules.Check(spec, causes);
        FlowTriggerRules.Check(spec, causes);
        FlowNotificationRules.Check(spec, causes);
        foreach (var (field, age) in new[] { ("artifacts", spec.Retention?.Artifacts), ("logs", spec.Retention?.Logs), ("runs", spec.Retention?.Runs), ("records", spec.Retention?.Records) })
        {
            if (age is not null && !FlowDuration.TryParse(age, out _))
                causes.Add(StatusCause.Invalid($"spec.retention.{field}", $"\"{age}\"", FlowDuration.Form));
        }

        if (spec.Defaults is { } defaults)
            FlowSettingRules.Check("spec.defaults", defaults, causes);

        FlowVolumeRules.Check(spec, causes);
        FlowSettingRules.CheckSpan("spec.timeout", spec.Timeout, causes);
        FlowSettingRules.CheckSpan("spec.deadline", spec.Deadline, causes);
        CheckGroup("spec", spec, spec, definition, causes);
        for (var i = 0; i < (spec.Templates?.Count ?? 0); i++)
        {
            var template = spec.Templates![i];
            if (spec.Templates.Take(i).Any(t => t.Name == template.Name))
                causes.Add(StatusCause.Duplicate($"spec.templates[{i}].name", $"\"{template.Name}\""));
            CheckGroup($"spec.templates[{i}]", template, spec, definition, causes);
        }

        if (causes.Count == 0)
            FlowCallRules.CheckNesting(spec, definition ?? RunDefinition.Of(spec), causes);
        return causes;
    }

    private static void CheckGroup(string path, TaskGroup group, FlowSpec flow, RunDefinition? definition, List<StatusCause> causes)
    {
        var before = causes.Count;
        for (var i = 0; i < group.Params.Count; i++)
        {
            if (group.Params.Take(i).Any(p => p.Name == group.Params[i].Name))
                causes.Add(StatusCause.Duplicate($"{path}.params[{i}].name", $"\"{group.Params[i].Name}\""));
            if (group.Params[i].Default is { } value && !FlowTypes.IsOf(value, group.Params[i].Type))
                causes.Add(StatusCause.Invalid($"{path}.params[{i}].default", CelJson.ToCompactJson(value), $"must be of type {group.Params[i].Type}"));
        }

        if (group.Tasks.Count == 0)
            causes.Add(StatusCause.Required($"{path}.tasks", "there must be at least one task"));
        var names = new HashSet<string>();
        foreach (var (stage, task, field) in Fields(group))
        {
            if (!names.Add(task.Name))
                causes.Add(StatusCause.Duplicate($"{path}.{field}.name", $"\"{task.Name}\""));
            FlowTaskRules.Check($"{path}.{field}", task, new ExpressionScope(group, flow, definition, task, stage), causes);
        }

        CheckOutputs($"{path}.outputs.files", group.Outputs?.Files, new ExpressionScope(group, flow, definition, null, GroupStage.Always), causes);
        CheckOutputs($"{path}.outputs.values", group.Outputs?.Values, new ExpressionScope(group, flow, definition, null, GroupStage.Always), causes);
        if (causes.Count == before && FlowCycle.Find(group, flow.Defaults) is { } cycle)
        {
            var field = Fields(group).First(f => f.Task.Name == cycle[0]).Field;
            causes.Add(StatusCause.Invalid($"{path}.{field}", $"\"{cycle[0]}\"", $"the tasks wait for each other in a circle: {string.Join(" needs ", cycle)}"));
        }
    }

    /// <summary>The tasks of all stages with their fields, such as <c>always[1]</c>.</summary>
    private static IEnumerable<(GroupStage Stage, FlowTask Task, string Field)> Fields(TaskGroup group) => group.Staged.GroupBy(s => s.Stage).SelectMany(g => g.Select((s, i) => (s.Stage, s.Task, $"{Name(g.Key)}[{i}]")));

    /// <summary>All tasks that are written in a flow, those of its templates included, with the paths of their fields, such as <c>spec.templates[0].tasks[1]</c>.</summary>
    public static IEnumerable<(string Field, FlowTask Task)> FieldsOf(FlowSpec flow) => Fields(flow).Select(f => ($"spec.{f.Field}", f.Task))
        .Concat((flow.Templates ?? []).SelectMany((t, i) => Fields(t).Select(f => ($"spec.templates[{i}].{f.Field}", f.Task))));

    private static string Name(GroupStage stage) => stage switch
    {
        GroupStage.OnFailure => "onFailure",
        GroupStage.OnSuccess => "onSuccess",
        GroupStage.Always => "always",
        _ => "tasks",
    };

    private static void CheckOutputs(string path, Dictionary<string, string>? outputs, ExpressionScope scope, List<StatusCause> causes)
    {
        FlowTaskRules.CheckNames(path, outputs?.Keys, causes);
        foreach (var (name, text) in outputs ?? [])
        {
            try
            {
                var template = FlowTemplate.Parse(text);
                if (!template.IsExpression)
                    causes.Add(StatusCause.Invalid($"{path}.{name}", $"\"{text}\"", "must be one expression, such as ${{ tasks.clean.values.rows }}"));
                foreach (var expression in template.Expressions)
                    FlowExpressionRules.Check($"{path}.{name}", new FlowExpression(name, expression, ExpressionMoment.Task), scope, causes);
            }
            catch (CelSyntaxException e)
            {
                causes.Add(StatusCause.Invalid($"{path}.{name}", $"\"{text}\"", $"is no expression: {e.Message}"));
            }
        }
    }
}

/// <summary>Finds tasks that wait for each other in a circle.</summary>
internal static class FlowCycle
{
    /// <summary>The names along a circle, the first one again at the end; null if there is none.</summary>
    public static IReadOnlyList<string>? Find(TaskGroup group, TaskDefaults? defaults)
    {
        var needs = group.AllTasks.ToDictionary(t => t.Name, t => FlowExpressions.NeedsOf(t, group, defaults));
        var done = new HashSet<string>();
        foreach (var start in group.AllTasks)
        {
            if (Follow(start.Name, [], needs, done) is { } cycle)
                return cycle;
        }

        return null;
    }

    private static IReadOnlyList<string>? Follow(string name, List<string> path, Dictionary<string, IReadOnlyList<string>> needs, HashSet<string> done)
    {
        var index = path.IndexOf(name);
        if (index >= 0)
            return [.. path[index..], name];
        if (done.Contains(name))
            return null;
        path.Add(name);
        foreach (var need in needs[name])
        {
            if (Follow(need, path, needs, done) is { } cycle)
                return cycle;
        }

        path.RemoveAt(path.Count - 1);
        done.Add(name);
        return null;
    }
}
