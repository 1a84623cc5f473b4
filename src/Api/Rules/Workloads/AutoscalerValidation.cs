using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Workloads;

/// <summary>The rules of the specification of an autoscaler.</summary>
internal static class AutoscalerValidation
{
    private const int MaxStabilizationSeconds = 3600;
    private const int MaxPeriodSeconds = 1800;

    private static readonly string[] SourceTypes = ["ContainerResource", "External", "Object", "Pods", "Resource"];

    public static void Validate(JsonObject spec, long leastReplicas, List<StatusCause> causes)
    {
        if (spec.Integer("minReplicas") is { } min && min < leastReplicas) causes.Add(StatusCause.Invalid("spec.minReplicas", $"{min}", $"must be greater than or equal to {leastReplicas}"));
        var max = spec.Integer("maxReplicas") ?? 0;
        if (max < 1) causes.Add(StatusCause.Invalid("spec.maxReplicas", $"{max}", "must be greater than 0"));
        if (spec.Integer("minReplicas") > max) causes.Add(StatusCause.Invalid("spec.maxReplicas", $"{max}", "must be greater than or equal to `minReplicas`"));
        Reference(spec.Object("scaleTargetRef") ?? [], "spec.scaleTargetRef", causes);
        if (spec.Integer("targetCPUUtilizationPercentage") is <= 0 and var target) causes.Add(StatusCause.Invalid("spec.targetCPUUtilizationPercentage", $"{target}", "must be greater than 0"));
        var i = 0;
        foreach (var metric in spec.Objects("metrics")) Metric(metric, $"spec.metrics[{i++}]", causes);
        // The pods' own metrics say nothing when there are none.
        if (spec.Integer("minReplicas") == 0 && !spec.Objects("metrics").Any(m => m.Text("type") is "Object" or "External"))
            causes.Add(StatusCause.Forbidden("spec.metrics", "must specify at least one Object or External metric to support scaling to zero replicas"));
        if (spec.Object("behavior") is not { } behavior) return;
        foreach (var direction in (ReadOnlySpan<string>)["scaleUp", "scaleDown"])
            if (behavior.Object(direction) is { } rules) Rules(rules, $"spec.behavior.{direction}", causes);
    }

    private static void Reference(JsonObject reference, string path, List<StatusCause> causes)
    {
        RequiredGrammar(reference, "kind", Names.PathSegmentError, path, causes);
        RequiredGrammar(reference, "name", Names.PathSegmentError, path, causes);
        if (reference.Text("apiVersion")?.Count(c => c == '/') > 1) causes.Add(StatusCause.Invalid($"{path}.apiVersion", Quote(reference.Text("apiVersion")!), $"unexpected GroupVersion string: {reference.Text("apiVersion")}"));
    }

    private static void Metric(JsonObject metric, string path, List<StatusCause> causes)
    {
        var type = metric.Text("type") ?? "";
        if (type.Length == 0) causes.Add(StatusCause.Required($"{path}.type", "must specify a metric source type"));
        if (!SourceTypes.Contains(type)) causes.Add(StatusCause.NotSupported($"{path}.type", Quote(type), SourceTypes));
        var expected = type.Length == 0 ? "" : char.ToLowerInvariant(type[0]) + type[1..];
        var given = SourceTypes.Select(t => char.ToLowerInvariant(t[0]) + t[1..]).Where(f => metric[f] is JsonObject).ToArray();
        if (given.Length > 0) Source(given[0], metric.Object(given[0])!, $"{path}.{given[0]}", causes);
        if (SourceTypes.Contains(type) && !given.Contains(expected)) causes.Add(StatusCause.Required($"{path}.{expected}", "must populate information for the given metric source"));
        foreach (var other in given.Where(f => f != expected && given.Length > 1)) causes.Add(StatusCause.Forbidden($"{path}.{other}", "must populate the given metric source only"));
    }

    private static void Source(string field, JsonObject source, string path, List<StatusCause> causes)
    {
        var target = source.Object("target") ?? [];
        if (field == "object") Reference(source.Object("describedObject") ?? [], $"{path}.describedObject", causes);
        if (field is "object" or "pods" or "external")
        {
            var identifier = source.Object("metric") ?? [];
            if (Required(identifier, "name", $"{path}.metric", causes, "must specify a metric name")) Grammar(identifier, "name", Names.PathSegmentError, $"{path}.metric", causes);
        }
        if (field is "resource" or "containerResource") Required(source, "name", path, causes, "must specify a resource name");
        if (field == "containerResource")
        {
            Grammar(source, "name", ResourceNames.ContainerError, path, causes);
            if (Required(source, "container", path, causes, "must specify a container")) Grammar(source, "container", Names.LabelError, path, causes);
        }
        Target(target, $"{path}.target", causes);
        var (value, average, utilization) = (target["value"] is not null, target["averageValue"] is not null, target["averageUtilization"] is not null);
        switch (field)
        {
            case "object" when !value && !average:
                causes.Add(StatusCause.Required($"{path}.target.averageValue", "must set either a target value or averageValue"));
                break;
            case "pods" when !average:
                causes.Add(StatusCause.Required($"{path}.target.averageValue", "must specify a positive target averageValue"));
                break;
            case "external" when !value && !average:
                causes.Add(StatusCause.Required($"{path}.target.averageValue", "must set either a target value for metric or a per-pod target"));
                break;
            case "external" when value && average:
                causes.Add(StatusCause.Forbidden($"{path}.target.value", "may not set both a target value for metric and a per-pod target"));
                break;
            case "resource" or "containerResource":
                if (!utilization && !average) causes.Add(StatusCause.Required($"{path}.target.averageUtilization", "must set either a target raw value or a target utilization"));
                if (utilization && average) causes.Add(StatusCause.Forbidden($"{path}.target.averageValue", "may not set both a target raw value and a target utilization"));
                break;
        }
    }

    private static void Target(JsonObject target, string path, List<StatusCause> causes)
    {
        Required(target, "type", path, causes, "must specify a metric target type");
        if (target.Text("type") is not ("Utilization" or "Value" or "AverageValue")) causes.Add(StatusCause.Invalid($"{path}.type", Quote(target.Text("type") ?? ""), "must be either Utilization, Value, or AverageValue"));
        foreach (var name in (ReadOnlySpan<string>)["value", "averageValue"])
            if (ResourceRules.Read(target[name]) is { Sign: <= 0 } amount) causes.Add(StatusCause.Invalid($"{path}.{name}", Quote(amount.ToString()), "must be positive"));
        if (target.Integer("averageUtilization") is < 1 and var utilization) causes.Add(StatusCause.Invalid($"{path}.averageUtilization", $"{utilization}", "must be greater than 0"));
    }

    private static void Rules(JsonObject rules, string path, List<StatusCause> causes)
    {
        if (rules.Integer("stabilizationWindowSeconds") is { } window)
        {
            if (window < 0) causes.Add(StatusCause.Invalid($"{path}.stabilizationWindowSeconds", $"{window}", "must be greater than or equal to zero"));
            if (window > MaxStabilizationSeconds) causes.Add(StatusCause.Invalid($"{path}.stabilizationWindowSeconds", $"{window}", $"must be less than or equal to {MaxStabilizationSeconds}"));
        }
        Supported(rules, "selectPolicy", ["Disabled", "Max", "Min"], path, causes);
        if (ResourceRules.Read(rules["tolerance"]) is { Sign: < 0 } tolerance) causes.Add(StatusCause.Invalid($"{path}.tolerance", Quote(tolerance.ToString()), "must be greater than or equal to 0"));
        if (rules.Array("policies") is not { Count: > 0 }) causes.Add(StatusCause.Required($"{path}.policies", "must specify at least one Policy"));
        var i = 0;
        foreach (var policy in rules.Objects("policies"))
        {
            var at = $"{path}.policies[{i++}]";
            if (policy.Text("type") is not ("Pods" or "Percent")) causes.Add(StatusCause.NotSupported($"{at}.type", Quote(policy.Text("type") ?? ""), ["Percent", "Pods"]));
            foreach (var name in (ReadOnlySpan<string>)["value", "periodSeconds"])
                if ((policy.Integer(name) ?? 0) <= 0) causes.Add(StatusCause.Invalid($"{at}.{name}", $"{policy.Integer(name) ?? 0}", "must be greater than zero"));
            if (policy.Integer("periodSeconds") > MaxPeriodSeconds) causes.Add(StatusCause.Invalid($"{at}.periodSeconds", policy["periodSeconds"].Shown(), $"must be less than or equal to {MaxPeriodSeconds}"));
        }
    }
}
