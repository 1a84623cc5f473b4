using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>A CronJob reduced to what its controller reads; the template stays a document, so that nothing in it is lost.</summary>
[KubernetesEntity(Group = "batch", Kind = "CronJob", ApiVersion = "v1", PluralName = "cronjobs")]
internal sealed record CronJobView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public CronJobSpecView Spec { get; set; } = new();
    public CronJobStatusView? Status { get; set; }
}

internal sealed class CronJobSpecView
{
    public string Schedule { get; set; } = "";
    public string? TimeZone { get; set; }
    public long? StartingDeadlineSeconds { get; set; }
    public string? ConcurrencyPolicy { get; set; }
    public bool? Suspend { get; set; }
    public JsonObject? JobTemplate { get; set; }
    public int? SuccessfulJobsHistoryLimit { get; set; }
    public int? FailedJobsHistoryLimit { get; set; }
}

internal sealed record CronJobStatusView
{
    public List<ActiveJob>? Active { get; init; }
    public DateTime? LastScheduleTime { get; init; }
    public DateTime? LastSuccessfulTime { get; init; }
}

/// <summary>A reference to a Job that runs.</summary>
internal sealed record ActiveJob
{
    public string? ApiVersion { get; init; }
    public string? Kind { get; init; }
    public string? Name { get; init; }
    public string? Namespace { get; init; }
    public string? Uid { get; init; }
    public string? ResourceVersion { get; init; }

    public static ActiveJob Of(JobView job) => new()
    {
        ApiVersion = "batch/v1",
        Kind = "Job",
        Name = job.Metadata.Name,
        Namespace = job.Metadata.NamespaceProperty,
        Uid = job.Metadata.Uid,
        ResourceVersion = job.Metadata.ResourceVersion,
    };
}
