using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>An expression of a task, with the field it stands in.</summary>
/// <param name="Field">Path of the field within the task, such as <c>command[2]</c>.</param>
/// <param name="Expression">The expression.</param>
/// <param name="Moment">When it is read.</param>
public sealed record FlowExpression(string Field, CelExpression Expression, ExpressionMoment Moment);

/// <summary>When an expression is read, on which depends what it knows.</summary>
public enum ExpressionMoment
{
    /// <summary>Once for the task, or for the outputs of a group.</summary>
    Task,

    /// <summary>For each item and round: it knows item, iteration and previous.</summary>
    Item,

    /// <summary>After each round: it knows item, iteration, values and files.</summary>
    Round,
}

/// <summary>Collects the expressions of a task.</summary>
public static class FlowExpressions
{
    /// <summary>All expressions of a task; a field that cannot be parsed is told to <paramref name="onError"/>.</summary>
    public static IReadOnlyList<FlowExpression> Of(FlowTask task, TaskDefaults? defaults, Action<string, string, CelSyntaxException>? onError = null)
    {
        var found = new List<FlowExpression>();
        var moment = ExpressionMoment.Item;
        Template("image", task.Image);
        for (var i = 0; i < (task.Command?.Count ?? 0); i++)
            Template($"command[{i}]", task.Command![i]);
        for (var i = 0; i < (task.Steps?.Count ?? 0); i++)
        {
            Template($"steps[{i}].image", task.Steps![i].Image);
            List($"steps[{i}].command", task.Steps[i].Command);
        }

        Options("", task);
        if (task is { IsCall: false, Approve: null } && defaults is not null)
            Options("defaults, ", defaults);
        for (var i = 0; i < (task.Args?.Count ?? 0); i++)
            Template($"args[{i}]", task.Args![i]);
        for (var i = 0; i < (task.Env?.Count ?? 0); i++)
            Template($"env[{i}].value", task.Env![i].Value);
        Template("approve.message", task.Approve?.Message);
        foreach (var (name, given) in task.With ?? [])
            Templates($"with.{name}", given);
        foreach (var inherited in defaults?.Env ?? [])
        {
            if (!task.IsCall && task.Approve is null && task.Env?.Any(e => e.Name == inherited.Name) != true)
                Template($"env of defaults, {inherited.Name}", inherited.Value);
        }

        foreach (var (name, text) in task.Inputs ?? [])
            Template($"inputs.{name}", text);
        Template("cache.key", task.Cache?.Key);

        moment = ExpressionMoment.Round;
        if (task.Repeat is { Until: var until })
            Parsed("repeat.until", until, () => [CelExpression.Parse(until)]);

        moment = ExpressionMoment.Task;
        Templates("forEach", task.ForEach);
        if (task.When is { } when)
            Parsed("when", when, () => [CelExpression.Parse(when)]);
        return found;

        void Template(string field, string? text)
        {
            if (text is not null && text.Contains("${{", StringComparison.Ordinal))
                Parsed(field, text, () => FlowTemplate.Parse(text).Expressions);
        }

        void List(string field, List<string>? texts)
        {
            for (var i = 0; i < (texts?.Count ?? 0); i++)
                Template($"{field}[{i}]", texts![i]);
        }

        void Options(string prefix, TaskOptions options)
        {
            for (var i = 0; i < (options.Sidecars?.Count ?? 0); i++)
            {
                var sidecar = options.Sidecars![i];
                Template($"{prefix}sidecars[{i}].image", sidecar.Image);
                List($"{prefix}sidecars[{i}].command", sidecar.Command);
                List($"{prefix}sidecars[{i}].args", sidecar.Args);
                for (var j = 0; j < (sidecar.Env?.Count ?? 0); j++)
                    Template($"{prefix}sidecars[{i}].env[{j}].value", sidecar.Env![j].Value);
            }

            for (var i = 0; i < (options.Mounts?.Count ?? 0); i++)
                Template($"{prefix}mounts[{i}].subPath", options.Mounts![i].SubPath);
            Templates($"{prefix}pod", options.Pod);
        }

        void Templates(string field, JsonNode? node)
        {
            foreach (var (place, text) in TextsOf(field, node))
                Template(place, text);
        }

        void Parsed(string field, string text, Func<IEnumerable<CelExpression>> parse)
        {
            try
            {
                found.AddRange(parse().Select(e => new FlowExpression(field, e, moment)));
            }
            catch (CelSyntaxException e)
            {
                onError?.Invoke(field, text, e);
            }
        }
    }

    /// <summary>The texts of a JSON document, each with its place.</summary>
    /// <param name="field">The document's own place.</param>
    /// <param name="node">The document.</param>
    public static IEnumerable<(string Field, string Text)> TextsOf(string field, JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(entry => TextsOf($"{field}.{entry.Key}", entry.Value)),
        JsonArray list => list.SelectMany((item, i) => TextsOf($"{field}[{i}]", item)),
        JsonValue text when text.GetValueKind() == JsonValueKind.String => [(field, text.GetValue<string>())],
        _ => [],
    };

    /// <summary>The names of the tasks that must end before a task starts: its needs and those that its expressions refer to, in the order of the group.</summary>
    public static IReadOnlyList<string> NeedsOf(FlowTask task, TaskGroup group, TaskDefaults? defaults) => NeedsOf(Of(task, defaults), task, group);

    /// <summary>The same by the expressions of the task.</summary>
    public static IReadOnlyList<string> NeedsOf(IReadOnlyList<FlowExpression> expressions, FlowTask task, TaskGroup group)
    {
        var needs = expressions
            .SelectMany(e => FlowReferences.Find(e.Expression.Root))
            .Where(r => r.Root == "tasks" && r.Path.Count > 0)
            .Select(r => r.Path[0])
            .Concat(task.Needs ?? [])
            .ToHashSet();
        return [.. group.AllTasks.Select(t => t.Name).Where(needs.Contains)];
    }
}
