using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Slipway.Api.Kinds;

/// <summary>
/// Runs of a flow for the times of one of its schedules in the past. Times that have been run already are not run again, so that a
/// backfill may be stopped, and made again, at any point. Deleting it stops what still runs; the records stay in the ledger.
/// </summary>
[KubernetesEntity(Group = CustomKindAttribute.Group, ApiVersion = CustomKindAttribute.Version, Kind = "FlowBackfill", PluralName = "flowbackfills")]
[CustomKind("flowbackfills", Categories = ["slipway"])]
[PrinterColumn("Flow", "string", ".spec.flow")]
[PrinterColumn("Phase", "string", ".status.phase")]
[PrinterColumn("Done", "string", ".status.progress")]
[PrinterColumn("Failed", "integer", ".status.failed")]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed class FlowBackfill : IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc/>
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "slipway.dev/v1alpha1";

    /// <inheritdoc/>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "FlowBackfill";

    /// <inheritdoc/>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What is to be run.</summary>
    [JsonPropertyName("spec"), Field(Required = true)]
    public FlowBackfillSpec Spec { get; set; } = new();

    /// <summary>How far it is.</summary>
    [JsonPropertyName("status")]
    public FlowBackfillStatus? Status { get; set; }
}

/// <summary>What is to be run. It cannot be changed once the backfill exists.</summary>
public sealed class FlowBackfillSpec
{
    /// <summary>Name of the flow, in the same namespace.</summary>
    [JsonPropertyName("flow"), Field(Required = true, MinLength = 1)]
    public string Flow { get; set; } = "";

    /// <summary>Name of the schedule whose times are run; default, the flow's spec.schedule, if not given.</summary>
    [JsonPropertyName("schedule")]
    public string? Schedule { get; set; }

    /// <summary>Runs are for the intervals of data that begin at this time or later.</summary>
    [JsonPropertyName("from"), JsonConverter(typeof(PreciseTimeConverter)), Field(Required = true)]
    public DateTime? From { get; set; }

    /// <summary>And before this one.</summary>
    [JsonPropertyName("to"), JsonConverter(typeof(PreciseTimeConverter)), Field(Required = true)]
    public DateTime? To { get; set; }

    /// <summary>How many of the runs may run at the same time; 1 if not given.</summary>
    [JsonPropertyName("parallel"), Field(Minimum = 1, Maximum = 1000)]
    public int? Parallel { get; set; }

    /// <summary>Whether times whose run has failed before are run again.</summary>
    [JsonPropertyName("retryFailed")]
    public bool? RetryFailed { get; set; }
}

/// <summary>How far a backfill is.</summary>
public sealed class FlowBackfillStatus
{
    /// <summary>Pending, Running, Succeeded or Failed.</summary>
    [JsonPropertyName("phase"), Field(Enum = [FlowPhase.Pending, FlowPhase.Running, FlowPhase.Succeeded, FlowPhase.Failed])]
    public string Phase { get; set; } = FlowPhase.Pending;

    /// <summary>One line: what failed or is waited for, and what to do.</summary>
    [JsonPropertyName("message")]
    public string? Message { get; set; }

    /// <summary>Runs that have ended, of all, such as 12/31.</summary>
    [JsonPropertyName("progress")]
    public string? Progress { get; set; }

    /// <summary>How many times there are.</summary>
    [JsonPropertyName("total")]
    public int? Total { get; set; }

    /// <summary>How many of them run.</summary>
    [JsonPropertyName("running")]
    public int? Running { get; set; }

    /// <summary>How many have succeeded, those from before the backfill included.</summary>
    [JsonPropertyName("succeeded")]
    public int? Succeeded { get; set; }

    /// <summary>How many have failed.</summary>
    [JsonPropertyName("failed")]
    public int? Failed { get; set; }

    /// <summary>When the last run ended.</summary>
    [JsonPropertyName("completionTime"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? CompletionTime { get; set; }
}
