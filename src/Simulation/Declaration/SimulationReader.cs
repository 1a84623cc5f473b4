using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;
using Slipway.Api.Schemas;
using Slipway.Api.Selectors;

namespace Slipway.Simulation;

/// <summary>Reads the declaration of a simulation and says what is wrong with it, field by field.</summary>
internal static partial class SimulationReader
{
    private const string Group = "simulation.slipway.dev";
    private static readonly string[] Effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
    private static readonly Schema Text = new() { Type = "string" };
    private static readonly Schema Texts = new() { Type = "array", Items = Text };
    private static readonly Schema Whole = new() { Type = "integer" };
    private static readonly Schema Number = new() { Type = "number" };
    private static readonly Schema Amount = new() { IntOrString = true };
    private static readonly Schema Node = Object(
        ("name", Text), ("weight", Whole), ("capacity", new() { Type = "object", AdditionalProperties = Amount }),
        ("labels", new() { Type = "object", AdditionalProperties = Text }), ("zones", Texts),
        ("taints", new() { Type = "array", Items = Object(("key", Text), ("value", Text), ("effect", Text)) }));
    private static readonly Schema Selector = Object(
        ("matchLabels", new() { Type = "object", AdditionalProperties = Text }),
        ("matchExpressions", new() { Type = "array", Items = Object(("key", Text), ("operator", Text), ("values", Texts)) }));
    private static readonly Schema Pod = Object(
        ("namespace", Text), ("selector", Selector),
        ("startDelay", Text), ("readyDelay", Text), ("runFor", Text), ("stopDelay", Text),
        ("failure", Object(("probability", Number), ("exitCode", Whole), ("reason", Text))),
        ("use", Object(("cpu", Amount), ("memory", Amount))));
    private static readonly Schema Document = Object(
        ("apiVersion", Text), ("kind", Text), ("metadata", new() { Type = "object", PreserveUnknownFields = true }), ("seed", Whole),
        ("nodes", new() { Type = "array", Items = Node }), ("pods", new() { Type = "array", Items = Pod }));

    public static SimulationPlan Read(JsonObject document)
    {
        if (document is not { ApiVersion: $"{Group}/v1alpha1", Kind: "Simulation" })
            throw ApiException.BadRequest($"a simulation must be a Simulation of {Group}/v1alpha1, not {document.Kind} of {document.ApiVersion}");
        if (UnknownFields.Find(Document, document) is { Count: > 0 } unknown)
            throw UnknownFields.Refusal(unknown);
        var causes = SchemaValidator.Validate(Document, document).ToList();
        if (causes.Count == 0)
        {
            var nodes = document.Objects("nodes").Select((node, i) => ReadNode(node, $"nodes[{i}]", causes)).ToArray();
            foreach (var twice in nodes.GroupBy(node => node.Name).Where(group => group.Count() > 1))
                causes.Add(StatusCause.Duplicate("nodes", $"name \"{twice.Key}\""));
            var pods = document.Objects("pods").Select((pod, i) => ReadPod(pod, $"pods[{i}]", causes)).ToArray();
            var seed = document.Integer("seed") ?? 0;
            if (seed is < int.MinValue or > int.MaxValue)
                causes.Add(StatusCause.Invalid("seed", $"{seed}", "must be a number of 32 bits"));
            if (causes.Count == 0)
                return new() { Seed = (int)seed, Nodes = nodes.Length > 0 ? nodes : [NodeShape.Default], Pods = pods };
        }
        throw ApiException.Invalid(Group, "Simulation", document.Name, causes);
    }

    private static NodeShape ReadNode(JsonObject node, string path, List<StatusCause> causes)
    {
        var name = node.Text("name") ?? "";
        if (name.Length == 0)
            causes.Add(StatusCause.Required($"{path}.name", "it begins the names of nodes"));
        else if (name.Length > 40 || !Label().IsMatch(name))
            causes.Add(StatusCause.Invalid($"{path}.name", $"\"{name}\"", "must be lower-case letters, digits and dashes, 40 at most, a letter or digit first and last"));
        var weight = node.Integer("weight") ?? 1;
        if (weight is < 1 or > 1000)
            causes.Add(StatusCause.Invalid($"{path}.weight", $"{weight}", "must be 1 to 1000"));
        var capacity = new Dictionary<string, string>(NodeShape.Default.Capacity);
        foreach (var (resource, value) in node.Object("capacity") ?? [])
        {
            capacity[resource] = value.AsText() ?? value!.ToJsonString();
            if (!Quantity.TryParse(capacity[resource], out var amount) || amount.Sign < 0)
                causes.Add(StatusCause.Invalid($"{path}.capacity.{resource}", $"\"{capacity[resource]}\"", "must be a quantity such as 32, 500m or 64Gi"));
        }
        return new()
        {
            Name = name,
            Weight = (int)Math.Clamp(weight, 1, 1000),
            Capacity = capacity,
            Labels = (node.Object("labels") ?? []).ToDictionary(label => label.Key, label => label.Value.AsText() ?? ""),
            Taints = [.. node.Objects("taints").Select((taint, i) => ReadTaint(taint, $"{path}.taints[{i}]", causes))],
            Zones = [.. node.Array("zones")?.Select(zone => zone.AsText() ?? "") ?? []],
        };
    }

    private static NodeTaint ReadTaint(JsonObject taint, string path, List<StatusCause> causes)
    {
        if (taint.Text("key") is null or "")
            causes.Add(StatusCause.Required($"{path}.key"));
        if (taint.Text("effect") is not { } effect)
            causes.Add(StatusCause.Required($"{path}.effect"));
        else if (!Effects.Contains(effect))
            causes.Add(StatusCause.NotSupported($"{path}.effect", $"\"{effect}\"", Effects));
        return new(taint.Text("key") ?? "", taint.Text("value") ?? "", taint.Text("effect") ?? "");
    }

    private static PodRule ReadPod(JsonObject pod, string path, List<StatusCause> causes)
    {
        var failure = pod.Object("failure") ?? [];
        var probability = failure["probability"] is { } given ? double.Parse(given.ToJsonString(), CultureInfo.InvariantCulture) : 0;
        if (probability is < 0 or > 1)
            causes.Add(StatusCause.Invalid($"{path}.failure.probability", $"{failure["probability"]!.ToJsonString()}", "must be 0 to 1"));
        var code = failure.Integer("exitCode") ?? 1;
        if (code is < 1 or > 255)
            causes.Add(StatusCause.Invalid($"{path}.failure.exitCode", $"{code}", "must be 1 to 255"));
        var use = pod.Object("use") ?? [];
        return new()
        {
            Namespace = pod.Text("namespace"),
            Selector = ReadSelector(pod, path, causes),
            StartDelay = ReadSpan(pod, "startDelay", path, causes) ?? default,
            ReadyDelay = ReadSpan(pod, "readyDelay", path, causes) ?? default,
            RunFor = ReadSpan(pod, "runFor", path, causes),
            StopDelay = ReadSpan(pod, "stopDelay", path, causes) ?? default,
            FailureProbability = probability,
            ExitCode = (int)Math.Clamp(code, 1, 255),
            Reason = failure.Text("reason") ?? "Error",
            Cpu = ReadUse(use, "cpu", $"{path}.use", causes),
            Memory = ReadUse(use, "memory", $"{path}.use", causes),
        };
    }

    private static LabelSelector ReadSelector(JsonObject pod, string path, List<StatusCause> causes)
    {
        if (pod.Object("selector") is not { } selector)
            return LabelSelector.Everything;
        try
        {
            return LabelSelector.FromJson(selector);
        }
        catch (ApiException e)
        {
            causes.Add(StatusCause.Invalid($"{path}.selector", selector.ToJsonString(), e.Message));
            return LabelSelector.Everything;
        }
    }

    private static Span? ReadSpan(JsonObject pod, string field, string path, List<StatusCause> causes)
    {
        if (pod.Text(field) is not { } text)
            return null;
        var bounds = text.Split("..");
        if (bounds.Length <= 2 && FlowDuration.TryParse(bounds[0], out var least) && FlowDuration.TryParse(bounds[^1], out var most) && least <= most)
            return new(least, most);
        causes.Add(StatusCause.Invalid($"{path}.{field}", $"\"{text}\"", "must be a duration such as 30s or 500ms, or two of them, the shorter first: 10s..1m"));
        return null;
    }

    private static ResourceUse ReadUse(JsonObject use, string resource, string path, List<StatusCause> causes)
    {
        if (use[resource] is not { } given)
            return ResourceUse.AsRequested;
        var text = given.AsText() ?? given.ToJsonString();
        if (text.EndsWith('%') && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent))
            return new(percent / 100, null);
        if (Quantity.TryParse(text, out var amount) && amount.Sign >= 0)
            return new(0, amount.ToDouble());
        causes.Add(StatusCause.Invalid($"{path}.{resource}", $"\"{text}\"", "must be a quantity such as 250m or 64Mi, or a share of the pod's request such as 80%"));
        return ResourceUse.AsRequested;
    }

    private static Schema Object(params (string Name, Schema Schema)[] properties) =>
        new() { Type = "object", Properties = properties.ToDictionary(p => p.Name, p => p.Schema) };

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    private static partial Regex Label();
}
