using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of <c>/ephemeralcontainers</c>: containers are added to a running pod, and stay as they were added.</summary>
public static class EphemeralContainerRules
{
    /// <summary>Puts back everything but the ephemeral containers.</summary>
    public static void Prepare(JsonObject old, JsonObject updated) =>
        PodSubresource.Keep(old, updated, spec =>
        {
            if (updated.Object("spec")?.Array("ephemeralContainers") is { Count: > 0 } containers) spec["ephemeralContainers"] = containers.DeepClone();
            else spec.Remove("ephemeralContainers");
        });

    /// <summary>What is wrong with the change, with paths.</summary>
    public static IReadOnlyList<StatusCause> Validate(JsonObject old, JsonObject updated)
    {
        if (old.Annotations?.ContainsKey(PodAnnotationRules.Mirror) == true) return [StatusCause.Forbidden("", "static pods do not support ephemeral containers")];
        var causes = MetadataRules.ValidateUpdate(old, updated);
        var spec = updated.Object("spec") ?? [];
        PodRules.ValidatePod(updated, spec, causes);
        foreach (var was in old.Object("spec")?.Objects("ephemeralContainers") ?? [])
        {
            var now = spec.Objects("ephemeralContainers").FirstOrDefault(c => c.Text("name") == was.Text("name"));
            if (now is null) causes.Add(StatusCause.Forbidden("spec.ephemeralContainers", $"existing ephemeral containers \"{was.Text("name")}\" may not be removed"));
            else if (PodUpdateRules.Difference(was, now, "") is { } path) causes.Add(StatusCause.Forbidden("spec.ephemeralContainers", $"existing ephemeral containers \"{was.Text("name")}\" may not be changed; this one changes `{path.TrimStart('.')}`"));
        }
        return causes;
    }
}

/// <summary>Subresources of pods that write a part of the specification.</summary>
internal static class PodSubresource
{
    /// <summary>
    /// Makes <paramref name="updated"/> the old object but for a part of the specification, and counts the generation if
    /// that part changes. What the client says of the resource version stays, for it to be checked.
    /// </summary>
    public static void Keep(JsonObject old, JsonObject updated, Action<JsonObject> change)
    {
        var result = (JsonObject)old.DeepClone();
        change(result.ObjectOrNew("spec"));
        if (!JsonNode.DeepEquals(old["spec"], result["spec"])) result.Generation = old.Generation + 1;
        foreach (var name in new[] { "resourceVersion", "managedFields" })
            if (updated.Metadata[name] is { } given) result.Metadata[name] = given.DeepClone();
        updated.Clear();
        foreach (var name in result.Select(p => p.Key).ToArray())
        {
            result.Remove(name, out var value);
            updated[name] = value;
        }
    }
}
