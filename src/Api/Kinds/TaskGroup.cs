using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>Tasks that run together, with parameters and outputs of their own: a flow, or a template in it.</summary>
public abstract class TaskGroup
{
    /// <summary>The parameters that a run or a call can set; expressions read them as ${{ params.NAME }}.</summary>
    [JsonPropertyName("params"), Field(ListMapKey = "name")]
    public List<FlowParam> Params { get; set; } = [];

    /// <summary>The tasks. They run in the order of their references and needs, otherwise at the same time.</summary>
    [JsonPropertyName("tasks"), Field(Required = true, ListMapKey = "name", MinLength = 1, MaxLength = 1000)]
    public List<FlowTask> Tasks { get; set; } = [];

    /// <summary>Tasks that run when one of tasks has failed, after all of them have ended.</summary>
    [JsonPropertyName("onFailure"), Field(ListMapKey = "name", MaxLength = 100)]
    public List<FlowTask>? OnFailure { get; set; }

    /// <summary>Tasks that run when none of tasks has failed, after all of them have ended.</summary>
    [JsonPropertyName("onSuccess"), Field(ListMapKey = "name", MaxLength = 100)]
    public List<FlowTask>? OnSuccess { get; set; }

    /// <summary>Tasks that run at the end in any case, after those of onFailure and onSuccess.</summary>
    [JsonPropertyName("always"), Field(ListMapKey = "name", MaxLength = 100)]
    public List<FlowTask>? Always { get; set; }

    /// <summary>What a task that calls this can read; if not given, and there is one task with a command, what that task leaves.</summary>
    [JsonPropertyName("outputs")]
    public GroupOutputs? Outputs { get; set; }

    /// <summary>All tasks by their stage, in the order in which stages follow each other.</summary>
    [JsonIgnore]
    public IEnumerable<(GroupStage Stage, FlowTask Task)> Staged =>
        Tasks.Select(t => (GroupStage.Tasks, t))
            .Concat((OnFailure ?? []).Select(t => (GroupStage.OnFailure, t)))
            .Concat((OnSuccess ?? []).Select(t => (GroupStage.OnSuccess, t)))
            .Concat((Always ?? []).Select(t => (GroupStage.Always, t)));

    /// <summary>The tasks of all stages.</summary>
    [JsonIgnore]
    public IEnumerable<FlowTask> AllTasks => Staged.Select(s => s.Task);

    /// <summary>The tasks that one of a stage can refer to: its own stage and those before.</summary>
    public IEnumerable<FlowTask> Seen(GroupStage from) => Staged
        .Where(s => s.Stage == from || s.Stage == GroupStage.Tasks || from == GroupStage.Always)
        .Select(s => s.Task);

    /// <summary>The outputs, those of the only task where none are declared: names and the expressions that give them.</summary>
    [JsonIgnore]
    public (IReadOnlyDictionary<string, string> Files, IReadOnlyDictionary<string, string> Values) Results
    {
        get
        {
            if (Outputs is not null)
                return (Outputs.Files ?? [], Outputs.Values ?? []);
            return Tasks is [{ IsCall: false, Outputs: { } outputs, Name: var name }]
                ? (Of(outputs.Files, "files"), Of(outputs.Values, "values"))
                : (new Dictionary<string, string>(), new Dictionary<string, string>());

            Dictionary<string, string> Of(Dictionary<string, string>? declared, string kind) =>
                (declared ?? []).ToDictionary(o => o.Key, o => $"${{{{ tasks['{name}'].{kind}.{o.Key} }}}}");
        }
    }
}

/// <summary>When the tasks of a list of a group run.</summary>
public enum GroupStage
{
    /// <summary>In the order of their needs.</summary>
    Tasks,

    /// <summary>When all <see cref="Tasks"/> have ended and one has failed.</summary>
    OnFailure,

    /// <summary>When all <see cref="Tasks"/> have ended and none has failed.</summary>
    OnSuccess,

    /// <summary>When all others have ended.</summary>
    Always,
}

/// <summary>Tasks that other tasks of the flow call by name, each time with parameters of its own.</summary>
public sealed class TaskTemplate : TaskGroup
{
    /// <summary>Name within the flow: lower-case letters, digits and dashes.</summary>
    [JsonPropertyName("name"), Field(Required = true, Pattern = "^[a-z]([-a-z0-9]*[a-z0-9])?$", MaxLength = 40)]
    public string Name { get; set; } = "";

    /// <summary>What the template is for.</summary>
    [JsonPropertyName("description")]
    public string? Description { get; set; }
}

/// <summary>What a called flow or template gives to who calls it. Names are usable in expressions: letters, digits and underscores.</summary>
public sealed class GroupOutputs
{
    /// <summary>Files by name: an expression such as ${{ tasks.clean.files.clean }}.</summary>
    [JsonPropertyName("files")]
    public Dictionary<string, string>? Files { get; set; }

    /// <summary>Values by name: an expression such as ${{ tasks.count.values.rows }}.</summary>
    [JsonPropertyName("values")]
    public Dictionary<string, string>? Values { get; set; }
}
