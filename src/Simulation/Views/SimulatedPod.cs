using System.Collections.Immutable;
using k8s;
using k8s.Models;

namespace Slipway.Simulation;

/// <summary>A pod reduced to what its simulated life depends on.</summary>
[KubernetesEntity(Group = "", Kind = "Pod", ApiVersion = "v1", PluralName = "pods")]
internal sealed class SimulatedPod : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public PodSpecView Spec { get; set; } = new();
    public PodStatusView Status { get; set; } = new();

    public IReadOnlyDictionary<string, string> Labels =>
        (IReadOnlyDictionary<string, string>?)Metadata.Labels?.AsReadOnly() ?? ImmutableDictionary<string, string>.Empty;

    /// <summary>Whether its containers will never run again.</summary>
    public bool HasEnded => Status.Phase is "Succeeded" or "Failed";

    /// <summary>Whether it counts towards a Job, which is done when enough of its pods have ended well.</summary>
    public bool IsOfJob => Metadata.OwnerReferences?.Any(owner => owner.Kind == "Job") == true;

    /// <summary>When it was bound to its node; a binding without a time counts as the pod's creation.</summary>
    public DateTime BoundAt => Condition("PodScheduled")?.LastTransitionTime ?? Metadata.CreationTimestamp ?? DateTime.MinValue;

    /// <summary>The state of its first container, which stands for all of them; null before it runs.</summary>
    public ContainerStatusView? Main => Status.ContainerStatuses is [var first, ..] ? first : null;

    /// <summary>Whether all that must be true from elsewhere for it to be ready is so.</summary>
    public bool GatesAreOpen => Spec.ReadinessGates is null || Spec.ReadinessGates.TrueForAll(gate => Condition(gate.ConditionType ?? "")?.Status == "True");

    public ConditionView? Condition(string type) => Status.Conditions?.Find(condition => condition.Type == type);

    private static readonly PodSpecView NoSpec = new();
    private static readonly PodStatusView NoStatus = new();

    /// <summary>What to keep of a pod between its changes: who it is.</summary>
    public SimulatedPod Trimmed() => new()
    {
        Spec = NoSpec,
        Status = NoStatus,
        Metadata = new() { Name = Metadata.Name, NamespaceProperty = string.Intern(Metadata.NamespaceProperty ?? ""), Uid = Metadata.Uid, ResourceVersion = Metadata.ResourceVersion },
    };
}

internal sealed class PodSpecView
{
    public string? NodeName { get; set; }
    public string? RestartPolicy { get; set; }
    public List<ContainerView>? Containers { get; set; }
    public List<ContainerView>? InitContainers { get; set; }
    public List<GateView>? ReadinessGates { get; set; }
    public bool? HostNetwork { get; set; }
}

internal sealed class ContainerView
{
    public string? Name { get; set; }
    public string? Image { get; set; }

    /// <summary><c>Always</c> makes an init container a sidecar.</summary>
    public string? RestartPolicy { get; set; }
    public ResourcesView? Resources { get; set; }
}

internal sealed class ResourcesView
{
    public Dictionary<string, string>? Requests { get; set; }
}

internal sealed class GateView
{
    public string? ConditionType { get; set; }
}

internal sealed class PodStatusView
{
    public string? Phase { get; set; }
    public string? PodIP { get; set; }
    public DateTime? StartTime { get; set; }
    public List<ConditionView>? Conditions { get; set; }
    public List<ContainerStatusView>? ContainerStatuses { get; set; }
}

internal sealed class ConditionView
{
    public string? Type { get; set; }
    public string? Status { get; set; }
    public DateTime? LastTransitionTime { get; set; }
}

internal sealed class ContainerStatusView
{
    public int RestartCount { get; set; }
    public ContainerStateView? State { get; set; }
}

internal sealed class ContainerStateView
{
    public RunningView? Running { get; set; }
}

internal sealed class RunningView
{
    public DateTime? StartedAt { get; set; }
}
