using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Pods;

/// <summary>What an update of a pod may change: almost nothing of its specification.</summary>
internal static class PodUpdateRules
{
    private const string Allowed = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

    public static void Validate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        var (before, after) = (old.Object("spec") ?? [], (JsonObject)(updated.Object("spec") ?? []).DeepClone());
        foreach (var list in new[] { "containers", "initContainers" })
        {
            if ((before.Array(list)?.Count ?? 0) != (after.Array(list)?.Count ?? 0))
            {
                causes.Add(StatusCause.Forbidden($"spec.{list}", "pod updates may not add or remove containers"));
                return;
            }
            foreach (var (was, now) in before.Objects(list).Zip(after.Objects(list))) Restore(now, was, "image");
        }
        Deadline(before, after, causes);
        Tolerations(before, after, causes);
        Gates(before, after, causes);
        if (before.Integer("terminationGracePeriodSeconds") < 0 && after.Integer("terminationGracePeriodSeconds") == 1) Restore(after, before, "terminationGracePeriodSeconds");

        foreach (var name in new[] { "activeDeadlineSeconds", "tolerations", "schedulingGates" }) Restore(after, before, name);
        if (before.Array("schedulingGates") is { Count: > 0 }) Narrowed(before, after, causes);
        if (Difference(before, after, "spec") is { } path) causes.Add(StatusCause.Forbidden("spec", $"{Allowed}; this one changes `{path}`"));
    }

    private static void Deadline(JsonObject before, JsonObject after, List<StatusCause> causes)
    {
        var (was, now) = (before.Integer("activeDeadlineSeconds"), after.Integer("activeDeadlineSeconds"));
        if (was == now) return;
        if (now is null) causes.Add(StatusCause.Invalid("spec.activeDeadlineSeconds", "null", "must not update from a positive integer to nil value"));
        else if (was is not null && now > was) causes.Add(StatusCause.Invalid("spec.activeDeadlineSeconds", $"{now}", $"must be less than or equal to previous value"));
    }

    private static void Tolerations(JsonObject before, JsonObject after, List<StatusCause> causes)
    {
        var now = after.Objects("tolerations").Select(WithoutSeconds).ToArray();
        if (!before.Objects("tolerations").Select(WithoutSeconds).All(was => now.Any(t => JsonNode.DeepEquals(t, was))))
            causes.Add(StatusCause.Forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds"));
    }

    private static JsonObject WithoutSeconds(JsonObject toleration)
    {
        var copy = (JsonObject)toleration.DeepClone();
        copy.Remove("tolerationSeconds");
        return copy;
    }

    private static void Gates(JsonObject before, JsonObject after, List<StatusCause> causes)
    {
        var known = before.Objects("schedulingGates").Select(g => g.Text("name")).ToHashSet();
        var i = 0;
        foreach (var gate in after.Objects("schedulingGates"))
        {
            if (!known.Contains(gate.Text("name"))) causes.Add(StatusCause.Forbidden($"spec.schedulingGates[{i}].name", $"only deletion is allowed, but found new scheduling gate '{gate.Text("name")}'"));
            i++;
        }
    }

    // While a gate holds the pod back, what it asks of nodes may still be narrowed, never widened.
    private static void Narrowed(JsonObject before, JsonObject after, List<StatusCause> causes)
    {
        if ((before.Object("nodeSelector") ?? []).Any(p => !JsonNode.DeepEquals(after.Object("nodeSelector")?[p.Key], p.Value)))
            causes.Add(StatusCause.Invalid("spec.nodeSelector", (after["nodeSelector"] ?? new JsonObject()).Shown(), "only additions to spec.nodeSelector are allowed (no mutations or deletions)"));
        Restore(after, before, "nodeSelector");

        var (was, now) = (before.Object("affinity")?.Object("nodeAffinity"), after.Object("affinity")?.Object("nodeAffinity"));
        if (JsonNode.DeepEquals(was, now)) return;
        NodeAffinity(was, now, causes);
        if (was is not null) after.ObjectOrNew("affinity")["nodeAffinity"] = was.DeepClone();
        else after.Object("affinity")?.Remove("nodeAffinity");
        if (before["affinity"] is null && after.Object("affinity") is { Count: 0 }) after.Remove("affinity");
    }

    private static void NodeAffinity(JsonObject? was, JsonObject? now, List<StatusCause> causes)
    {
        const string path = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
        var before = Terms(was);
        var after = Terms(now);
        if (before.Length == 0) return;
        if (before.Length != after.Length)
        {
            causes.Add(StatusCause.Invalid(path, new JsonArray([.. after.Select(t => t.DeepClone())]).Shown(), "no additions/deletions to non-empty NodeSelectorTerms list are allowed"));
            return;
        }
        for (var i = 0; i < before.Length; i++)
        {
            var wasEmpty = before[i].Array("matchExpressions") is not { Count: > 0 } && before[i].Array("matchFields") is not { Count: > 0 };
            var isEmpty = after[i].Array("matchExpressions") is not { Count: > 0 } && after[i].Array("matchFields") is not { Count: > 0 };
            if ((wasEmpty && !isEmpty) || !Continues(before[i], after[i], "matchExpressions") || !Continues(before[i], after[i], "matchFields"))
                causes.Add(StatusCause.Invalid($"{path}[{i}]", after[i].Shown(), "only additions are allowed (no mutations or deletions)"));
        }

        static JsonObject[] Terms(JsonObject? affinity) => [.. affinity?.Object("requiredDuringSchedulingIgnoredDuringExecution")?.Objects("nodeSelectorTerms") ?? []];

        static bool Continues(JsonObject before, JsonObject after, string list)
        {
            var was = before.Array(list);
            for (var i = 0; i < (was?.Count ?? 0); i++)
                if (after.Array(list) is not { } now || now.Count <= i || !JsonNode.DeepEquals(was![i], now[i])) return false;
            return true;
        }
    }

    internal static void Restore(JsonObject now, JsonObject was, string name)
    {
        if (was[name] is { } value) now[name] = value.DeepClone();
        else now.Remove(name);
    }

    /// <summary>Path of the first difference of two documents, or null.</summary>
    internal static string? Difference(JsonNode? before, JsonNode? after, string path)
    {
        if (JsonNode.DeepEquals(before, after)) return null;
        if (before is JsonObject a && after is JsonObject b)
            return a.Select(p => p.Key).Union(b.Select(p => p.Key)).Select(k => Difference(a[k], b[k], $"{path}.{k}")).FirstOrDefault(d => d is not null);
        if (before is JsonArray x && after is JsonArray y && x.Count == y.Count)
            return Enumerable.Range(0, x.Count).Select(i => Difference(x[i], y[i], $"{path}[{i}]")).FirstOrDefault(d => d is not null);
        return path;
    }
}
