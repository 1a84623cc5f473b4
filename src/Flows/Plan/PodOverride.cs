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
            var value = JsonTemplate.Evaluate(change, scope);
            if (value is CelError error)
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
}
