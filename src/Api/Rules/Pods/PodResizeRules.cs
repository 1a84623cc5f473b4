using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Pods;

/// <summary>
/// The rules of <c>/resize</c>: CPU and memory of a running pod
/// (<see href="https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/"/>).
/// </summary>
public static class PodResizeRules
{
    /// <summary>Puts back everything but the resources and resize policies of containers and sidecars.</summary>
    public static void Prepare(JsonObject old, JsonObject updated)
    {
        var wanted = updated.Object("spec") ?? [];
        PodSubresource.Keep(old, updated, spec =>
        {
            foreach (var list in new[] { "containers", "initContainers" })
            {
                if ((spec.Array(list)?.Count ?? 0) != (wanted.Array(list)?.Count ?? 0)) continue;
                foreach (var (was, now) in spec.Objects(list).Zip(wanted.Objects(list)))
                {
                    if (was.Text("name") != now.Text("name")) continue;
                    PodUpdateRules.Restore(was, now, "resources");
                    PodUpdateRules.Restore(was, now, "resizePolicy");
                }
            }
        });
    }

    /// <summary>What is wrong with the change, with paths.</summary>
    public static IReadOnlyList<StatusCause> Validate(JsonObject old, JsonObject updated)
    {
        var (before, after) = (old.Object("spec") ?? [], updated.Object("spec") ?? []);
        if (old.Annotations?.ContainsKey(PodAnnotationRules.Mirror) == true) return [StatusCause.Forbidden("", "static pods cannot be resized")];
        if (before.Object("os")?.Text("name") == "windows") return [StatusCause.Forbidden("", "windows pods cannot be resized")];
        var causes = MetadataRules.ValidateUpdate(old, updated);
        PodRules.ValidatePod(updated, after, causes);
        if ((old.Object("status")?.Text("qosClass") ?? PodQuality.ClassOf(before)) is var quality && PodQuality.ClassOf(after) != quality)
            causes.Add(StatusCause.Invalid("spec", FieldCheck.Quote(quality), "Pod QOS Class may not change as a result of resizing"));
        foreach (var list in new[] { "containers", "initContainers" })
        {
            var i = 0;
            foreach (var (was, now) in before.Objects(list).Zip(after.Objects(list))) Container(list, was, now, $"spec.{list}[{i++}].resources", causes);
        }
        return causes;
    }

    private static void Container(string list, JsonObject was, JsonObject now, string path, List<StatusCause> causes)
    {
        var (before, after) = (was.Object("resources") ?? [], now.Object("resources") ?? []);
        if (list == "initContainers" && was.Text("restartPolicy") != "Always")
        {
            if (!JsonNode.DeepEquals(before, after)) causes.Add(StatusCause.Forbidden("spec", "resources for non-sidecar init containers are immutable"));
            return;
        }
        foreach (var kind in new[] { "requests", "limits" })
        {
            var (old, updated) = (before.Object(kind) ?? [], after.Object(kind) ?? []);
            if (old.Any(p => updated[p.Key] is null)) causes.Add(StatusCause.Forbidden($"{path}.{kind}", $"resource {kind} cannot be removed"));
            if (old.Select(p => p.Key).Union(updated.Select(p => p.Key)).Any(n => n is not ("cpu" or "memory") && !JsonNode.DeepEquals(old[n], updated[n])))
                causes.Add(StatusCause.Forbidden("spec", list == "containers" ? "only cpu and memory resources are mutable" : "only cpu and memory resources for sidecar containers are mutable"));
        }
        if (!JsonNode.DeepEquals(before["claims"], after["claims"])) causes.Add(StatusCause.Forbidden("spec", "only cpu and memory resources are mutable"));
    }
}
