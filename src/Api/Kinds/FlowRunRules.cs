using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Documents;

namespace Slipway.Api.Kinds;

/// <summary>What a FlowRun must fulfil beyond its schema.</summary>
public static class FlowRunRules
{
    /// <summary>The most characters of a run's name: pods carry it as a label.</summary>
    public const int NameLimit = 63;

    private static readonly string[] Changeable = ["suspend", "stop", "approvals"];

    /// <summary>The causes to refuse a document.</summary>
    public static IReadOnlyList<StatusCause> Validate(JsonObject document)
    {
        var causes = new List<StatusCause>();
        if (document["metadata"]?["name"] is JsonValue value && value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is { Length: > NameLimit } name)
            causes.Add(StatusCause.Invalid("metadata.name", $"\"{name}\"", $"must be no more than {NameLimit} characters"));
        if (document.Object("spec")?.Object("interval") is { } interval)
        {
            var (start, end) = (PreciseTimeConverter.Read(interval["start"], "spec.interval.start", causes), PreciseTimeConverter.Read(interval["end"], "spec.interval.end", causes));
            if (start >= end)
                causes.Add(StatusCause.Invalid("spec.interval.end", interval["end"].Shown(), "must be later than start"));
        }
        var approvals = document["spec"]?["approvals"] as JsonArray ?? [];
        for (var i = 0; i < approvals.Count; i++)
        {
            if (approvals[i]?["task"] is JsonValue task && task.GetValueKind() == JsonValueKind.String && TaskPath.TryParse(task.GetValue<string>()) is null)
                causes.Add(StatusCause.Invalid($"spec.approvals[{i}].task", task.ToJsonString(), "must be the path of a task, such as publish or days[1].publish"));
        }

        return causes;
    }

    /// <summary>Whether an expression of a flow reads the interval of data, so that its runs must have one.</summary>
    public static bool ReadsInterval(RunDefinition definition) => definition.Flows.Values.Append(definition.Flow)
        .SelectMany(flow => flow.WrittenTasks.SelectMany(t => definition.ExpressionsOf(flow, t)))
        .SelectMany(e => FlowReferences.Find(e.Expression.Root))
        .Any(r => r is { Root: "run", Path: ["start" or "end", ..] });

    /// <summary>The causes to refuse a change: what a run does is fixed when it is created, and what was decided stays.</summary>
    public static IReadOnlyList<StatusCause> ValidateUpdate(JsonObject before, JsonObject after)
    {
        if (before["spec"] is not JsonObject was || after["spec"] is not JsonObject now || JsonNode.DeepEquals(was, now))
            return [];
        var causes = new List<StatusCause>();
        if (was.Concat(now).Any(p => !Changeable.Contains(p.Key) && !JsonNode.DeepEquals(was[p.Key], now[p.Key])))
            causes.Add(StatusCause.Forbidden("spec", "a run cannot be changed; start another one"));
        if (was["stop"] is not null && !JsonNode.DeepEquals(was["stop"], now["stop"]))
            causes.Add(StatusCause.Forbidden("spec.stop", "the run was stopped already; start another one"));
        var decided = now["approvals"] as JsonArray ?? [];
        foreach (var approval in was["approvals"] as JsonArray ?? [])
        {
            if (!decided.Any(d => JsonNode.DeepEquals(d, approval)))
                causes.Add(StatusCause.Forbidden("spec.approvals", $"the decision on {approval?["task"]} cannot be taken back"));
        }

        return causes;
    }

    /// <summary>
    /// The parameters that a run works with: those given, and the flow's defaults for the others. Also says what is wrong with
    /// those given, in one line.
    /// </summary>
    public static (Dictionary<string, JsonNode?> Params, string? Problem) ResolveParams(FlowSpec flow, IReadOnlyDictionary<string, JsonNode?>? given)
    {
        var resolved = new Dictionary<string, JsonNode?>();
        foreach (var name in given?.Keys ?? [])
        {
            if (flow.Params.All(p => p.Name != name))
                return (resolved, $"spec.params.{name}: the flow has no such parameter{NearestName.Hint(name, flow.Params.Select(p => p.Name))}");
        }

        foreach (var parameter in flow.Params)
        {
            if (given is not null && given.TryGetValue(parameter.Name, out var value) && !FlowTypes.IsOf(value, parameter.Type))
                return (resolved, $"spec.params.{parameter.Name}: must be of type {parameter.Type}, but is {CelJson.ToCompactJson(value)}");
            if (given is not null && given.TryGetValue(parameter.Name, out value))
                resolved[parameter.Name] = value?.DeepClone();
            else if (parameter.Default is not null)
                resolved[parameter.Name] = parameter.Default.DeepClone();
            else
                return (resolved, $"spec.params.{parameter.Name}: the flow's parameter {parameter.Name} has no default, so the run must set it");
        }

        return (resolved, null);
    }
}
