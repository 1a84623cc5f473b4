using System.Text.Json.Nodes;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>Makes the pods of a Job from its template, with nothing in it lost.</summary>
internal static class JobPodTemplate
{
    /// <summary>A pod of the Job as a document.</summary>
    /// <param name="job">The Job.</param>
    /// <param name="index">Its completion index, if the Job is indexed.</param>
    public static JsonObject PodOf(JobView job, int? index)
    {
        var template = (JsonObject?)job.Spec.Template?.DeepClone() ?? [];
        var metadata = template["metadata"] as JsonObject ?? [];
        template.Remove("metadata");
        template["apiVersion"] = "v1";
        template["kind"] = "Pod";
        template["metadata"] = metadata;
        metadata.Remove("name");
        metadata["generateName"] = GenerateName(job.Metadata.Name, index);
        metadata["namespace"] = job.Metadata.NamespaceProperty;
        metadata["ownerReferences"] = new JsonArray(OwnerOf(job));
        var finalizers = metadata["finalizers"] as JsonArray ?? [];
        metadata["finalizers"] = finalizers;
        finalizers.Add((JsonNode)JobPodView.TrackingFinalizer);

        var labels = Map(metadata, "labels");
        foreach (var prefix in new[] { "", "batch.kubernetes.io/" })
        {
            labels[prefix + "controller-uid"] = job.Metadata.Uid;
            labels[prefix + "job-name"] = job.Metadata.Name;
        }
        if (index is { } number)
            SetIndex(template, Map(metadata, "annotations"), labels, job.Metadata.Name, number);
        return template;
    }

    /// <summary>The reference by which the Job controls a pod.</summary>
    public static JsonObject OwnerOf(JobView job) => new()
    {
        ["apiVersion"] = "batch/v1",
        ["kind"] = "Job",
        ["name"] = job.Metadata.Name,
        ["uid"] = job.Metadata.Uid,
        ["controller"] = true,
        ["blockOwnerDeletion"] = true,
    };

    /// <summary>Whether the pod's labels are those that the Job selects.</summary>
    public static bool Selects(JobView job, JobPodView pod)
    {
        var labels = pod.Metadata.Labels ?? new Dictionary<string, string>();
        if (job.Spec.Selector is not { } selector)
            return labels.TryGetValue("batch.kubernetes.io/controller-uid", out var uid) && uid == job.Metadata.Uid;
        return (selector.MatchLabels ?? new Dictionary<string, string>()).All(wanted => labels.TryGetValue(wanted.Key, out var value) && value == wanted.Value)
            && (selector.MatchExpressions ?? []).All(requirement => Meets(requirement, labels));
    }

    private static bool Meets(V1LabelSelectorRequirement requirement, IDictionary<string, string> labels)
    {
        var has = labels.TryGetValue(requirement.Key, out var value);
        return requirement.OperatorProperty switch
        {
            "In" => has && requirement.Values?.Contains(value!) == true,
            "NotIn" => !has || requirement.Values?.Contains(value!) != true,
            "Exists" => has,
            "DoesNotExist" => !has,
            _ => false,
        };
    }

    private static void SetIndex(JsonObject pod, JsonObject annotations, JsonObject labels, string name, int index)
    {
        annotations[JobPodView.IndexKey] = $"{index}";
        labels[JobPodView.IndexKey] = $"{index}";
        if (pod["spec"] is not JsonObject spec)
            return;
        spec["hostname"] ??= $"{name}-{index}";
        foreach (var container in new[] { "containers", "initContainers" }.SelectMany(list => spec[list] as JsonArray ?? []).OfType<JsonObject>())
        {
            var env = container["env"] as JsonArray ?? [];
            container["env"] = env;
            if (!env.Any(variable => (string?)variable?["name"] == "JOB_COMPLETION_INDEX"))
                env.Add((JsonNode)new JsonObject { ["name"] = "JOB_COMPLETION_INDEX", ["value"] = $"{index}" });
        }
    }

    // The server adds five characters, and names end at 63 so that they serve as host names.
    private static string GenerateName(string job, int? index)
    {
        var end = index is null ? "-" : $"-{index}-";
        var room = 63 - 5 - end.Length;
        return (job.Length > room ? job[..room] : job) + end;
    }

    private static JsonObject Map(JsonObject parent, string field)
    {
        if (parent[field] is not JsonObject map)
            parent[field] = map = [];
        return map;
    }
}
