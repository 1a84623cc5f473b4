using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Cel;
using Slipway.Api.Patches;
using Slipway.Api.Schemas;

namespace Slipway.Flows;

/// <summary>Merges what a task sets of its pod into the pod that was made for it, strategically: lists by their keys, as <c>kubectl patch</c> does it.</summary>
internal static class PodOverride
{
    /// <summary>The pod; null and the problem if it cannot be merged or an expression has no value.</summary>
    public static V1Pod? Apply(V1Pod pod, IEnumerable<JsonNode> overrides, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        problem = "";
        foreach (var change in overrides)
        {
            var expanded = ExpandedTexts(change).ToHashSet();
            var value = JsonTemplate.Evaluate(change, scope, text => expanded.Contains(text) ? CommandEscape.Part : null);
            if (value is CelError error and not CelUnknown)
            {
                problem = $"pod has no value: {error.Message}; correct it";
                return null;
            }

            try
            {
                if (CelJson.ToJson(value) is not JsonObject patch)
                    continue;
                var merged = StrategicMergePatch.Apply(FlowKinds.Pods.ToDocument(pod), patch, BuiltInKinds.SchemaOf("io.k8s.api.core.v1.Pod"));
                var changed = merged.Deserialize(FlowKinds.Pods.Type)!;
                // Who the attempt is stays what it was, whatever labels were set.
                foreach (var (name, label) in pod.Metadata.Labels)
                    changed.Metadata.Labels[name] = label;
                foreach (var (name, annotation) in pod.Metadata.Annotations)
                    changed.Metadata.Annotations[name] = annotation;
                if (Broken(pod, changed) is { } broken)
                {
                    problem = $"pod {broken}; correct it";
                    return null;
                }

                pod = changed;
            }
            catch (Exception e) when (e is JsonException or ApiException or FormatException)
            {
                problem = $"pod cannot be merged: {PodTrouble.OneLine(e.Message)}; correct it";
                return null;
            }
        }

        return pod;
    }

    /// <summary>
    /// What was changed that an attempt cannot do without; null if nothing was. The rules of flows refuse what can be seen there: this is for what expressions
    /// give, and for flows that no admission has seen.
    /// </summary>
    private static string? Broken(V1Pod before, V1Pod after)
    {
        if (after.Spec?.RestartPolicy != before.Spec.RestartPolicy)
            return $"sets spec.restartPolicy to {after.Spec?.RestartPolicy}, which must be {before.Spec.RestartPolicy}";
        foreach (var (made, left) in before.Spec.Containers.Select(c => (c, after.Spec.Containers)).Concat((before.Spec.InitContainers ?? []).Where(c => FlowNames.IsStep(c.Name)).Select(c => (c, after.Spec.InitContainers))))
        {
            if (left?.FirstOrDefault(c => c.Name == made.Name) is not { } container)
                return $"takes away the container {made.Name}, which runs the command";
            if (container.Command?.SequenceEqual(made.Command) != true)
                return $"changes the command of the container {made.Name}, which is wrapped to bring its outputs";
        }

        return null;
    }

    /// <summary>Where Kubernetes replaces <c>$(NAME)</c>: whoever writes the flow may mean that, but not what stands in a parameter or an item.</summary>
    private static IEnumerable<JsonNode> ExpandedTexts(JsonNode change)
    {
        var spec = (change as JsonObject)?["spec"] as JsonObject;
        foreach (var container in Objects(spec?["initContainers"]).Concat(Objects(spec?["containers"])))
        {
            var nodes = Texts(container["command"]).Concat(Texts(container["args"])).Concat(Objects(container["env"]).SelectMany(e => Texts(e["value"])))
                .Concat(Objects(container["volumeMounts"]).SelectMany(m => Texts(m["subPathExpr"])));
            foreach (var node in nodes)
                yield return node;
        }

        static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();
        static IEnumerable<JsonNode> Texts(JsonNode? node) => node is JsonArray list ? list.OfType<JsonNode>() : node is null ? [] : [node];
    }
}
