using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Subresources;

/// <summary>Which of a pod's containers a request is about.</summary>
internal static class PodContainers
{
    private const string DefaultContainer = "kubectl.kubernetes.io/default-container";

    /// <param name="pod">The pod.</param>
    /// <param name="asked">The name asked for; null or empty for the only one, or the one that the pod's annotation prefers.</param>
    /// <exception cref="ApiException">400: there is none of that name, or several to choose from.</exception>
    public static string Choose(JsonObject pod, string? asked)
    {
        var spec = pod.Object("spec") ?? [];
        var containers = Names(spec, "containers");
        var init = Names(spec, "initContainers");
        var ephemeral = Names(spec, "ephemeralContainers");
        if (string.IsNullOrEmpty(asked))
        {
            if (containers.Length == 1) return containers[0];
            if (pod.Annotations?.Text(DefaultContainer) is { } preferred && containers.Contains(preferred)) return preferred;
            var choice = $"choose one of: [{string.Join(' ', containers)}]";
            if (init.Length > 0) choice += $" or one of the init containers: [{string.Join(' ', init)}]";
            if (ephemeral.Length > 0) choice += $" or one of the ephemeral containers: [{string.Join(' ', ephemeral)}]";
            throw ApiException.BadRequest($"a container name must be specified for pod {pod.Name}, {choice}");
        }
        return containers.Contains(asked) || init.Contains(asked) || ephemeral.Contains(asked)
            ? asked
            : throw ApiException.BadRequest($"container {asked} is not valid for pod {pod.Name}");
    }

    private static string[] Names(JsonObject spec, string list) => [.. spec.Objects(list).Select(c => c.Text("name") ?? "")];
}
