using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>The pods of a run in which every task succeeds. What is not known before it runs is shown as the expression that would give it.</summary>
/// <param name="Pods">The pods, in the order in which they can start.</param>
/// <param name="Remarks">What is to be said of what is not known, a sentence each.</param>
/// <param name="Problem">Why the run would fail, whatever the values are; null if nothing is known of the kind.</param>
public sealed record RenderedRun(IReadOnlyList<RenderedPod> Pods, IReadOnlyList<string> Remarks, string? Problem)
{
    /// <summary>Renders a run.</summary>
    /// <param name="start">The run before it begins.</param>
    /// <param name="values">Values that tasks would write: by task, a slash and the name of the value; of a directory, the list of the paths of its files.</param>
    public static RenderedRun Of(RunView start, IReadOnlyDictionary<string, JsonNode?> values)
    {
        var end = FlowRehearsal.Of(start with { IsUnknown = (path, name) => !values.ContainsKey($"{path.Task}/{name}") }, (planned, view) => Succeeded(planned, view, values));
        var tasks = Tasks(GroupState.OfRun(new PlanContext(end.End))).ToList();
        var (remarks, problems, wanted) = (new List<string>(), new List<string>(), new List<string>());
        foreach (var (group, task) in tasks)
        {
            var label = TaskPath.Of(group.Path, task.Task.Name);
            var reads = Wanted(group, task).Where(w => !values.ContainsKey(w)).ToList();
            wanted.AddRange(reads);
            if (task.Items.Exists(i => ForEachItems.IsUnknown(i.Item)))
                remarks.Add($"{label} is shown for one of its items; how many there are is not known.");
            if (task.Task.When is { } when && CelExpression.Parse(when).Evaluate(group.Scope.ForTask(task)) is CelUnknown)
                remarks.Add($"{label} is shown as if its when were true: {when}.");
            if (task.Phase != FlowPhase.Failed || tasks.Exists(t => t.Task.Phase == FlowPhase.Failed && t.Group.Path is { } call && label.Covers(call)))
                continue;
            if (reads.Count == 0)
                problems.Add(task.Message ?? $"{label} fails");
            else
                remarks.Add($"{label}, and what needs it, is not shown: {task.Message}.");
        }

        if (start.Interval is null && FlowRunRules.ReadsInterval(start.Definition))
            remarks.Add("What reads run.start and run.end is shown as its expression; give --start and --end.");
        if (wanted.Count > 0)
            remarks.Add($"What reads values that tasks would write is shown as its expression; give {string.Join(" ", wanted.Distinct().Select(w => $"--value {w}=JSON"))}.");
        return new RenderedRun([.. end.Pods.Select(p => Rendered(p.Pod, tasks))], remarks, problems.Count > 0 ? problems[0] : null);
    }

    /// <summary>A pod with the forEach nearest to it whose items are not known.</summary>
    private static RenderedPod Rendered(V1Pod pod, IEnumerable<(GroupState Group, TaskState Task)> tasks)
    {
        var path = PodIdentity.Of(pod)!.Path;
        var open = tasks.Where(t => t.Task.Items.Exists(i => ForEachItems.IsUnknown(i.Item) && i.Path.Covers(path))).Select(t => t.Task.Task.ForEach).LastOrDefault();
        return new(pod, path, open is null ? null : CelJson.ToText(CelJson.ToCel(open)));
    }

    /// <summary>The values, and the lists of directories' files, that a task reads of others with commands, as <c>--value</c> names them.</summary>
    private static IEnumerable<string> Wanted(GroupState caller, TaskState task) =>
        from expression in FlowExpressions.Of(task.Task, caller.Owner.Defaults)
        from reference in FlowReferences.Find(expression.Expression.Root)
        where reference is { Root: "tasks", Path: [_, "values", _, ..] or [_, "files", _, "files", ..] } && caller.Group.AllTasks.Any(t => t.Name == reference.Path[0] && !t.IsCall)
        select $"{TaskPath.Of(caller.Path, reference.Path[0]).Task}/{reference.Path[2]}";

    private static IEnumerable<(GroupState Group, TaskState Task)> Tasks(GroupState group) =>
        group.All.SelectMany(task => task.Items.Select(i => i.Calls).OfType<GroupState>().SelectMany(Tasks).Prepend((group, task)));

    private static AttemptRecord Succeeded(PlannedPod planned, RunView view, IReadOnlyDictionary<string, JsonNode?> values)
    {
        var path = PodIdentity.Of(planned.Pod)!.Path;
        var outputs = view.Definition.Find(path)?.Task.Outputs;
        var texts = new Dictionary<string, string>();
        var report = new TaskReport
        {
            ExitCode = 0,
            Start = view.Now,
            End = view.Now,
            Files = (outputs?.Files ?? []).ToDictionary(f => f.Key, f => new FileRecord(Hash($"{path}/{f.Key}"), 0, f.Value[(f.Value.LastIndexOf('/') + 1)..])
            {
                Listing = values.GetValueOrDefault($"{path.Task}/{f.Key}") is JsonArray paths
                    ? new FileListing([.. paths.Select(p => $"{p}").Order(StringComparer.Ordinal).Select(p => new ListedFile(p, Hash($"{path}/{f.Key}/{p}"), 0))])
                    : FileListing.Unknown($"${{{{ tasks.{path.Name}.files.{f.Key}.files }}}}"),
            }),
            Values = (outputs?.Values ?? []).ToDictionary(v => v.Key, v =>
            {
                var text = CelJson.ToCompactJson(values.TryGetValue($"{path.Task}/{v.Key}", out var given) ? given : null);
                texts[Hash(text)] = text;
                return new FileRecord(Hash(text), 0, v.Key);
            }),
        };
        planned.Pod.Status = new V1PodStatus { Phase = "Succeeded" };
        var record = AttemptReader.Read(planned.Pod, view.Definition, view.Name, new AttemptSources(report, planned.Inputs, texts), view.Now)!;
        planned.Pod.Status = null;
        planned.Pod.Metadata.Annotations.Remove(FlowNames.QueuedAnnotation); // of a real run only

        // So that no other pod of the image waits for what it means.
        return record with { ImageDigest = record.Image };
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>A pod of a run that is only shown.</summary>
/// <param name="Pod">The pod.</param>
/// <param name="Path">Where in the run.</param>
/// <param name="ForEach">Over what it is repeated, where it stands for a number of pods that is not known; null for a pod that stands for itself.</param>
public sealed record RenderedPod(V1Pod Pod, TaskPath Path, string? ForEach);
