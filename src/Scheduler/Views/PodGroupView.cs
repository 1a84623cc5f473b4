using k8s;
using k8s.Models;

namespace Slipway.Scheduler;

/// <summary>A PodGroup reduced to what scheduling reads.</summary>
[KubernetesEntity(Group = "scheduling.k8s.io", Kind = "PodGroup", ApiVersion = "v1beta1", PluralName = "podgroups")]
internal sealed class PodGroupView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public PodGroupSpecView Spec { get; set; } = new();
    public PodGroupStatusView? Status { get; set; }

    /// <summary>How many of its pods are scheduled together at least; null: each by itself.</summary>
    public int? MinCount => Spec.SchedulingPolicy is { Gang: null } ? null : Spec.SchedulingPolicy?.Gang?.MinCount ?? 1;
}

internal sealed class PodGroupSpecView
{
    public SchedulingPolicyView? SchedulingPolicy { get; set; }
}

internal sealed class SchedulingPolicyView
{
    /// <summary>All or none; null: each pod by itself.</summary>
    public GangView? Gang { get; set; }
}

internal sealed class GangView
{
    public int MinCount { get; set; }
}

internal sealed class PodGroupStatusView
{
    public List<ConditionView>? Conditions { get; set; }
}

/// <summary>The group that a pod belongs to.</summary>
internal sealed class SchedulingGroupView
{
    public string? PodGroupName { get; set; }
}
