using System.Text.Json.Nodes;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Builder;

/// <summary>A task of a flow in the making. Methods change it and return it; what has no method is set on <see cref="Task"/>.</summary>
public sealed class TaskBuilder
{
    internal TaskBuilder(FlowTask task) => Task = task;

    /// <summary>The task as the flow will have it.</summary>
    public FlowTask Task { get; }

    /// <summary>The image.</summary>
    public TaskBuilder Image(string image) => Set(t => t.Image = image);

    /// <summary>The program and its arguments.</summary>
    public TaskBuilder Command(params IEnumerable<string> command) => Set(t => t.Command = [.. command]);

    /// <summary>A variable.</summary>
    public TaskBuilder Env(string name, string value) => Set(t => (t.Env ??= []).Add(new TaskEnvironment { Name = name, Value = value }));

    /// <summary>A file that another task leaves; the command finds it at <c>/in/NAME</c>.</summary>
    public TaskBuilder Input(string name, Expression file) => Set(t => (t.Inputs ??= [])[name] = file);

    /// <summary>A file that the command leaves.</summary>
    /// <param name="name">Name of the output.</param>
    /// <param name="path">Its path, under <c>/out</c>.</param>
    public TaskBuilder WritesFile(string name, string path) => Set(t => ((t.Outputs ??= new()).Files ??= [])[name] = path);

    /// <summary>A value that the command leaves as a file of JSON.</summary>
    /// <param name="name">Name of the output.</param>
    /// <param name="path">Its path, under <c>/out</c>.</param>
    public TaskBuilder WritesValue(string name, string path) => Set(t => ((t.Outputs ??= new()).Values ??= [])[name] = path);

    /// <summary>Runs the task once for each item of a list that is known in a run.</summary>
    public TaskBuilder ForEach(Expression list) => Set(t => t.ForEach = JsonValue.Create(list.ToString()));

    /// <summary>Runs the task once for each item.</summary>
    public TaskBuilder ForEach(params IEnumerable<JsonNode?> items) => Set(t => t.ForEach = new JsonArray([.. items]));

    /// <summary>How many items run at the same time.</summary>
    public TaskBuilder Parallelism(int count) => Set(t => t.Parallelism = count);

    /// <summary>Tasks that must have ended before, beyond those that expressions refer to.</summary>
    public TaskBuilder Needs(params IEnumerable<TaskBuilder> tasks) => Set(t => (t.Needs ??= []).AddRange(tasks.Select(n => n.Task.Name)));

    /// <summary>A condition in CEL, without braces.</summary>
    public TaskBuilder When(string condition) => Set(t => t.When = condition);

    /// <summary>What is set aside: memory is the limit too.</summary>
    public TaskBuilder Resources(string? cpu = null, string? memory = null) => Set(t => t.Resources = new TaskResources { Cpu = cpu, Memory = memory });

    /// <summary>Tries again what has failed.</summary>
    public TaskBuilder Retries(int limit, string? backoff = null) => Set(t => t.Retries = new TaskRetries { Limit = limit, Backoff = backoff is null ? null : JsonValue.Create(backoff) });

    /// <summary>Takes earlier results.</summary>
    public TaskBuilder Cache(string? maxAge = null) => Set(t => t.Cache = new TaskCache { MaxAge = maxAge });

    /// <summary>Calls a template of the flow, or another flow, with parameters.</summary>
    public TaskBuilder With(string parameter, JsonNode? value) => Set(t => (t.With ??= [])[parameter] = value);

    /// <summary>Calls a template of the flow, or another flow, with the value of an expression as a parameter.</summary>
    public TaskBuilder With(string parameter, Expression value) => With(parameter, JsonValue.Create(value.ToString()));

    /// <summary>What has no method of its own.</summary>
    public TaskBuilder Set(Action<FlowTask> change)
    {
        change(Task);
        return this;
    }

    /// <summary>A file that the task leaves; a list of files if it has forEach.</summary>
    public Expression File(string name) => Output("files", name);

    /// <summary>A value that the task leaves; a list of values if it has forEach.</summary>
    public Expression Value(string name) => Output("values", name);

    private Expression Output(string kind, string name) => new($"tasks{Expression.Step(Task.Name)}.{kind}{Expression.Step(name)}");
}
