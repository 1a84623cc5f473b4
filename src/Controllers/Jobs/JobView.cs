using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Slipway.Api.Selectors;

namespace Slipway.Controllers;

/// <summary>A Job reduced to what its controller reads; the pod template stays a document, so that nothing in it is lost.</summary>
[KubernetesEntity(Group = "batch", Kind = "Job", ApiVersion = "v1", PluralName = "jobs")]
internal sealed record JobView : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Condition types.</summary>
    public const string Complete = "Complete", Failed = "Failed", SuccessCriteriaMet = "SuccessCriteriaMet", FailureTarget = "FailureTarget", Suspended = "Suspended";

    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public JobSpecView Spec { get; set; } = new();
    public JobStatusView? Status { get; set; }

    /// <summary>Whether it has ended and all of its pods have been counted.</summary>
    public bool HasEnded => ConditionOf(Complete) is not null || ConditionOf(Failed) is not null;

    /// <summary>A condition that is true; null when it is not.</summary>
    public JobCondition? ConditionOf(string type) => Status?.Conditions?.Find(condition => condition.Type == type && condition.Status == "True");
}

internal sealed class JobSpecView
{
    public int? Parallelism { get; set; }
    public int? Completions { get; set; }
    public int? BackoffLimit { get; set; }
    public long? ActiveDeadlineSeconds { get; set; }
    public long? TtlSecondsAfterFinished { get; set; }
    public bool? Suspend { get; set; }
    public string? CompletionMode { get; set; }
    public string? ManagedBy { get; set; }
    public int? BackoffLimitPerIndex { get; set; }
    public int? MaxFailedIndexes { get; set; }
    public string? PodReplacementPolicy { get; set; }
    public PodFailurePolicyView? PodFailurePolicy { get; set; }
    public SuccessPolicyView? SuccessPolicy { get; set; }
    public LabelSelector? Selector { get; set; }
    public JsonObject? Template { get; set; }
}

internal sealed record JobStatusView
{
    public int? Active { get; init; }
    public int? Ready { get; init; }
    public int? Terminating { get; init; }
    public int? Succeeded { get; init; }
    public int? Failed { get; init; }
    public string? CompletedIndexes { get; init; }
    public string? FailedIndexes { get; init; }
    public DateTime? StartTime { get; init; }
    public DateTime? CompletionTime { get; init; }
    public List<JobCondition>? Conditions { get; init; }
    public UncountedPods? UncountedTerminatedPods { get; init; }
}

internal sealed record JobCondition
{
    public required string Type { get; init; }
    public required string Status { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public DateTime? LastProbeTime { get; init; }
    public DateTime? LastTransitionTime { get; init; }
}

/// <summary>Uids of pods that have ended and are not in the counts yet.</summary>
internal sealed record UncountedPods
{
    public List<string>? Succeeded { get; init; }
    public List<string>? Failed { get; init; }
}
