using System.Text.Json.Nodes;

namespace Slipway.Controllers;

/// <summary>Makes the pods of a Job from its template, with nothing in it lost.</summary>
internal static class JobPodTemplate
{
    /// <summary>A pod of the Job as a document.</summary>
    /// <param name="job">The Job.</param>
    /// <param name="wanted">The pod as planned.</param>
    public static JsonObject PodOf(JobView job, JobPod wanted)
    {
        var template = PodDocument.From(job.Spec.Template, job);
        var metadata = template["metadata"]!.AsObject();
        metadata["generateName"] = GenerateName(job.Metadata.Name, wanted.Index);
        var finalizers = metadata["finalizers"] as JsonArray ?? [];
        metadata["finalizers"] = finalizers;
        finalizers.Add((JsonNode)PodView.TrackingFinalizer);

        var labels = PodDocument.Map(metadata, "labels");
        foreach (var prefix in new[] { "", "batch.kubernetes.io/" })
        {
            labels[prefix + "controller-uid"] = job.Metadata.Uid;
            labels[prefix + "job-name"] = job.Metadata.Name;
        }
        if (wanted.Index is { } index)
            SetIndex(template, PodDocument.Map(metadata, "annotations"), labels, job.Metadata.Name, index);
        if (wanted.Failures is { } failures)
            failures.Write(PodDocument.Map(metadata, "annotations"));
        return template;
    }

    /// <summary>Whether the pod's labels are those that the Job selects.</summary>
    public static bool Selects(JobView job, PodView pod)
    {
        var labels = pod.Metadata.Labels ?? new Dictionary<string, string>();
        if (job.Spec.Selector is not { } selector)
            return labels.TryGetValue("batch.kubernetes.io/controller-uid", out var uid) && uid == job.Metadata.Uid;
        return selector.Selects(pod);
    }

    private static void SetIndex(JsonObject pod, JsonObject annotations, JsonObject labels, string name, int index)
    {
        annotations[PodView.IndexKey] = $"{index}";
        labels[PodView.IndexKey] = $"{index}";
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
}
