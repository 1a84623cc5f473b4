using System.Text.Json;
using System.Text.Json.Nodes;

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
        return causes;
    }

    /// <summary>The causes to refuse a spec, with paths from <c>spec</c>.</summary>
    public static IReadOnlyList<StatusCause> Validate(FlowSpec spec)
    {
        var causes = new List<StatusCause>();
        for (var i = 0; i < spec.Params.Count; i++)
        {
            if (spec.Params.Take(i).Any(p => p.Name == spec.Params[i].Name))
                causes.Add(StatusCause.Duplicate($"spec.params[{i}].name", $"\"{spec.Params[i].Name}\""));
        }

        if (spec.Schedule?.CatchUp is { } catchUp && !FlowDuration.TryParse(catchUp, out _))
            causes.Add(StatusCause.Invalid("spec.schedule.catchUp", $"\"{catchUp}\"", FlowDuration.Form));
        if (spec.Schedule is { } schedule)
            FlowScheduleRules.Check(schedule, causes);
        if (spec.Defaults is { } defaults)
            FlowSettingRules.Check("spec.defaults", defaults.Retries, defaults.Timeout, defaults.Resources, defaults.OnOutOfMemory, defaults.Env, causes);

        if (spec.Tasks.Count == 0)
            causes.Add(StatusCause.Required("spec.tasks", "a flow has at least one task"));
        for (var i = 0; i < spec.Tasks.Count; i++)
        {
            if (spec.Tasks.Take(i).Any(t => t.Name == spec.Tasks[i].Name))
                causes.Add(StatusCause.Duplicate($"spec.tasks[{i}].name", $"\"{spec.Tasks[i].Name}\""));
            FlowTaskRules.Check($"spec.tasks[{i}]", spec.Tasks[i], spec, causes);
        }

        if (causes.Count == 0 && FlowCycle.Find(spec) is { } cycle)
        {
            var index = spec.Tasks.FindIndex(t => t.Name == cycle[0]);
            causes.Add(StatusCause.Invalid($"spec.tasks[{index}]", $"\"{cycle[0]}\"", $"the tasks wait for each other in a circle: {string.Join(" needs ", cycle)}"));
        }

        return causes;
    }
}

/// <summary>Finds tasks that wait for each other in a circle.</summary>
internal static class FlowCycle
{
    /// <summary>The names along a circle, the first one again at the end; null if there is none.</summary>
    public static IReadOnlyList<string>? Find(FlowSpec spec)
    {
        var needs = spec.Tasks.ToDictionary(t => t.Name, t => FlowExpressions.NeedsOf(t, spec));
        var done = new HashSet<string>();
        foreach (var start in spec.Tasks)
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
