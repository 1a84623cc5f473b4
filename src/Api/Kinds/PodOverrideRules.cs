using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Documents;
using Slipway.Api.Patches;
using Slipway.Api.Schemas;

namespace Slipway.Api.Kinds;

/// <summary>Rules of what a task sets of its pod beyond the fields that it has itself: it is a pod's, and leaves the attempt what Slipway makes of it.</summary>
internal static class PodOverrideRules
{
    private static readonly Schema Pod = BuiltInKinds.SchemaOf("io.k8s.api.core.v1.Pod");

    public static void Check(string path, JsonNode? pod, List<StatusCause> causes)
    {
        var before = causes.Count;
        if (pod is null)
            return;
        if (pod is not JsonObject map)
        {
            causes.Add(StatusCause.Invalid(path, CelJson.ToCompactJson(pod), "must be what differs of the pod, such as { spec: { hostNetwork: true } }"));
            return;
        }

        foreach (var (name, value) in map)
        {
            if (name is not ("metadata" or "spec") || value is not JsonObject)
                causes.Add(StatusCause.Invalid($"{path}.{name}", CelJson.ToCompactJson(value), "must be metadata or spec of a pod, with what differs"));
        }

        foreach (var (name, _) in map["metadata"] as JsonObject ?? [])
        {
            if (name is not ("labels" or "annotations"))
                causes.Add(StatusCause.Forbidden($"{path}.metadata.{name}", "labels and annotations can be set; everything else is Slipway's"));
        }

        if (causes.Count > before)
            return;
        foreach (var field in UnknownFields.Find(Pod, map).Where(f => !IsDirective(f.Path)))
            causes.Add(new StatusCause("FieldValueInvalid", $"{path}.{field.Path}", field.NearestKnownName is { } meant ? $"a pod has no such field, did you mean \"{meant}\"?" : "a pod has no such field"));
        CheckMerged(path, map, causes);
    }

    /// <summary>The directives of a strategic merge, such as <c>$patch</c> and <c>$setElementOrder/containers</c>.</summary>
    private static bool IsDirective(string path) => path[(path.LastIndexOf('.') + 1)..].StartsWith('$') || path.Contains(".$setElementOrder/", StringComparison.Ordinal);

    /// <summary>What would be left of a pod whose container is named as that of each attempt.</summary>
    private static void CheckMerged(string path, JsonObject map, List<StatusCause> causes)
    {
        JsonObject made = new()
        {
            ["metadata"] = new JsonObject(),
            ["spec"] = new JsonObject { ["restartPolicy"] = "Never", ["containers"] = new JsonArray(new JsonObject { ["name"] = "task", ["command"] = new JsonArray("command") }) },
        };
        JsonObject merged;
        try
        {
            merged = StrategicMergePatch.Apply(made, map, Pod);
        }
        catch (ApiException e)
        {
            causes.Add(StatusCause.Invalid(path, CelJson.ToCompactJson(map), $"cannot be merged into a pod: {e.Message}"));
            return;
        }

        var spec = merged.Object("spec");
        if (spec?.Text("restartPolicy") != "Never")
            causes.Add(StatusCause.Invalid($"{path}.spec.restartPolicy", CelJson.ToCompactJson(spec?["restartPolicy"]), "must be Never, as it is: retries of the task try again what failed"));
        var task = (spec?.Array("containers") ?? []).OfType<JsonObject>().FirstOrDefault(c => c.Text("name") == "task");
        if (task is null)
            causes.Add(StatusCause.Forbidden($"{path}.spec.containers", "the container task runs the command, and cannot be taken away"));
        else if (task.Array("command")?.Select(a => a.AsText()).SequenceEqual(["command"]) != true)
            causes.Add(StatusCause.Forbidden($"{path}.spec.containers", "the command of the container task is wrapped to bring its outputs; set the task's own command"));
    }
}
