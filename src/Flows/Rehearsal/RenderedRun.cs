using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>The pods of a run in which every task succeeds.</summary>
/// <param name="Pods">The pods, in the order in which they can start.</param>
/// <param name="Unknown">What cannot be shown, because it depends on values that nobody has given.</param>
/// <param name="Problem">Why the run would fail, whatever the values are; null if nothing is known of the kind.</param>
public sealed record RenderedRun(IReadOnlyList<V1Pod> Pods, IReadOnlyList<string> Unknown, string? Problem)
{
    /// <summary>Renders a run.</summary>
    /// <param name="start">The run before it begins.</param>
    /// <param name="values">Values that tasks would write: by task, a slash and the name of the value. Others are shown as the expressions that read them.</param>
    public static RenderedRun Of(RunView start, IReadOnlyDictionary<string, JsonNode?> values)
    {
        var end = FlowRehearsal.Of(start, (planned, view) => Succeeded(planned, view, values));
        var (unknown, problems) = (new List<string>(), new List<string>());
        var root = GroupState.OfRun(new PlanContext(end.End));
        foreach (var (owner, task) in Failed(root))
        {
            var wanted = FlowExpressions.Of(task.Task, owner.Defaults).SelectMany(e => FlowReferences.Find(e.Expression.Root))
                .Where(r => r is { Root: "tasks", Path: [_, "values", _, ..] }).Select(r => $"{r.Path[0]}/{r.Path[2]}").Where(v => !values.ContainsKey(v)).Distinct().ToList();
            if (wanted.Count == 0)
                problems.Add(task.Message ?? $"{task.Task.Name} fails");
            else
                unknown.Add($"{task.Task.Name}, and what needs it, depends on {string.Join(" and ", wanted)}; give {string.Join(" ", wanted.Select(w => $"--value {w}=JSON"))}");
        }

        return new RenderedRun([.. end.Pods.Select(p => p.Pod)], unknown, problems.Count > 0 ? problems[0] : null);
    }

    private static IEnumerable<(FlowSpec Owner, TaskState Task)> Failed(GroupState group)
    {
        foreach (var task in group.All)
        {
            var inner = task.Items.Select(i => i.Calls).OfType<GroupState>().SelectMany(Failed).ToList();
            foreach (var failed in inner.DistinctBy(f => f.Task.Task))
                yield return failed;
            if (task.Phase == FlowPhase.Failed && inner.Count == 0)
                yield return (group.Owner, task);
        }
    }

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
            Files = (outputs?.Files ?? []).ToDictionary(f => f.Key, f => new FileRecord(Hash($"{path}/{f.Key}"), 0, f.Value[(f.Value.LastIndexOf('/') + 1)..])),
            Values = (outputs?.Values ?? []).ToDictionary(v => v.Key, v =>
            {
                var text = CelJson.ToCompactJson(values.TryGetValue($"{path.Task}/{v.Key}", out var given) ? given : JsonValue.Create($"${{{{ tasks.{path.Name}.values.{v.Key} }}}}"));
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
