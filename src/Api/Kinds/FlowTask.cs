using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>
/// One step of a flow: a command in a container, or the call of a template or of another flow. A command finds its inputs under
/// /in and writes to /out. Texts may hold expressions, ${{ params.since }}; a text that is one expression keeps the expression's type.
/// </summary>
public sealed class FlowTask : TaskOptions
{
    /// <summary>Name within the flow: lower-case letters, digits and dashes. Expressions read it as tasks.NAME, or tasks['NAME'] with dashes.</summary>
    [JsonPropertyName("name"), Field(Required = true, Pattern = "^[a-z]([-a-z0-9]*[a-z0-9])?$", MaxLength = 40)]
    public string Name { get; set; } = "";

    /// <summary>The program and its arguments. Not run in a shell; the image's entrypoint is not used.</summary>
    [JsonPropertyName("command"), Field(MinLength = 1)]
    public List<string>? Command { get; set; }

    /// <summary>In place of a command: several, which run one after the other in one pod with the same /in and /out. What the last one leaves are the outputs.</summary>
    [JsonPropertyName("steps"), Field(ListMapKey = "name", MinLength = 1, MaxLength = 50)]
    public List<TaskStep>? Steps { get; set; }

    /// <summary>In place of a command: the template whose tasks run, one of spec.templates.</summary>
    [JsonPropertyName("template"), Field(MinLength = 1)]
    public string? Template { get; set; }

    /// <summary>In place of a command: the flow in the same namespace whose tasks run, as it is when the run starts.</summary>
    [JsonPropertyName("flow"), Field(MinLength = 1)]
    public string? Flow { get; set; }

    /// <summary>In place of a command: waits until somebody approves it (slipway approve), and fails if they deny it.</summary>
    [JsonPropertyName("approve")]
    public TaskApprove? Approve { get; set; }

    /// <summary>Parameters of the template or flow: any JSON, whose texts may hold expressions. Files can be handed on, too.</summary>
    [JsonPropertyName("with")]
    public Dictionary<string, JsonNode?>? With { get; set; }

    /// <summary>Further arguments, after those of command.</summary>
    [JsonPropertyName("args")]
    public List<string>? Args { get; set; }

    /// <summary>
    /// The task runs once for each item, which expressions read as ${{ item }}. A list, an expression that gives one, such as the files of a directory, { range: { from, to, step } } with both
    /// ends included, or { matrix: { a: LIST, b: LIST }, exclude: [{ a: 1 }] } for all combinations, read as ${{ item.a }}.
    /// </summary>
    [JsonPropertyName("forEach")]
    public JsonNode? ForEach { get; set; }

    /// <summary>How many items of forEach run at the same time; 500 if not given.</summary>
    [JsonPropertyName("parallelism"), Field(Minimum = 1)]
    public int? Parallelism { get; set; }

    /// <summary>
    /// How many pods run the command together, for distributed work: all of them or none get a node, and if one fails the attempt has failed. Expressions read
    /// replica.index (from 0), replica.count and replica.peers; what replica 0 leaves is what the task leaves.
    /// </summary>
    [JsonPropertyName("replicas"), Field(Minimum = 1, Maximum = 256)]
    public int? Replicas { get; set; }

    /// <summary>
    /// Others of its list reach the task over the network while it runs, by tasks.NAME.host and tasks.NAME.address (host and port): what needs it begins when it
    /// is ready, and it is ended when all of that has ended.
    /// </summary>
    [JsonPropertyName("service")]
    public TaskService? Service { get; set; }

    /// <summary>
    /// Runs the task, or what it calls, again and again until a condition is true. Expressions read the round as ${{ iteration }}, from 1, and what the
    /// one before has left as ${{ previous.values.NAME }} and ${{ previous.files.NAME }}.
    /// </summary>
    [JsonPropertyName("repeat")]
    public TaskRepeat? Repeat { get; set; }

    /// <summary>
    /// Files and directories that the task reads: /in/NAME is what the expression names, or a directory if a task with forEach
    /// made it: an entry for each item, its index in five digits, a dash and the file's name.
    /// </summary>
    [JsonPropertyName("inputs")]
    public Dictionary<string, string>? Inputs { get; set; }

    /// <summary>What the task leaves behind when its command has ended with 0.</summary>
    [JsonPropertyName("outputs")]
    public TaskOutputs? Outputs { get; set; }

    /// <summary>Names of tasks that must end before this one starts, beyond those that its expressions refer to.</summary>
    [JsonPropertyName("needs")]
    public List<string>? Needs { get; set; }

    /// <summary>
    /// Condition in CEL, read when all needs have ended: whether the task runs or is skipped, such as tasks.clean.succeeded &gt; 0.
    /// Without it the task runs if all its needs have succeeded and is skipped otherwise.
    /// </summary>
    [JsonPropertyName("when")]
    public string? When { get; set; }

    /// <summary>
    /// What must have become of the needs for the task to run, without a when: all (the default), that all have succeeded; any, that one has succeeded and none
    /// has failed, as after branches of which some are skipped.
    /// </summary>
    [JsonPropertyName("join"), Field(Enum = [TaskJoin.All, TaskJoin.Any])]
    public string? Join { get; set; }

    /// <summary>Whether, and when, what an earlier attempt left is taken instead of running the command again.</summary>
    [JsonPropertyName("cache")]
    public TaskCache? Cache { get; set; }

    /// <summary>The command, that of the last step included; null for a task without.</summary>
    [JsonIgnore]
    public List<string>? MainCommand => Command ?? Steps?.LastOrDefault()?.Command;

    /// <summary>Whether the task calls a template or flow.</summary>
    [JsonIgnore]
    public bool IsCall => Template is not null || Flow is not null;
}

/// <summary>What must have become of a task's needs.</summary>
public static class TaskJoin
{
    /// <summary>All have succeeded.</summary>
    public const string All = "all";

    /// <summary>One has succeeded, and none has failed.</summary>
    public const string Any = "any";
}

/// <summary>An environment variable: a text, or a key of a Secret or ConfigMap in the run's namespace.</summary>
public sealed class TaskEnvironment
{
    /// <summary>Name of the variable.</summary>
    [JsonPropertyName("name"), Field(Required = true, MinLength = 1)]
    public string Name { get; set; } = "";

    /// <summary>Its value; may hold expressions.</summary>
    [JsonPropertyName("value")]
    public string? Value { get; set; }

    /// <summary>Where its value comes from, in place of value.</summary>
    [JsonPropertyName("valueFrom")]
    public TaskEnvironmentSource? ValueFrom { get; set; }
}

/// <summary>Where the value of an environment variable comes from; one of the fields.</summary>
public sealed class TaskEnvironmentSource
{
    /// <summary>A key of a Secret.</summary>
    [JsonPropertyName("secretKeyRef")]
    public TaskKeyReference? SecretKeyRef { get; set; }

    /// <summary>A key of a ConfigMap.</summary>
    [JsonPropertyName("configMapKeyRef")]
    public TaskKeyReference? ConfigMapKeyRef { get; set; }
}

/// <summary>A key of a Secret or ConfigMap.</summary>
public sealed class TaskKeyReference
{
    /// <summary>Name of the Secret or ConfigMap.</summary>
    [JsonPropertyName("name"), Field(Required = true, MinLength = 1)]
    public string Name { get; set; } = "";

    /// <summary>The key.</summary>
    [JsonPropertyName("key"), Field(Required = true, MinLength = 1)]
    public string Key { get; set; } = "";

    /// <summary>Whether the variable is left out when the object or key does not exist; otherwise the task waits for it.</summary>
    [JsonPropertyName("optional")]
    public bool? Optional { get; set; }
}

/// <summary>What a task leaves behind. Names are usable in expressions: letters, digits and underscores.</summary>
public sealed class TaskOutputs
{
    /// <summary>Files and directories by name: the path in the container, under /out. Later tasks read them as tasks.TASK.files.NAME.</summary>
    [JsonPropertyName("files")]
    public Dictionary<string, string>? Files { get; set; }

    /// <summary>Values by name: the path of a file with JSON of at most 256 KiB. Later tasks read them as tasks.TASK.values.NAME.</summary>
    [JsonPropertyName("values")]
    public Dictionary<string, string>? Values { get; set; }
}
