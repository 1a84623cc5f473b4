using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Subresources;

/// <summary>
/// <c>resize</c> of pods (<see href="https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/"/>): how
/// much CPU and memory their containers ask for and may take, while they run.
/// </summary>
internal sealed class ResizeRules : SubresourceRules
{
    private static readonly string[] Lists = ["containers", "initContainers"];
    private static readonly string[] Fields = ["resources", "resizePolicy"];

    public override JsonObject Prepare(JsonObject old, JsonObject updated, DateTimeOffset now)
    {
        var result = CopyOf(old, updated);
        var (before, after) = (result.ObjectOrNew("spec"), updated.Object("spec") ?? []);
        foreach (var list in Lists)
        {
            var wanted = after.Objects(list).DistinctBy(c => c.Text("name")).ToDictionary(c => c.Text("name") ?? "");
            foreach (var container in before.Objects(list))
                if (wanted.TryGetValue(container.Text("name") ?? "", out var update)) Take(container, update);
        }
        if (!JsonNode.DeepEquals(old["spec"], before)) result.Generation++;
        return result;
    }

    public override IReadOnlyList<StatusCause> Validate(JsonObject old, JsonObject prepared)
    {
        var causes = new List<StatusCause>();
        if (old.Annotations?["kubernetes.io/config.mirror"] is not null) causes.Add(StatusCause.Forbidden("", "static pods cannot be resized"));
        var (before, after) = (old.Object("spec") ?? [], prepared.Object("spec") ?? []);
        PodSpecRules.Validate(after, "spec", causes);
        var (was, quality) = (PodQuality.ClassOf(before), PodQuality.ClassOf(after));
        if (was != quality) causes.Add(StatusCause.Invalid("spec", Quote(quality), "Pod QOS Class may not change as a result of resizing"));
        foreach (var list in Lists)
        {
            var index = 0;
            foreach (var (first, second) in before.Objects(list).Zip(after.Objects(list))) Compare(first, second, $"spec.{list}[{index++}]", list, causes);
        }
        return causes;
    }

    private static void Take(JsonObject container, JsonObject update)
    {
        foreach (var field in Fields)
        {
            if (update[field] is { } value) container[field] = value.DeepClone();
            else container.Remove(field);
        }
    }

    private static void Compare(JsonObject before, JsonObject after, string at, string list, List<StatusCause> causes)
    {
        if (JsonNode.DeepEquals(before["resources"], after["resources"])) return;
        if (list == "initContainers" && before.Text("restartPolicy") != "Always") causes.Add(StatusCause.Forbidden($"{at}.resources", "resources for non-sidecar init containers are immutable"));
        foreach (var kind in (ReadOnlySpan<string>)["limits", "requests"])
        {
            var (was, now) = (before.Object("resources")?.Object(kind) ?? [], after.Object("resources")?.Object(kind) ?? []);
            foreach (var name in was.Select(r => r.Key).Union(now.Select(r => r.Key)))
            {
                if (JsonNode.DeepEquals(was[name], now[name])) continue;
                if (name is not ("cpu" or "memory")) causes.Add(StatusCause.Forbidden("spec", "only cpu and memory resources are mutable"));
                else if (now[name] is null) causes.Add(StatusCause.Forbidden($"{at}.resources.{kind}", $"resource {kind} cannot be removed"));
            }
        }
    }
}
