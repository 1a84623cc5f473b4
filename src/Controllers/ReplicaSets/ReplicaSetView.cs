using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Selectors;

namespace Slipway.Controllers;

/// <summary>A ReplicaSet, or a ReplicationController, reduced to what controllers read; the pod template stays a document, so that nothing in it is lost.</summary>
[KubernetesEntity(Group = "apps", Kind = "ReplicaSet", ApiVersion = "v1", PluralName = "replicasets")]
internal sealed record ReplicaSetView : IWorkload
{
    /// <summary>The condition that says that pods cannot be created or deleted.</summary>
    public const string ReplicaFailure = "ReplicaFailure";

    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public ReplicaSetSpecView Spec { get; set; } = new();
    public ReplicaSetStatusView? Status { get; set; }

    LabelSelector? IWorkload.Selector => Spec.Selector;

    /// <summary>Pods that it is to have.</summary>
    public int Replicas => Spec.Replicas ?? 1;

    /// <summary>Its pods that have been ready for long enough.</summary>
    public int Available => Status?.AvailableReplicas ?? 0;

    /// <summary>An annotation that holds a number; null when it is absent or none.</summary>
    public long? Number(string annotation) => Metadata.Annotations is { } annotations && annotations.TryGetValue(annotation, out var text)
        && long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;
}

internal sealed record ReplicaSetSpecView
{
    public int? Replicas { get; init; }
    public int? MinReadySeconds { get; init; }
    public LabelSelector? Selector { get; init; }
    public JsonObject? Template { get; init; }
}

internal sealed record ReplicaSetStatusView
{
    public int Replicas { get; init; }
    public int? FullyLabeledReplicas { get; init; }
    public int? ReadyReplicas { get; init; }
    public int? AvailableReplicas { get; init; }
    public int? TerminatingReplicas { get; init; }
    public long? ObservedGeneration { get; init; }
    public List<DatedCondition>? Conditions { get; init; }
}
