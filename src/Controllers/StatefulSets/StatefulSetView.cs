using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Selectors;

namespace Slipway.Controllers;

/// <summary>A StatefulSet reduced to what its controller reads; templates stay documents, so that nothing in them is lost.</summary>
[KubernetesEntity(Group = "apps", Kind = "StatefulSet", ApiVersion = "v1", PluralName = "statefulsets")]
internal sealed record StatefulSetView : IWorkload
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public StatefulSetSpecView Spec { get; set; } = new();
    public StatefulSetStatusView? Status { get; set; }

    LabelSelector? IWorkload.Selector => Spec.Selector;

    /// <summary>Pods that it is to have.</summary>
    public int Replicas => Spec.Replicas ?? 1;

    /// <summary>Ordinal of its first pod.</summary>
    public int Start => Spec.Ordinals?.Start ?? 0;

    /// <summary>Whether its pods come and go one after the other.</summary>
    public bool IsOrdered => Spec.PodManagementPolicy != "Parallel";

    public bool IsRolling => Spec.UpdateStrategy?.Type != "OnDelete";

    /// <summary>Ordinals below the start and this keep the former template.</summary>
    public int Partition => Spec.UpdateStrategy?.RollingUpdate?.Partition ?? 0;

    /// <summary>Pods that may be missing while it rolls: one unless it says more.</summary>
    public int MaxUnavailable => Math.Max(CountOrPercent.Of(Spec.UpdateStrategy?.RollingUpdate?.MaxUnavailable, Replicas, roundUp: true), 1);

    /// <summary>Whether claims go with the set.</summary>
    public bool DropsClaimsWhenDeleted => Spec.PersistentVolumeClaimRetentionPolicy?.WhenDeleted == "Delete";

    /// <summary>Whether claims go with the pods that it is scaled down by.</summary>
    public bool DropsClaimsWhenScaled => Spec.PersistentVolumeClaimRetentionPolicy?.WhenScaled == "Delete";

    /// <summary>The ordinal of one of its pods, which its name ends with; null for other names.</summary>
    public int? OrdinalOf(string pod)
    {
        var prefix = $"{Metadata.Name}-";
        return pod.StartsWith(prefix, StringComparison.Ordinal) && int.TryParse(pod.AsSpan(prefix.Length), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var ordinal)
            ? ordinal : null;
    }
}

internal sealed class StatefulSetSpecView
{
    public int? Replicas { get; set; }
    public LabelSelector? Selector { get; set; }
    public JsonObject? Template { get; set; }
    public List<JsonObject>? VolumeClaimTemplates { get; set; }
    public string? ServiceName { get; set; }
    public string? PodManagementPolicy { get; set; }
    public DeploymentStrategyView? UpdateStrategy { get; set; }
    public int? RevisionHistoryLimit { get; set; }
    public int? MinReadySeconds { get; set; }
    public ClaimRetentionView? PersistentVolumeClaimRetentionPolicy { get; set; }
    public OrdinalsView? Ordinals { get; set; }
}

internal sealed class ClaimRetentionView
{
    public string? WhenDeleted { get; set; }
    public string? WhenScaled { get; set; }
}

internal sealed class OrdinalsView
{
    public int? Start { get; set; }
}

internal sealed record StatefulSetStatusView
{
    public long? ObservedGeneration { get; init; }
    public int Replicas { get; init; }
    public int? ReadyReplicas { get; init; }
    public int? CurrentReplicas { get; init; }
    public int? UpdatedReplicas { get; init; }
    public string? CurrentRevision { get; init; }
    public string? UpdateRevision { get; init; }
    public int? CollisionCount { get; init; }
    public int? AvailableReplicas { get; init; }
}
