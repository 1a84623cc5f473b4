using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Subresources;

/// <summary>
/// <c>ephemeralcontainers</c> of pods (<see href="https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/"/>):
/// containers for a look inside can be added, and stay as they are.
/// </summary>
internal sealed class EphemeralContainerRules : SubresourceRules
{
    private const string List = "ephemeralContainers";
    private const string Path = $"spec.{List}";
    private const string NotAllowed = "cannot be set for an Ephemeral Container";

    // They are neither restarted nor waited for, and the pod's resources are given out.
    private static readonly string[] Forbidden =
        ["ports", "resources", "resizePolicy", "restartPolicy", "restartPolicyRules", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"];

    public override JsonObject Prepare(JsonObject old, JsonObject updated, DateTimeOffset now)
    {
        var result = CopyOf(old, updated);
        var spec = result.ObjectOrNew("spec");
        var before = spec[List];
        if (updated.Object("spec")?.Array(List) is { Count: > 0 } containers) spec[List] = containers.DeepClone();
        else spec.Remove(List);
        if (!JsonNode.DeepEquals(before, spec[List])) result.Generation++;
        return result;
    }

    public override IReadOnlyList<StatusCause> Validate(JsonObject old, JsonObject prepared)
    {
        var causes = new List<StatusCause>();
        if (old.Annotations?["kubernetes.io/config.mirror"] is not null) causes.Add(StatusCause.Forbidden("", "static pods do not support ephemeral containers"));
        var spec = prepared.Object("spec") ?? [];
        var names = spec.Objects("containers").Concat(spec.Objects("initContainers")).Select(c => c.Text("name") ?? "").ToHashSet();
        var targets = spec.Objects("containers").Select(c => c.Text("name") ?? "").ToHashSet();
        var index = 0;
        foreach (var container in spec.Objects(List)) Check(container, $"{Path}[{index++}]", names, targets, causes);
        foreach (var before in old.Object("spec")?.Objects(List) ?? [])
        {
            var name = before.Text("name");
            var after = spec.Objects(List).FirstOrDefault(c => c.Text("name") == name);
            if (after is null) causes.Add(StatusCause.Forbidden(Path, $"existing ephemeral containers \"{name}\" may not be removed\n"));
            else if (!JsonNode.DeepEquals(before, after)) causes.Add(StatusCause.Forbidden(Path, $"existing ephemeral containers \"{name}\" may not be changed\n"));
        }
        return causes;
    }

    private static void Check(JsonObject container, string at, HashSet<string> names, HashSet<string> targets, List<StatusCause> causes)
    {
        var name = container.Text("name") ?? "";
        if (Required(container, "name", at, causes))
        {
            Grammar(container, "name", Names.LabelError, at, causes);
            if (!names.Add(name)) causes.Add(StatusCause.Duplicate($"{at}.name", Quote(name)));
        }
        Required(container, "image", at, causes);
        if (container.Text("targetContainerName") is { Length: > 0 } target && !targets.Contains(target))
            causes.Add(new("FieldValueNotFound", $"{at}.targetContainerName", $"Not found: {Quote(target)}"));
        foreach (var field in Forbidden)
            if (container[field] is { } value and not (JsonArray { Count: 0 } or JsonObject { Count: 0 })) causes.Add(StatusCause.Forbidden($"{at}.{field}", NotAllowed));
        var index = 0;
        foreach (var mount in container.Objects("volumeMounts"))
        {
            foreach (var field in (ReadOnlySpan<string>)["subPath", "subPathExpr"])
                if (mount.Text(field) is { Length: > 0 }) causes.Add(StatusCause.Forbidden($"{at}.volumeMounts[{index}].{field}", NotAllowed));
            index++;
        }
    }
}
