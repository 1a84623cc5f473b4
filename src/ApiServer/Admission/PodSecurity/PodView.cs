using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.PodSecurity;

/// <summary>A pod, or the template of one, as the checks read it.</summary>
internal sealed record PodView(JsonObject? Annotations, JsonObject Spec)
{
    /// <summary>Init, ordinary and ephemeral containers.</summary>
    public IEnumerable<JsonObject> Containers => Spec.Objects("initContainers").Concat(Spec.Objects("containers")).Concat(Spec.Objects("ephemeralContainers"));

    /// <summary>The pod's own security context.</summary>
    public JsonObject? Security => Spec.Object("securityContext");

    public bool IsWindows => Spec.Object("os")?.Text("name") == "windows";

    /// <summary>Whether the pod's users are not the host's, so that root in it is nobody outside.</summary>
    public bool HasOwnUsers => Spec.Boolean("hostUsers") == false;

    public static string Name(JsonObject container) => container.Text("name") ?? "";

    public static JsonObject? SecurityOf(JsonObject container) => container.Object("securityContext");
}

/// <summary>What a check found wrong with a pod.</summary>
/// <param name="Reason">What, in short.</param>
/// <param name="Detail">Where.</param>
internal sealed record SecurityViolation(string Reason, string Detail)
{
    /// <summary>All that is wrong, as messages give it.</summary>
    public static string Describe(IEnumerable<SecurityViolation> violations) =>
        string.Join(", ", violations.Select(v => v.Detail.Length > 0 ? $"{v.Reason} ({v.Detail})" : v.Reason));

    /// <summary>Names in quotes, with commas.</summary>
    public static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"\"{n}\""));

    /// <summary>Distinct values in order, in quotes.</summary>
    public static string Sorted(IEnumerable<string> values) => Quoted(values.Distinct().Order(StringComparer.Ordinal));

    /// <summary>The word for one or for many.</summary>
    public static string Plural(string one, int count) => count == 1 ? one : $"{one}s";

    /// <summary>Containers by their names: <c>containers "a", "b"</c>.</summary>
    public static string Containers(IReadOnlyList<string> names) => $"{Plural("container", names.Count)} {Quoted(names)}";

    /// <summary>Who sets something: the pod, containers or both.</summary>
    public static string Setters(bool pod, IReadOnlyList<string> containers) =>
        string.Join(" and ", new[] { pod ? "pod" : "", containers.Count > 0 ? Containers(containers) : "" }.Where(s => s.Length > 0));
}
