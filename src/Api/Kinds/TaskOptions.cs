using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>How the command of a task runs: set on the task, or in the flow's defaults for all that do not set it.</summary>
public abstract class TaskOptions
{
    /// <summary>Image of the container.</summary>
    [JsonPropertyName("image"), Field(MinLength = 1)]
    public string? Image { get; set; }

    /// <summary>Environment variables; a task's own go before those of defaults that have the same name.</summary>
    [JsonPropertyName("env"), Field(ListMapKey = "name")]
    public List<TaskEnvironment>? Env { get; set; }

    /// <summary>How often, how soon and after what a failed attempt is tried again.</summary>
    [JsonPropertyName("retries")]
    public TaskRetries? Retries { get; set; }

    /// <summary>How long one attempt may take from when it is on a node, such as 30m.</summary>
    [JsonPropertyName("timeout")]
    public string? Timeout { get; set; }

    /// <summary>How long one attempt may wait until its command starts: for a node, its image, its volumes; such as 1h. Without one it waits.</summary>
    [JsonPropertyName("waitLimit")]
    public string? WaitLimit { get; set; }

    /// <summary>What the container may use.</summary>
    [JsonPropertyName("resources")]
    public TaskResources? Resources { get; set; }

    /// <summary>What happens when an attempt is killed for its memory.</summary>
    [JsonPropertyName("onOutOfMemory")]
    public OnOutOfMemory? OnOutOfMemory { get; set; }

    /// <summary>Numeric user that the command runs as; the image's user if not given.</summary>
    [JsonPropertyName("runAsUser"), Field(Minimum = 0)]
    public long? RunAsUser { get; set; }

    /// <summary>All keys of Secrets and ConfigMaps as environment variables; those of env go before them.</summary>
    [JsonPropertyName("envFrom")]
    public List<TaskEnvironmentFrom>? EnvFrom { get; set; }

    /// <summary>Secrets, ConfigMaps and volumes as directories.</summary>
    [JsonPropertyName("mounts"), Field(ListMapKey = "path")]
    public List<TaskMount>? Mounts { get; set; }

    /// <summary>Containers that run beside the command.</summary>
    [JsonPropertyName("sidecars"), Field(ListMapKey = "name")]
    public List<TaskSidecar>? Sidecars { get; set; }

    /// <summary>Labels of the nodes that may run it; those of defaults are added.</summary>
    [JsonPropertyName("nodeSelector")]
    public Dictionary<string, string>? NodeSelector { get; set; }

    /// <summary>Taints of nodes that it bears.</summary>
    [JsonPropertyName("tolerations")]
    public List<TaskToleration>? Tolerations { get; set; }

    /// <summary>Name of the PriorityClass: who goes first, and makes room for whom.</summary>
    [JsonPropertyName("priorityClassName")]
    public string? PriorityClassName { get; set; }

    /// <summary>Name of the ServiceAccount whose token the command gets; none if not given.</summary>
    [JsonPropertyName("serviceAccountName")]
    public string? ServiceAccountName { get; set; }

    /// <summary>Locks that each attempt holds while its pod is there; it starts when all of them have a free slot.</summary>
    [JsonPropertyName("locks"), Field(ListMapKey = "name")]
    public List<TaskLock>? Locks { get; set; }

    /// <summary>
    /// What differs of the pod, metadata.labels, metadata.annotations and spec, merged strategically as kubectl patch does it: the container of the
    /// command is named task. Texts may hold expressions. What defaults say is merged first.
    /// </summary>
    [JsonPropertyName("pod")]
    public JsonNode? Pod { get; set; }
}

/// <summary>How often, how soon and after what a failed attempt is tried again.</summary>
public sealed class TaskRetries
{
    /// <summary>How many failures of faults that are not the task's are made up for, if not given.</summary>
    public const int DefaultFaults = 5;

    /// <summary>How many times; the first attempt, attempts with raised memory and those that a fault of the cluster ended do not count.</summary>
    [JsonPropertyName("limit"), Field(Minimum = 0, Maximum = 100)]
    public int Limit { get; set; }

    /// <summary>
    /// Wait before a retry: a duration before the first, doubled for each further one up to five minutes (1s if not given), or { first, factor, limit, jitter }:
    /// multiplied by factor each time up to limit, and longer or shorter by up to the part jitter, from 0 to 1.
    /// </summary>
    [JsonPropertyName("backoff")]
    public JsonNode? Backoff { get; set; }

    /// <summary>The failures that are tried again; all if not given.</summary>
    [JsonPropertyName("only")]
    public RetryCondition? Only { get; set; }

    /// <summary>
    /// How many times an attempt is tried again that ended by a fault of the cluster: its node was lost, shut down or refused it, it was evicted or preempted, the image's
    /// registry did not answer. 5 if not given.
    /// </summary>
    [JsonPropertyName("faults"), Field(Minimum = 0, Maximum = 100)]
    public int? Faults { get; set; }
}

/// <summary>Failures that are tried again: by exit code or by reason.</summary>
public sealed class RetryCondition
{
    /// <summary>Exit codes of the command, from 1 to 255.</summary>
    [JsonPropertyName("exitCodes"), Field(MinLength = 1)]
    public List<int>? ExitCodes { get; set; }

    /// <summary>Reasons of attempts: Error, Signal, Timeout, WaitLimit, Deleted, StartFailed, ImagePull, OutputMissing, ….</summary>
    [JsonPropertyName("reasons"), Field(MinLength = 1)]
    public List<string>? Reasons { get; set; }
}

/// <summary>What a task's container may use.</summary>
public sealed class TaskResources
{
    /// <summary>CPU that is set aside for the task, such as 500m; it may use more if there is more.</summary>
    [JsonPropertyName("cpu"), JsonConverter(typeof(ScalarTextConverter)), Field(IntOrString = true)]
    public string? Cpu { get; set; }

    /// <summary>Memory that is set aside for the task and at which it is killed, such as 256Mi.</summary>
    [JsonPropertyName("memory"), JsonConverter(typeof(ScalarTextConverter)), Field(IntOrString = true)]
    public string? Memory { get; set; }

    /// <summary>Devices by the name of their resource, such as nvidia.com/gpu: 1.</summary>
    [JsonPropertyName("devices")]
    public Dictionary<string, int>? Devices { get; set; }
}

/// <summary>
/// What happens when an attempt is killed for its memory: it is tried again with more, and what it needed is remembered
/// for later runs.
/// </summary>
public sealed class OnOutOfMemory
{
    /// <summary>By how much memory is multiplied each time; 2 if not given.</summary>
    [JsonPropertyName("factor"), Field(Minimum = 1.1, Maximum = 10)]
    public double? Factor { get; set; }

    /// <summary>The most memory that an attempt gets, such as 2Gi.</summary>
    [JsonPropertyName("limit"), JsonConverter(typeof(ScalarTextConverter)), Field(Required = true, IntOrString = true)]
    public string Limit { get; set; } = "";
}
