using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>
/// One step of a flow: a command in a container, or the call of a template or of another flow. A command finds its inputs under
/// /in and writes to /out. Texts may hold expressions, ${{ params.since }}; a text that is one expression keeps the expression's type.
/// </summary>
public sealed class FlowTask
{
    /// <summary>Name within the flow: lower-case letters, digits and dashes. Expressions read it as tasks.NAME, or tasks['NAME'] with dashes.</summary>
    [JsonPropertyName("name"), Field(Required = true, Pattern = "^[a-z]([-a-z0-9]*[a-z0-9])?$", MaxLength = 40)]
    public string Name { get; set; } = "";

    /// <summary>Image of the container; the one of defaults if not given.</summary>
    [JsonPropertyName("image"), Field(MinLength = 1)]
    public string? Image { get; set; }

    /// <summary>The program and its arguments. Not run in a shell; the image's entrypoint is not used.</summary>
    [JsonPropertyName("command"), Field(MinLength = 1)]
    public List<string>? Command { get; set; }

    /// <summary>In place of a command: the template whose tasks run, one of spec.templates.</summary>
    [JsonPropertyName("template"), Field(MinLength = 1)]
    public string? Template { get; set; }

    /// <summary>In place of a command: the flow in the same namespace whose tasks run, as it is when the run starts.</summary>
    [JsonPropertyName("flow"), Field(MinLength = 1)]
    public string? Flow { get; set; }

    /// <summary>Parameters of the template or flow: any JSON, whose texts may hold expressions. Files can be handed on, too.</summary>
    [JsonPropertyName("with")]
    public Dictionary<string, JsonNode?>? With { get; set; }

    /// <summary>Further arguments, after those of command.</summary>
    [JsonPropertyName("args")]
    public List<string>? Args { get; set; }

    /// <summary>Environment variables of the command.</summary>
    [JsonPropertyName("env"), Field(ListMapKey = "name")]
    public List<TaskEnvironment>? Env { get; set; }

    /// <summary>
    /// The task runs once for each item, which expressions read as ${{ item }}. A list, an expression that gives one, { range: { from, to, step } } with both
    /// ends included, or { matrix: { a: LIST, b: LIST }, exclude: [{ a: 1 }] } for all combinations, read as ${{ item.a }}.
    /// </summary>
    [JsonPropertyName("forEach")]
    public JsonNode? ForEach { get; set; }

    /// <summary>How many items of forEach run at the same time; 500 if not given.</summary>
    [JsonPropertyName("parallelism"), Field(Minimum = 1)]
    public int? Parallelism { get; set; }

    /// <summary>
    /// Runs the task, or what it calls, again and again until a condition is true. Expressions read the round as ${{ iteration }}, from 1, and what the
    /// one before has left as ${{ previous.values.NAME }} and ${{ previous.files.NAME }}.
    /// </summary>
    [JsonPropertyName("repeat")]
    public TaskRepeat? Repeat { get; set; }

    /// <summary>
    /// Files that the task reads: /in/NAME is the file that the expression names, or a directory if a task with forEach
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

    /// <summary>How often and how soon a failed attempt is tried again.</summary>
    [JsonPropertyName("retries")]
    public TaskRetries? Retries { get; set; }

    /// <summary>How long one attempt may take, such as 30m.</summary>
    [JsonPropertyName("timeout")]
    public string? Timeout { get; set; }

    /// <summary>What the container may use.</summary>
    [JsonPropertyName("resources")]
    public TaskResources? Resources { get; set; }

    /// <summary>What happens when an attempt is killed for its memory.</summary>
    [JsonPropertyName("onOutOfMemory")]
    public OnOutOfMemory? OnOutOfMemory { get; set; }

    /// <summary>Whether, and when, what an earlier attempt left is taken instead of running the command again.</summary>
    [JsonPropertyName("cache")]
    public TaskCache? Cache { get; set; }

    /// <summary>Numeric user that the command runs as; the image's user if not given.</summary>
    [JsonPropertyName("runAsUser"), Field(Minimum = 0)]
    public long? RunAsUser { get; set; }

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
    /// <summary>Files by name: the path in the container, under /out. Later tasks read them as tasks.TASK.files.NAME.</summary>
    [JsonPropertyName("files")]
    public Dictionary<string, string>? Files { get; set; }

    /// <summary>Values by name: the path of a file with JSON of at most 256 KiB. Later tasks read them as tasks.TASK.values.NAME.</summary>
    [JsonPropertyName("values")]
    public Dictionary<string, string>? Values { get; set; }
}

/// <summary>How often and how soon a failed attempt is tried again.</summary>
public sealed class TaskRetries
{
    /// <summary>How many times; the first attempt and attempts with raised memory do not count.</summary>
    [JsonPropertyName("limit"), Field(Required = true, Minimum = 0, Maximum = 100)]
    public int Limit { get; set; }

    /// <summary>Wait before the first retry, doubled for each further one up to five minutes; 1s if not given.</summary>
    [JsonPropertyName("backoff")]
    public string? Backoff { get; set; }
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
