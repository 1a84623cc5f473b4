using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>Rules of tasks that call a template or another flow.</summary>
internal static class FlowCallRules
{
    /// <summary>Checks a call. Of another flow nothing is known until a run starts, which gives the <paramref name="definition"/>.</summary>
    public static void Check(string path, FlowTask task, FlowSpec flow, RunDefinition? definition, List<StatusCause> causes)
    {
        CheckOptions(path, task, causes);
        if (task.Template is { } template && flow.Templates?.Find(t => t.Name == template) is null)
        {
            causes.Add(StatusCause.Invalid($"{path}.template", $"\"{template}\"", $"there is no template {template}{NearestName.Hint(template, (flow.Templates ?? []).Select(t => t.Name))}; templates are declared in spec.templates"));
            return;
        }

        if (task.Flow is { } name && definition is not null && !definition.Flows.ContainsKey(name))
            causes.Add(StatusCause.Invalid($"{path}.flow", $"\"{name}\"", $"there is no flow {name} in the namespace"));
        if (Called(task, flow, definition) is { } called)
            CheckWith(path, task, called, causes);
    }

    /// <summary>Refuses, on a task without a command, what is about commands.</summary>
    public static void CheckOptions(string path, FlowTask task, List<StatusCause> causes)
    {
        foreach (var (field, isSet) in OfCommands(task))
        {
            if (isSet)
                causes.Add(StatusCause.Forbidden($"{path}.{field}", task.IsCall ? "it belongs to a task with a command; set it on the tasks that are called" : "it belongs to a task with a command"));
        }
    }

    /// <summary>What a task calls; null where that is not known.</summary>
    public static TaskGroup? Called(FlowTask task, FlowSpec flow, RunDefinition? definition) =>
        (definition ?? RunDefinition.Of(flow)).Called(flow, task)?.Group;

    /// <summary>Refuses calls that lie in each other without end, or deeper than a run can go, whatever the data.</summary>
    public static void CheckNesting(FlowSpec spec, RunDefinition definition, List<StatusCause> causes)
    {
        var depths = new Dictionary<TaskGroup, int>(ReferenceEqualityComparer.Instance);
        var field = "spec.tasks";
        if (Follow(spec, spec, "the flow", [], depths, definition, out var circle) is not { } depth)
            causes.Add(StatusCause.Invalid(field, $"\"{circle![0]}\"", $"calls lie in each other without end: {string.Join(" calls ", circle)}; give one of the tasks a when"));
        else if (depth > RunDefinition.DepthLimit)
            causes.Add(StatusCause.Invalid(field, $"{depth} calls", $"lie in each other, and {RunDefinition.DepthLimit} can; call fewer templates from templates"));
        foreach (var template in spec.Templates ?? [])
        {
            if (causes.Count == 0 && Follow(spec, template, template.Name, [], depths, definition, out circle) is null)
                causes.Add(StatusCause.Invalid("spec.templates", $"\"{template.Name}\"", $"calls lie in each other without end: {string.Join(" calls ", circle!)}; give one of the tasks a when"));
        }
    }

    /// <summary>How many calls lie in each other below a group; null with the circle if they have no end. Calls that data can end do not count.</summary>
    private static int? Follow(
        FlowSpec owner, TaskGroup group, string name, List<(TaskGroup Group, string Name)> path, Dictionary<TaskGroup, int> depths, RunDefinition definition, out List<string>? circle)
    {
        circle = null;
        if (depths.TryGetValue(group, out var known))
            return known;
        var at = path.FindIndex(p => ReferenceEquals(p.Group, group));
        if (at >= 0)
        {
            circle = [.. path[at..].Select(p => p.Name), name];
            return null;
        }

        path.Add((group, name));
        var deepest = 0;
        foreach (var task in group.AllTasks.Where(t => t is { IsCall: true, When: null, ForEach: null }))
        {
            if (definition.Called(owner, task) is not var (flow, called))
                continue;
            if (Follow(flow, called, task.Template ?? task.Flow!, path, depths, definition, out circle) is not { } below)
                return null;
            deepest = Math.Max(deepest, below + 1);
        }

        path.RemoveAt(path.Count - 1);
        depths[group] = deepest;
        return deepest;
    }

    private static void CheckWith(string path, FlowTask task, TaskGroup called, List<StatusCause> causes)
    {
        var names = called.Params.Select(p => p.Name).ToList();
        var what = task.Template is { } template ? $"template {template}" : $"flow {task.Flow}";
        foreach (var (name, value) in task.With ?? [])
        {
            if (!names.Contains(name))
                causes.Add(StatusCause.Invalid($"{path}.with.{name}", CelJson.ToCompactJson(value), $"{what} has no such parameter{NearestName.Hint(name, names)}"));
        }

        foreach (var parameter in called.Params)
        {
            if (task.With?.TryGetValue(parameter.Name, out var value) == true && !IsTemplate(value) && !FlowTypes.IsOf(value, parameter.Type))
                causes.Add(StatusCause.Invalid($"{path}.with.{parameter.Name}", CelJson.ToCompactJson(value), $"{what} has this parameter with type {parameter.Type}"));
        }

        foreach (var parameter in called.Params.Where(p => p.Default is null && task.With?.ContainsKey(p.Name) != true))
            causes.Add(StatusCause.Required($"{path}.with.{parameter.Name}", $"{what} has this parameter and no default for it"));
    }

    private static bool IsTemplate(JsonNode? value) =>
        value is JsonValue text && text.GetValueKind() == JsonValueKind.String && text.GetValue<string>().Contains("${{", StringComparison.Ordinal);

    private static IEnumerable<(string Field, bool IsSet)> OfCommands(FlowTask task) =>
    [
        ("image", task.Image is not null),
        ("args", task.Args is not null),
        ("replicas", task.Replicas is not null),
        ("service", task.Service is not null),
        ("env", task.Env is not null),
        ("inputs", task.Inputs is not null),
        ("outputs", task.Outputs is not null),
        ("retries", task.Retries is not null),
        ("timeout", task.Timeout is not null),
        ("waitLimit", task.WaitLimit is not null),
        ("resources", task.Resources is not null),
        ("onOutOfMemory", task.OnOutOfMemory is not null),
        ("runAsUser", task.RunAsUser is not null),
        ("envFrom", task.EnvFrom is not null),
        ("mounts", task.Mounts is not null),
        ("sidecars", task.Sidecars is not null),
        ("nodeSelector", task.NodeSelector is not null),
        ("tolerations", task.Tolerations is not null),
        ("priorityClassName", task.PriorityClassName is not null),
        ("serviceAccountName", task.ServiceAccountName is not null),
        ("locks", task.Locks is not null),
        ("pod", task.Pod is not null),
    ];
}
