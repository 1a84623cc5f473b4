using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>A pod reduced to what the Job controller reads.</summary>
[KubernetesEntity(Group = "", Kind = "Pod", ApiVersion = "v1", PluralName = "pods")]
internal sealed class JobPodView : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Holds a pod until its end has been counted.</summary>
    public const string TrackingFinalizer = "batch.kubernetes.io/job-tracking";

    /// <summary>Annotation and label with the index of a pod of an indexed Job.</summary>
    public const string IndexKey = "batch.kubernetes.io/job-completion-index";

    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public JobPodSpecView? Spec { get; set; }
    public JobPodStatusView? Status { get; set; }

    public string Uid => Metadata.Uid;
    public bool IsTracked => Metadata.Finalizers?.Contains(TrackingFinalizer) == true;
    public bool IsBeingDeleted => Metadata.DeletionTimestamp is not null;
    public bool HasSucceeded => Status?.Phase == "Succeeded";
    public bool HasFailed => Status?.Phase == "Failed";
    public bool HasEnded => HasSucceeded || HasFailed;

    /// <summary>Whether it counts as running: neither ended nor being deleted.</summary>
    public bool IsActive => !HasEnded && !IsBeingDeleted;

    public bool IsReady => Status?.Conditions?.Exists(condition => condition is { Type: "Ready", Status: "True" }) == true;

    /// <summary>Restarts of all of its containers.</summary>
    public int Restarts => Containers.Sum(container => container.RestartCount);

    /// <summary>Its completion index; null when it has none.</summary>
    public int? Index => Metadata.Annotations is { } annotations && annotations.TryGetValue(IndexKey, out var text) && int.TryParse(text, out var index) && index >= 0 ? index : null;

    /// <summary>The owner that controls it.</summary>
    public V1OwnerReference? Controller => Metadata.OwnerReferences?.FirstOrDefault(owner => owner.Controller == true);

    /// <summary>When it ended: when its last container did.</summary>
    public DateTime EndTime =>
        Containers.Select(container => container.State?.Terminated?.FinishedAt).Max()
        ?? Status?.Conditions?.Find(condition => condition.Type == "Ready")?.LastTransitionTime
        ?? Metadata.DeletionTimestamp ?? Metadata.CreationTimestamp ?? DateTime.MinValue;

    private IEnumerable<JobContainerView> Containers => (Status?.ContainerStatuses ?? []).Concat(Status?.InitContainerStatuses ?? []);
}

internal sealed class JobPodSpecView
{
    public string? RestartPolicy { get; set; }
}

internal sealed class JobPodStatusView
{
    public string? Phase { get; set; }
    public List<JobPodCondition>? Conditions { get; set; }
    public List<JobContainerView>? ContainerStatuses { get; set; }
    public List<JobContainerView>? InitContainerStatuses { get; set; }
}

internal sealed class JobPodCondition
{
    public string? Type { get; set; }
    public string? Status { get; set; }
    public DateTime? LastTransitionTime { get; set; }
}

internal sealed class JobContainerView
{
    public int RestartCount { get; set; }
    public JobContainerState? State { get; set; }
}

internal sealed class JobContainerState
{
    public JobContainerEnd? Terminated { get; set; }
}

internal sealed class JobContainerEnd
{
    public DateTime? FinishedAt { get; set; }
}
