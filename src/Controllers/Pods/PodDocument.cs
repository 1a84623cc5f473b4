using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>Makes pods from templates, with nothing in these lost.</summary>
internal static class PodDocument
{
    /// <summary>A pod of its owner as the template describes it; its name, and what else it is known by, is still to be set.</summary>
    public static JsonObject From(JsonObject? template, IKubernetesObject<V1ObjectMeta> owner)
    {
        var pod = (JsonObject?)template?.DeepClone() ?? [];
        var metadata = pod["metadata"] as JsonObject ?? [];
        pod.Remove("metadata");
        metadata.Remove("name");
        metadata["namespace"] = owner.Metadata.NamespaceProperty;
        metadata["ownerReferences"] = new JsonArray(OwnerReferences.To(owner));
        pod["apiVersion"] = "v1";
        pod["kind"] = "Pod";
        pod["metadata"] = metadata;
        return pod;
    }

    /// <summary>The labels of a template.</summary>
    public static IEnumerable<KeyValuePair<string, string>> LabelsOf(JsonObject? template) =>
        (template?["metadata"]?["labels"] as JsonObject ?? []).Select(label => new KeyValuePair<string, string>(label.Key, (string?)label.Value ?? ""));

    /// <summary>A field that holds an object, made if it is absent.</summary>
    public static JsonObject Map(JsonObject parent, string field)
    {
        if (parent[field] is not JsonObject map)
            parent[field] = map = [];
        return map;
    }
}
