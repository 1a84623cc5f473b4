using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Slipway.Api.Kinds;

/// <summary>
/// A data flow: tasks that run in containers, pass files and values to each other, and are started together as a
/// FlowRun.
/// </summary>
[KubernetesEntity(Group = CustomKindAttribute.Group, ApiVersion = CustomKindAttribute.Version, Kind = "Flow", PluralName = "flows")]
[CustomKind("flows", Categories = ["slipway"])]
[PrinterColumn("Schedule", "string", ".status.schedule")]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed class Flow : IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc/>
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "slipway.dev/v1alpha1";

    /// <inheritdoc/>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "Flow";

    /// <inheritdoc/>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What the flow does.</summary>
    [JsonPropertyName("spec"), Field(Required = true)]
    public FlowSpec Spec { get; set; } = new();

    /// <summary>What Slipway has observed of the flow.</summary>
    [JsonPropertyName("status")]
    public FlowStatus? Status { get; set; }
}

/// <summary>What a flow does. A run takes a copy when it starts, so that a later change does not touch it.</summary>
public sealed class FlowSpec : TaskGroup
{
    /// <summary>All tasks that are written in the flow: its own, then those of its templates.</summary>
    [JsonIgnore]
    public IEnumerable<FlowTask> WrittenTasks => AllTasks.Concat((Templates ?? []).SelectMany(t => t.AllTasks));

    /// <summary>When runs are started. A flow with several schedules has them under schedules.</summary>
    [JsonPropertyName("schedule")]
    public FlowSchedule? Schedule { get; set; }

    /// <summary>Schedules by name, each with its own times and parameters.</summary>
    [JsonPropertyName("schedules"), Field(ListMapKey = "name", MaxLength = 20)]
    public List<NamedFlowSchedule>? Schedules { get; set; }

    /// <summary>What else starts runs: the end of a run of another flow, a webhook, a change of an object, or a file.</summary>
    [JsonPropertyName("triggers"), Field(ListMapKey = "name", MaxLength = 20)]
    public List<FlowTrigger>? Triggers { get; set; }

    /// <summary>Where what tasks leave is kept. Not read where another flow calls this one.</summary>
    [JsonPropertyName("artifacts")]
    public FlowArtifacts? Artifacts { get; set; }

    /// <summary>How long what runs leave is kept; for good if not given.</summary>
    [JsonPropertyName("retention")]
    public FlowRetention? Retention { get; set; }

    /// <summary>
    /// How many ended runs are kept as objects with their pods, of those that no schedule or trigger of the flow has started; 10 if not given. What has ended
    /// within the hour is kept, too, unless retention says less.
    /// </summary>
    [JsonPropertyName("historyLimit"), Field(Minimum = 0, Maximum = 10_000)]
    public int? HistoryLimit { get; set; }

    /// <summary>Storage that tasks of a run share: tasks mount it by name, and work on it in the order that their needs give.</summary>
    [JsonPropertyName("volumes"), Field(ListMapKey = "name", MaxLength = 20)]
    public List<FlowVolume>? Volumes { get; set; }

    /// <summary>Settings of all tasks that do not have their own.</summary>
    [JsonPropertyName("defaults")]
    public TaskDefaults? Defaults { get; set; }

    /// <summary>
    /// How long a run may take, such as 6h: what then still runs is ended, tasks of onFailure and always run, and the run has failed. Not read
    /// where another flow calls this one.
    /// </summary>
    [JsonPropertyName("timeout")]
    public string? Timeout { get; set; }

    /// <summary>When a run is late, such as 2h after its start: it goes on, but its status and an event say so.</summary>
    [JsonPropertyName("deadline")]
    public string? Deadline { get; set; }

    /// <summary>Whom to tell when a run fails, recovers or is late. Not read where another flow calls this one.</summary>
    [JsonPropertyName("notifications"), Field(ListMapKey = "name", MaxLength = 20)]
    public List<FlowNotification>? Notifications { get; set; }

    /// <summary>How many runs are under way at the same time, and what becomes of one more. Not read where another flow calls this one.</summary>
    [JsonPropertyName("concurrency")]
    public FlowConcurrency? Concurrency { get; set; }

    /// <summary>Groups of tasks that tasks call by name.</summary>
    [JsonPropertyName("templates"), Field(ListMapKey = "name", MaxLength = 100)]
    public List<TaskTemplate>? Templates { get; set; }
}

/// <summary>A parameter of a flow or template.</summary>
public sealed class FlowParam
{
    public const string StringType = "string";
    public const string IntegerType = "integer";
    public const string NumberType = "number";
    public const string BooleanType = "boolean";
    public const string ArrayType = "array";
    public const string ObjectType = "object";

    /// <summary>Name, usable in expressions as params.NAME: letters, digits and underscores.</summary>
    [JsonPropertyName("name"), Field(Required = true, Pattern = "^[A-Za-z_][A-Za-z0-9_]*$", MaxLength = 63)]
    public string Name { get; set; } = "";

    /// <summary>
    /// Type of its values: string, integer, number, boolean, array or object. Runs and calls that give another are refused, and expressions are checked by
    /// it. Any if not given.
    /// </summary>
    [JsonPropertyName("type"), Field(Enum = [StringType, IntegerType, NumberType, BooleanType, ArrayType, ObjectType])]
    public string? Type { get; set; }

    /// <summary>What the parameter is for.</summary>
    [JsonPropertyName("description")]
    public string? Description { get; set; }

    /// <summary>Value of runs and calls that do not set the parameter, of any JSON type. Without one, each must set it.</summary>
    [JsonPropertyName("default")]
    public JsonNode? Default { get; set; }
}

/// <summary>Settings of all tasks that do not have their own.</summary>
public sealed class TaskDefaults : TaskOptions;

/// <summary>What Slipway has observed of a flow.</summary>
public sealed class FlowStatus
{
    /// <summary>The generation of the flow that the conditions are about.</summary>
    [JsonPropertyName("observedGeneration")]
    public long? ObservedGeneration { get; set; }

    /// <summary>Conditions: Scheduled says whether runs are started by schedule, and if not, why.</summary>
    [JsonPropertyName("conditions"), Field(ListMapKey = "type")]
    public List<V1Condition>? Conditions { get; set; }

    /// <summary>The cron expressions of all schedules, for tables, such as "0 6 * * *, @hourly".</summary>
    [JsonPropertyName("schedule")]
    public string? Schedule { get; set; }

    /// <summary>How far each schedule is.</summary>
    [JsonPropertyName("schedules"), Field(ListMapKey = "name")]
    public List<FlowScheduleStatus>? Schedules { get; set; }

    /// <summary>How far each trigger is.</summary>
    [JsonPropertyName("triggers"), Field(ListMapKey = "name")]
    public List<FlowTriggerStatus>? Triggers { get; set; }
}
