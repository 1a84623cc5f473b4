using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>A HorizontalPodAutoscaler (autoscaling/v2) reduced to what its controller reads.</summary>
[KubernetesEntity(Group = "autoscaling", Kind = "HorizontalPodAutoscaler", ApiVersion = "v2", PluralName = "horizontalpodautoscalers")]
internal sealed record AutoscalerView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public AutoscalerSpec Spec { get; set; } = new();
    public AutoscalerStatus? Status { get; set; }

    public int MinReplicas => Spec.MinReplicas ?? 1;

    public IReadOnlyList<MetricSpec> Metrics => Spec.Metrics ?? [];
}

internal sealed class AutoscalerSpec
{
    public ObjectReference ScaleTargetRef { get; set; } = new();
    public int? MinReplicas { get; set; }
    public int MaxReplicas { get; set; }
    public List<MetricSpec>? Metrics { get; set; }
    public ScalingBehavior? Behavior { get; set; }
}

/// <summary>An object of the same namespace.</summary>
internal sealed class ObjectReference
{
    public string? ApiVersion { get; set; }
    public string Kind { get; set; } = "";
    public string Name { get; set; } = "";

    public string Group => ApiVersion is { } version && version.Contains('/') ? version[..version.IndexOf('/')] : "";

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["kind"] = Kind, ["name"] = Name };
        if (ApiVersion is { Length: > 0 }) json["apiVersion"] = ApiVersion;
        return json;
    }
}

/// <summary>One metric to scale by; of the sources the one that <see cref="Type"/> names is set.</summary>
internal sealed class MetricSpec
{
    public string Type { get; set; } = "";
    public ResourceSource? Resource { get; set; }
    public ResourceSource? ContainerResource { get; set; }
    public MetricSource? Pods { get; set; }
    public MetricSource? Object { get; set; }
    public MetricSource? External { get; set; }
}

/// <summary>What the pods use of a resource, in all or in one container of each.</summary>
internal sealed class ResourceSource
{
    public string Name { get; set; } = "";
    public string? Container { get; set; }
    public MetricTarget Target { get; set; } = new();
}

/// <summary>A metric of the pods, of an object, or of something outside of the cluster.</summary>
internal sealed class MetricSource
{
    public MetricIdentifier Metric { get; set; } = new();
    public ObjectReference? DescribedObject { get; set; }
    public MetricTarget Target { get; set; } = new();
}

internal sealed class MetricIdentifier
{
    public string Name { get; set; } = "";
    public JsonObject? Selector { get; set; }

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["name"] = Name };
        if (Selector is not null) json["selector"] = Selector.DeepClone();
        return json;
    }
}

internal sealed class MetricTarget
{
    public string Type { get; set; } = "";
    public string? Value { get; set; }
    public string? AverageValue { get; set; }
    public int? AverageUtilization { get; set; }
}

internal sealed class ScalingBehavior
{
    public ScalingRules? ScaleUp { get; set; }
    public ScalingRules? ScaleDown { get; set; }
}

/// <summary>How fast to scale in one direction.</summary>
internal sealed class ScalingRules
{
    public int? StabilizationWindowSeconds { get; set; }
    public string? SelectPolicy { get; set; }
    public List<ScalingRule>? Policies { get; set; }
    public string? Tolerance { get; set; }
}

/// <summary>So many pods (<c>Pods</c>), or such a share of them (<c>Percent</c>), in a time.</summary>
internal sealed class ScalingRule
{
    public string Type { get; set; } = "";
    public int Value { get; set; }
    public int PeriodSeconds { get; set; }
}

internal sealed record AutoscalerStatus
{
    public long? ObservedGeneration { get; init; }
    public DateTime? LastScaleTime { get; init; }
    public int CurrentReplicas { get; init; }
    public int DesiredReplicas { get; init; }

    /// <summary>One entry for each metric of the spec, in its order; without content where the metric is not known.</summary>
    public JsonArray? CurrentMetrics { get; init; }

    public List<AutoscalerCondition>? Conditions { get; init; }
}

internal sealed record AutoscalerCondition
{
    public required string Type { get; init; }
    public required string Status { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public DateTime? LastTransitionTime { get; init; }
}
