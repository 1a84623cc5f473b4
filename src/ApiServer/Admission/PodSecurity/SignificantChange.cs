using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.PodSecurity;

/// <summary>Whether an update of a pod can change what the standards say of it: images, profiles, added containers.</summary>
internal static class SignificantChange
{
    public static bool Between(JsonObject old, JsonObject updated)
    {
        var (from, to) = (old.Object("spec") ?? [], updated.Object("spec") ?? []);
        if (old.Annotations?[SeccompChecks.PodAnnotation].AsText() != updated.Annotations?[SeccompChecks.PodAnnotation].AsText()) return true;
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers", "ephemeralContainers"])
        {
            var before = from.Objects(list).ToDictionary(PodView.Name);
            var after = to.Objects(list).ToArray();
            if (list != "ephemeralContainers" && before.Count != after.Length) return true;
            foreach (var container in after)
                if (!before.TryGetValue(PodView.Name(container), out var was) || HasChanged(was, container, old, updated)) return true;
        }
        return false;
    }

    private static bool HasChanged(JsonObject was, JsonObject container, JsonObject old, JsonObject updated)
    {
        var key = SeccompChecks.ContainerAnnotation + PodView.Name(container);
        return was.Text("image") != container.Text("image") || old.Annotations?[key].AsText() != updated.Annotations?[key].AsText();
    }
}
