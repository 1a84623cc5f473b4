using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Api.Kinds;

/// <summary>What a FlowRun must fulfil beyond its schema.</summary>
public static class FlowRunRules
{
    /// <summary>The most characters of a run's name: pods carry it as a label.</summary>
    public const int NameLimit = 63;

    /// <summary>The causes to refuse a document.</summary>
    public static IReadOnlyList<StatusCause> Validate(JsonObject document)
    {
        var causes = new List<StatusCause>();
        if (document["metadata"]?["name"] is JsonValue value && value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is { Length: > NameLimit } name)
            causes.Add(StatusCause.Invalid("metadata.name", $"\"{name}\"", $"must be no more than {NameLimit} characters"));
        return causes;
    }

    /// <summary>The causes to refuse a change: what a run does is fixed when it is created.</summary>
    public static IReadOnlyList<StatusCause> ValidateUpdate(JsonObject before, JsonObject after) =>
        JsonNode.DeepEquals(before["spec"], after["spec"]) ? [] : [StatusCause.Forbidden("spec", "a run cannot be changed; start another one")];

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
            if (given is not null && given.TryGetValue(parameter.Name, out var value))
                resolved[parameter.Name] = value?.DeepClone();
            else if (parameter.Default is not null)
                resolved[parameter.Name] = parameter.Default.DeepClone();
            else
                return (resolved, $"spec.params.{parameter.Name}: the flow's parameter {parameter.Name} has no default, so the run must set it");
        }

        return (resolved, null);
    }
}
