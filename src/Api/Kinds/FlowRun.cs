using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Slipway.Api.Kinds;

/// <summary>One execution of a flow. Deleting it stops what still runs; its record stays in the ledger.</summary>
[KubernetesEntity(Group = CustomKindAttribute.Group, ApiVersion = CustomKindAttribute.Version, Kind = "FlowRun", PluralName = "flowruns")]
[CustomKind("flowruns", Categories = ["slipway"])]
[PrinterColumn("Flow", "string", ".spec.flow")]
[PrinterColumn("Phase", "string", ".status.phase")]
[PrinterColumn("Done", "string", ".status.progress")]
[PrinterColumn("Message", "string", ".status.message", Priority = 1)]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed class FlowRun : IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc/>
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "slipway.dev/v1alpha1";

    /// <inheritdoc/>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "FlowRun";

    /// <inheritdoc/>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What is to run.</summary>
    [JsonPropertyName("spec"), Field(Required = true)]
    public FlowRunSpec Spec { get; set; } = new();

    /// <summary>How far the run is.</summary>
    [JsonPropertyName("status")]
    public FlowRunStatus? Status { get; set; }
}

/// <summary>What is to run. Once the run exists, only suspend, stop and approvals can be changed.</summary>
public sealed class FlowRunSpec
{
    /// <summary>Name of the flow, in the same namespace.</summary>
    [JsonPropertyName("flow"), Field(Required = true, MinLength = 1)]
    public string Flow { get; set; } = "";

    /// <summary>Values of the flow's parameters, of any JSON type; those left out have their defaults.</summary>
    [JsonPropertyName("params")]
    public Dictionary<string, JsonNode?>? Params { get; set; }

    /// <summary>The interval of data that the run is for; expressions read it as run.start and run.end. A schedule sets it.</summary>
    [JsonPropertyName("interval")]
    public DataInterval? Interval { get; set; }

    /// <summary>An earlier run of the same flow, with the same parameters, from which what succeeded is taken over; the rest is run.</summary>
    [JsonPropertyName("rerun")]
    public RunRerun? Rerun { get; set; }

    /// <summary>Who has started the run, and why. Of what a client gives only the message is kept: who it is is set by the server.</summary>
    [JsonPropertyName("cause")]
    public RunCause? Cause { get; set; }

    /// <summary>Whether nothing new is started; what runs goes on.</summary>
    [JsonPropertyName("suspend")]
    public bool? Suspend { get; set; }

    /// <summary>Ends the run: what runs is ended, tasks of always run, and the run has failed. It cannot be taken back.</summary>
    [JsonPropertyName("stop")]
    public RunStop? Stop { get; set; }

    /// <summary>
    /// In a test, what stands for tasks in place of being run, by their paths. A run that has it approves what has no fake by itself, and is a test even if
    /// it is empty.
    /// </summary>
    [JsonPropertyName("fakes")]
    public Dictionary<string, TaskFake>? Fakes { get; set; }

    /// <summary>What was decided on tasks with approve. Decisions can be added, and not taken back.</summary>
    [JsonPropertyName("approvals"), Field(ListMapKey = "task")]
    public List<TaskApproval>? Approvals { get; set; }
}

/// <summary>An earlier run from which results are taken over.</summary>
public sealed class RunRerun
{
    /// <summary>Name of the run.</summary>
    [JsonPropertyName("run"), Field(Required = true, MinLength = 1)]
    public string Run { get; set; } = "";

    /// <summary>A task from which on all is run again, although it succeeded.</summary>
    [JsonPropertyName("from")]
    public string? From { get; set; }
}

/// <summary>An interval of time that a run's data is of.</summary>
public sealed class DataInterval
{
    /// <summary>Its beginning, which belongs to it.</summary>
    [JsonPropertyName("start"), JsonConverter(typeof(PreciseTimeConverter)), Field(Required = true)]
    public DateTime? Start { get; set; }

    /// <summary>Its end, which does not belong to it.</summary>
    [JsonPropertyName("end"), JsonConverter(typeof(PreciseTimeConverter)), Field(Required = true)]
    public DateTime? End { get; set; }
}

/// <summary>How far a run is. What grows with the run lives in the ledger; here are counts and up to 200 items.</summary>
public sealed class FlowRunStatus
{
    /// <summary>Pending, Running, Succeeded or Failed.</summary>
    [JsonPropertyName("phase"), Field(Enum = [FlowPhase.Pending, FlowPhase.Running, FlowPhase.Succeeded, FlowPhase.Failed])]
    public string Phase { get; set; } = FlowPhase.Pending;

    /// <summary>One line: why the run failed or waits, and what to change.</summary>
    [JsonPropertyName("message")]
    public string? Message { get; set; }

    /// <summary>Items that have ended, of all that are known so far, such as 7/12.</summary>
    [JsonPropertyName("progress")]
    public string? Progress { get; set; }

    /// <summary>When the run was started.</summary>
    [JsonPropertyName("startTime"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? StartTime { get; set; }

    /// <summary>When the last task ended.</summary>
    [JsonPropertyName("completionTime"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? CompletionTime { get; set; }

    /// <summary>Whether the run has taken longer than its flow's deadline.</summary>
    [JsonPropertyName("late")]
    public bool? Late { get; set; }

    /// <summary>Since when nothing runs because the run is suspended or waits for decisions; kept for runs of flows with a timeout, which does not count it.</summary>
    [JsonPropertyName("waitingSince"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? WaitingSince { get; set; }

    /// <summary>How long it waited so before, in seconds.</summary>
    [JsonPropertyName("waitedSeconds")]
    public double? WaitedSeconds { get; set; }

    /// <summary>How far each notification that became due is: by its name, a dot and what it tells.</summary>
    [JsonPropertyName("notifications")]
    public Dictionary<string, FlowNotificationStatus>? Notifications { get; set; }

    /// <summary>The parameters that the run works with, defaults included.</summary>
    [JsonPropertyName("params")]
    public Dictionary<string, JsonNode?>? Params { get; set; }

    /// <summary>The flow as it was when the run started; the run works by this copy.</summary>
    [JsonPropertyName("flow"), Field(IsCopy = true)]
    public FlowSpec? Flow { get; set; }

    /// <summary>The flows that its tasks call, as they were when the run started, by name.</summary>
    [JsonPropertyName("flows"), Field(IsCopy = true)]
    public Dictionary<string, FlowSpec>? Flows { get; set; }

    /// <summary>The images that the run has pinned: what the flow names, and the digest that all its pods run.</summary>
    [JsonPropertyName("images")]
    public Dictionary<string, string>? Images { get; set; }

    /// <summary>Counts over the items of all tasks.</summary>
    [JsonPropertyName("counts")]
    public ItemCounts? Counts { get; set; }

    /// <summary>
    /// The tasks, in the flow's order, each call followed by what it runs: etl.clean is the task clean of what the task etl calls, counted over all
    /// calls. Tasks of calls end at 1000.
    /// </summary>
    [JsonPropertyName("tasks"), Field(ListMapKey = "name")]
    public List<FlowTaskStatus>? Tasks { get; set; }
}

/// <summary>Numbers of items (a task without forEach is one item) by phase. A run counts what calls run, not the calls.</summary>
public sealed class ItemCounts
{
    /// <summary>All that are known so far.</summary>
    [JsonPropertyName("total")]
    public int Total { get; set; }

    /// <summary>Not started, or waiting for a retry.</summary>
    [JsonPropertyName("pending")]
    public int Pending { get; set; }

    /// <summary>With a pod that has not ended.</summary>
    [JsonPropertyName("running")]
    public int Running { get; set; }

    /// <summary>Ended with 0 and all outputs stored.</summary>
    [JsonPropertyName("succeeded")]
    public int Succeeded { get; set; }

    /// <summary>Failed, with no retry left.</summary>
    [JsonPropertyName("failed")]
    public int Failed { get; set; }

    /// <summary>Not run, because of a condition or of what they need.</summary>
    [JsonPropertyName("skipped")]
    public int Skipped { get; set; }
}

/// <summary>How far a task is.</summary>
public sealed class FlowTaskStatus
{
    /// <summary>Name of the task, after those of the calls that it lies in, such as etl.clean.</summary>
    [JsonPropertyName("name"), Field(Required = true)]
    public string Name { get; set; } = "";

    /// <summary>Pending, Running, Succeeded, Failed or Skipped.</summary>
    [JsonPropertyName("phase"), Field(Enum = [FlowPhase.Pending, FlowPhase.Running, FlowPhase.Succeeded, FlowPhase.Failed, FlowPhase.Skipped])]
    public string Phase { get; set; } = FlowPhase.Pending;

    /// <summary>One line: why the task failed, was skipped or waits.</summary>
    [JsonPropertyName("message")]
    public string? Message { get; set; }

    /// <summary>When its first attempt started.</summary>
    [JsonPropertyName("startTime"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? StartTime { get; set; }

    /// <summary>When its last attempt ended.</summary>
    [JsonPropertyName("completionTime"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? CompletionTime { get; set; }

    /// <summary>Counts over its items.</summary>
    [JsonPropertyName("counts")]
    public ItemCounts? Counts { get; set; }

    /// <summary>
    /// Its items with at least one attempt, in order: up to 200 over all tasks of the run, those that run or failed first.
    /// </summary>
    [JsonPropertyName("items")]
    public List<FlowItemStatus>? Items { get; set; }
}

/// <summary>How far one item of a task is.</summary>
public sealed class FlowItemStatus
{
    /// <summary>Where in the run, such as etl[2].clean[5]; absent where the task's name and the index say it.</summary>
    [JsonPropertyName("path")]
    public string? Path { get; set; }

    /// <summary>Index in forEach, from 0; absent for a task without forEach.</summary>
    [JsonPropertyName("index")]
    public int? Index { get; set; }

    /// <summary>The item as text, at most 64 characters; absent for a task without forEach.</summary>
    [JsonPropertyName("item")]
    public string? Item { get; set; }

    /// <summary>Pending (waiting for a retry), Running, Succeeded, Failed, or Skipped when the run was stopped.</summary>
    [JsonPropertyName("phase")]
    public string Phase { get; set; } = FlowPhase.Pending;

    /// <summary>How many attempts were started.</summary>
    [JsonPropertyName("attempts")]
    public int Attempts { get; set; }

    /// <summary>Pod of the last attempt.</summary>
    [JsonPropertyName("pod")]
    public string? Pod { get; set; }

    /// <summary>When the first attempt started.</summary>
    [JsonPropertyName("startTime"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? StartTime { get; set; }

    /// <summary>When the last attempt ended.</summary>
    [JsonPropertyName("completionTime"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? CompletionTime { get; set; }

    /// <summary>Memory limit of the last attempt, such as 512Mi.</summary>
    [JsonPropertyName("memoryLimit")]
    public string? MemoryLimit { get; set; }

    /// <summary>Peak memory of the last attempt that ended, in bytes.</summary>
    [JsonPropertyName("peakMemoryBytes")]
    public long? PeakMemoryBytes { get; set; }

    /// <summary>Reason of the last failure: Error, OutOfMemory, Timeout, Signal, CommandNotFound, OutputMissing, ImagePull, ….</summary>
    [JsonPropertyName("reason")]
    public string? Reason { get; set; }

    /// <summary>The last failure in one line, or why the item waits.</summary>
    [JsonPropertyName("message")]
    public string? Message { get; set; }
}

/// <summary>Phases of runs, tasks and items.</summary>
public static class FlowPhase
{
    public const string Pending = "Pending";
    public const string Running = "Running";
    public const string Succeeded = "Succeeded";
    public const string Failed = "Failed";
    public const string Skipped = "Skipped";

    /// <summary>Whether the phase is final.</summary>
    public static bool IsFinal(string? phase) => phase is Succeeded or Failed or Skipped;
}
