using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Pods;

/// <summary>What the parts of a pod's specification may refer to, gathered once.</summary>
/// <param name="Volumes">The volumes by name; those that are invalid are left out, as they are reported already.</param>
/// <param name="Claims">Names of the resource claims, sorted.</param>
/// <param name="IsPod">Whether it is a pod rather than a template, for which some rules are looser.</param>
/// <param name="PodName">Name of the pod; empty in a template.</param>
/// <param name="RestartPolicy">The pod's restart policy.</param>
/// <param name="GracePeriod">Seconds that a pod is given to end; null when it is not known.</param>
/// <param name="HostUsers">Whether users are those of the host.</param>
/// <param name="OperatingSystem"><c>spec.os.name</c>; empty if not given.</param>
internal sealed record PodScope(
    Dictionary<string, JsonObject> Volumes, IReadOnlyCollection<string> Claims, bool IsPod, string PodName,
    string RestartPolicy, long? GracePeriod, bool HostUsers, string OperatingSystem)
{
    /// <summary>The scope of a specification, with no volumes yet.</summary>
    public static PodScope Of(JsonObject spec, bool isPod, string podName) => new(
        new(StringComparer.Ordinal),
        spec.Array("resourceClaims") is { Count: > 0 } ? new SortedSet<string>(spec.Objects("resourceClaims").Select(c => c.Text("name") ?? "").Where(n => n.Length > 0), StringComparer.Ordinal) : [],
        isPod, podName, spec.Text("restartPolicy") ?? "", spec.Integer("terminationGracePeriodSeconds"),
        spec.Boolean("hostUsers") != false, spec.Object("os")?.Text("name") ?? "");
}
