using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>What a changed flow makes of one of its tasks.</summary>
/// <param name="Name">Name of the task; in a template after its name and a dot.</param>
/// <param name="Change">Added, Removed, Changed or Same.</param>
/// <param name="Fields">The fields of the task that have changed.</param>
public sealed record TaskChange(string Name, string Change, IReadOnlyList<string> Fields)
{
    public const string Added = "Added";
    public const string Removed = "Removed";
    public const string Changed = "Changed";
    public const string Same = "Same";

    private const string ResultsHold = "earlier results hold";

    /// <summary>Whether the change of the flow makes nothing of the task that was not before.</summary>
    public bool IsWithoutEffect => Change == Same && IsTakenOver != false && Cache is (null or ResultsHold);

    /// <summary>Whether a rerun of an earlier run takes over what the task came to there; null for tasks that reruns do not look at.</summary>
    public bool? IsTakenOver { get; init; }

    /// <summary>What becomes of earlier results in the cache, in one line; null for a task without cache.</summary>
    public string? Cache { get; init; }

    /// <summary>The tasks of a flow before and after a change, those that are gone last.</summary>
    public static IReadOnlyList<TaskChange> Between(FlowSpec before, FlowSpec after)
    {
        var changes = new List<TaskChange>();
        var (earlierRun, nextRun) = (RunDefinition.Of(before), RunDefinition.Of(after));
        var takenOver = new Dictionary<string, bool>();
        foreach (var (prefix, old, now) in Groups(before, after))
        {
            var tasks = (old?.AllTasks ?? []).ToDictionary(t => t.Name);
            var results = new Dictionary<string, string[]?>();
            var allNeeds = new Dictionary<string, IReadOnlyList<FlowTask>>();
            foreach (var task in now?.AllTasks ?? [])
            {
                var earlier = tasks.GetValueOrDefault(task.Name);
                var fields = earlier is null ? [] : Differences(Json(earlier), Json(task));
                changes.Add(new TaskChange(prefix + task.Name, earlier is null ? Added : fields.Count > 0 ? Changed : Same, fields)
                {
                    IsTakenOver = prefix.Length == 0 && after.Tasks.Contains(task) ? IsTaken(task) : null,
                    Cache = task.Cache is null ? null : OfCache(task),
                });
            }

            changes.AddRange(tasks.Keys.Except((now?.AllTasks ?? []).Select(t => t.Name)).Select(n => new TaskChange(prefix + n, Removed, [])));

            string OfCache(FlowTask task) => Parts(task) switch
            {
                null => "there is no earlier result",
                { Length: > 0 } parts => $"no earlier result holds: {string.Join(", ", parts)} differ{(parts.Length > 1 ? "" : "s")}",
                _ => Needs(task).Where(n => Parts(n) is not []).Select(n => n.Name).ToList() is { Count: > 0 } needs
                    ? $"earlier results hold if {string.Join(" and ", needs)} still come{(needs.Count > 1 ? "" : "s")} to the same"
                    : ResultsHold,
            };

            // All that a task needs, and what that needs.
            IReadOnlyList<FlowTask> Needs(FlowTask task)
            {
                if (!allNeeds.TryGetValue(task.Name, out var needs))
                    allNeeds[task.Name] = needs = [.. FlowExpressions.NeedsOf(task, now!, after.Defaults).Select(n => now!.AllTasks.First(t => t.Name == n)).SelectMany(n => Needs(n).Append(n)).Distinct()];
                return needs;
            }

            // What a result depends on and has changed; null for a task that is new.
            string[]? Parts(FlowTask task)
            {
                if (!results.TryGetValue(task.Name, out var parts))
                    results[task.Name] = parts = tasks.TryGetValue(task.Name, out var earlier) ? [.. Differences(Result(earlier, old!, before), Result(task, now!, after))] : null;
                return parts;
            }
        }

        return [.. changes.OrderBy(c => c.Change == Removed)];

        bool IsTaken(FlowTask task)
        {
            if (!takenOver.TryGetValue(task.Name, out var isTaken))
                takenOver[task.Name] = isTaken = TakeOver.IsTakeable(task, earlierRun, nextRun)
                    && FlowExpressions.NeedsOf(task, after, after.Defaults).All(n => after.Tasks.Find(t => t.Name == n) is { } need && IsTaken(need));
            return isTaken;
        }
    }

    private static IEnumerable<(string Prefix, TaskGroup? Before, TaskGroup? After)> Groups(FlowSpec before, FlowSpec after)
    {
        yield return ("", before, after);
        foreach (var name in (after.Templates ?? []).Concat(before.Templates ?? []).Select(t => t.Name).Distinct())
            yield return ($"{name}.", before.Templates?.Find(t => t.Name == name), after.Templates?.Find(t => t.Name == name));
    }

    /// <summary>What a <see cref="CacheIdentity"/> of the task will be made from, as far as the flow says it.</summary>
    private static JsonObject Result(FlowTask task, TaskGroup group, FlowSpec flow)
    {
        var settings = Json(task);
        var defaults = flow.Defaults is { } shared ? (JsonObject)JsonSerializer.SerializeToNode(shared, KindsJson.Default.TaskDefaults)! : [];
        var result = new JsonObject { ["scope"] = task.Cache?.Scope, ["key"] = task.Cache?.Key };
        foreach (var own in (string[])["command", "args", "steps", "inputs", "outputs", "forEach", "repeat"])
            result[own] = settings[own]?.DeepClone();
        foreach (var common in (string[])["image", "envFrom", "mounts", "sidecars"])
            result[common] = (settings[common] ?? defaults[common])?.DeepClone();
        result["env"] = new JsonArray([.. new TaskSettings(task, flow.Defaults).Environment.Select(e => JsonSerializer.SerializeToNode(e, KindsJson.Default.TaskEnvironment))]);
        result["pod"] = new JsonArray(defaults["pod"]?.DeepClone(), settings["pod"]?.DeepClone());
        if (task.Cache?.Key is null)
            result["defaults of params"] = new JsonObject(group.Params.DistinctBy(p => p.Name).Select(p => KeyValuePair.Create(p.Name, p.Default?.DeepClone())));
        return result;
    }

    private static List<string> Differences(JsonObject before, JsonObject after) =>
        [.. after.Select(p => p.Key).Union(before.Select(p => p.Key)).Where(name => !JsonNode.DeepEquals(before[name], after[name]))];

    private static JsonObject Json(FlowTask task) => (JsonObject)JsonSerializer.SerializeToNode(task, KindsJson.Default.FlowTask)!;
}
