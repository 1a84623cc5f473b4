using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Conversions;

/// <summary>
/// Converts HorizontalPodAutoscalers between autoscaling/v2, in which they are stored, and autoscaling/v1, which knows a target for
/// the CPU alone: what it lacks travels in annotations
/// (<see href="https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#api-object"/>). Nothing is lost either way.
/// </summary>
public static class AutoscalerConversion
{
    private const string Metrics = "autoscaling.alpha.kubernetes.io/metrics";
    private const string CurrentMetrics = "autoscaling.alpha.kubernetes.io/current-metrics";
    private const string Conditions = "autoscaling.alpha.kubernetes.io/conditions";
    private const string Behavior = "autoscaling.alpha.kubernetes.io/behavior";

    /// <summary>Percent of the requested CPU that an autoscaler of v1 without any target aims at.</summary>
    private const int DefaultUtilization = 80;

    /// <summary>An autoscaling/v2 autoscaler as autoscaling/v1.</summary>
    public static JsonObject FromV2(JsonObject v2)
    {
        var v1 = (JsonObject)v2.DeepClone();
        v1.ApiVersion = "autoscaling/v1";
        var annotations = new JsonObject();
        if (v1.Object("spec") is { } spec)
        {
            var metrics = Taken(spec, "metrics");
            if (metrics.FirstOrDefault(IsCpu)?.At("resource.target.averageUtilization") is { } utilization)
                spec["targetCPUUtilizationPercentage"] = utilization.DeepClone();
            Keep(annotations, Metrics, [.. metrics.Where(m => !IsCpuUtilization(m)).Select(m => MetricV1.FromV2(m, "target"))]);
            if (Taken(spec, "behavior", out var behavior)) annotations[Behavior] = Renamed(behavior, char.ToUpperInvariant)!.ToJsonString();
        }
        if (v1.Object("status") is { } status)
        {
            var current = Taken(status, "currentMetrics");
            if (current.LastOrDefault(IsCpu)?.At("resource.current.averageUtilization") is { } utilization)
                status["currentCPUUtilizationPercentage"] = utilization.DeepClone();
            Keep(annotations, CurrentMetrics, [.. current.Select(m => MetricV1.FromV2(m, "current"))]);
            Keep(annotations, Conditions, [.. Taken(status, "conditions").Select(c => c.DeepClone())]);
        }
        // v1 requires it; v2 leaves it out when it is 0.
        if (v1.Object("status") is { } counts) counts["currentReplicas"] ??= 0;
        foreach (var (name, value) in annotations) v1.Metadata.ObjectOrNew("annotations")[name] = value?.DeepClone();
        return v1;
    }

    /// <summary>An autoscaling/v1 autoscaler as autoscaling/v2. An annotation that is no list of metrics or conditions is dropped.</summary>
    public static JsonObject ToV2(JsonObject v1)
    {
        var v2 = (JsonObject)v1.DeepClone();
        v2.ApiVersion = "autoscaling/v2";
        var spec = v2.ObjectOrNew("spec");
        var metrics = new JsonArray([.. Objects(v2, Metrics).Select(m => MetricV1.ToV2(m, "target"))]);
        if (spec.Remove("targetCPUUtilizationPercentage", out var percentage) && percentage is not null) metrics.Add((JsonNode)Cpu("target", percentage.DeepClone(), "Utilization"));
        if (metrics.Count == 0) metrics.Add((JsonNode)Cpu("target", DefaultUtilization, "Utilization"));
        spec["metrics"] = metrics;
        if (Read(v2, Behavior) is JsonObject behavior) spec["behavior"] = Renamed(behavior, char.ToLowerInvariant);

        var status = v2.Object("status") ?? [];
        if (status.Remove("currentCPUUtilizationPercentage", out var current) && current is not null) status["currentMetrics"] = new JsonArray(Cpu("current", current.DeepClone(), null));
        if (Objects(v2, CurrentMetrics) is { Length: > 0 } known) status["currentMetrics"] = new JsonArray([.. known.Select(m => MetricV1.ToV2(m, "current"))]);
        if (Objects(v2, Conditions) is { Length: > 0 } conditions) status["conditions"] = new JsonArray([.. conditions.Select(c => c.DeepClone())]);
        if (status.Count > 0 && status.Parent is null) v2["status"] = status;

        if (v2.Annotations is { } annotations)
        {
            foreach (var name in (ReadOnlySpan<string>)[Metrics, CurrentMetrics, Conditions, Behavior]) annotations.Remove(name);
            if (annotations.Count == 0) v2.Metadata.Remove("annotations");
        }
        return v2;
    }

    private static bool IsCpu(JsonObject metric) => metric.Text("type") == "Resource" && metric.Object("resource")?.Text("name") == "cpu";

    private static bool IsCpuUtilization(JsonObject metric) => IsCpu(metric) && metric.At("resource.target.averageUtilization") is not null;

    private static JsonObject Cpu(string place, JsonNode utilization, string? type)
    {
        var value = new JsonObject { ["averageUtilization"] = utilization };
        if (type is not null) value.Insert(0, "type", type);
        return new() { ["type"] = "Resource", ["resource"] = new JsonObject { ["name"] = "cpu", [place] = value } };
    }

    private static JsonObject[] Taken(JsonObject holder, string name)
    {
        JsonObject[] items = [.. holder.Objects(name)];
        holder.Remove(name);
        return items;
    }

    private static bool Taken(JsonObject holder, string name, out JsonObject value)
    {
        value = holder.Object(name) ?? [];
        return holder.Remove(name) && value.Count > 0;
    }

    private static void Keep(JsonObject annotations, string name, JsonNode[] items)
    {
        if (items.Length > 0) annotations[name] = new JsonArray(items).ToJsonString();
    }

    private static JsonObject[] Objects(JsonObject document, string annotation) => Read(document, annotation) is JsonArray list ? [.. list.OfType<JsonObject>()] : [];

    private static JsonNode? Read(JsonObject document, string annotation)
    {
        if (document.Annotations?.Text(annotation) is not { } text) return null;
        try
        {
            return DocumentReader.ParseJsonNode(System.Text.Encoding.UTF8.GetBytes(text));
        }
        catch (ApiException)
        {
            return null;
        }
    }

    // The behaviour has been written with the names of fields in Go, which begin with a capital, ever since there is one.
    private static JsonNode? Renamed(JsonNode? node, Func<char, char> first) => node switch
    {
        JsonObject map => new JsonObject(map.Where(p => p.Value is not null).Select(p => KeyValuePair.Create(first(p.Key[0]) + p.Key[1..], Renamed(p.Value, first)))),
        JsonArray list => new JsonArray([.. list.Select(i => Renamed(i, first))]),
        _ => node?.DeepClone(),
    };
}
