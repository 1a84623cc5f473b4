using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.ApiServer.Admission.PodSecurity.SecurityViolation;

namespace Slipway.ApiServer.Admission.PodSecurity;

/// <summary>The checks of seccomp profiles.</summary>
internal static class SeccompChecks
{
    /// <summary>Annotation by which old pods named their profile.</summary>
    public const string PodAnnotation = "seccomp.security.alpha.kubernetes.io/pod";

    /// <summary>Start of the annotations by which old pods named the profiles of containers.</summary>
    public const string ContainerAnnotation = "container.seccomp.security.alpha.kubernetes.io/";

    /// <summary>Before profiles had a field.</summary>
    public static SecurityViolation? Annotations(PodView pod)
    {
        string[] keys = [PodAnnotation, .. pod.Containers.Select(c => ContainerAnnotation + PodView.Name(c))];
        string[] forbidden = [.. keys.Distinct().Where(k => pod.Annotations?[k].AsText() is { } value && !IsAllowedValue(value)).Select(k => $"{k}=\"{pod.Annotations![k].AsText()}\"").Order(StringComparer.Ordinal)];
        return forbidden.Length == 0 ? null : new("seccompProfile", $"forbidden {Plural("annotation", forbidden.Length)} {string.Join(", ", forbidden)}");

        static bool IsAllowedValue(string value) => value is "runtime/default" or "docker/default" || value.StartsWith("localhost/", StringComparison.Ordinal);
    }

    public static SecurityViolation? Baseline(PodView pod)
    {
        var own = TypeOf(pod.Security);
        var bad = pod.Containers.Where(c => IsBad(TypeOf(PodView.SecurityOf(c)))).ToArray();
        if (!IsBad(own) && bad.Length == 0) return null;
        var values = bad.Select(c => TypeOf(PodView.SecurityOf(c))!).Concat(IsBad(own) ? [own!] : []);
        return new("seccompProfile", $"{Setters(IsBad(own), [.. bad.Select(PodView.Name)])} must not set securityContext.seccompProfile.type to {Sorted(values)}");
    }

    public static SecurityViolation? Restricted(PodView pod)
    {
        if (Baseline(pod) is { } violation) return violation;
        if (TypeOf(pod.Security) is not null) return null;
        string[] without = [.. pod.Containers.Where(c => TypeOf(PodView.SecurityOf(c)) is null).Select(PodView.Name)];
        return without.Length == 0 ? null
            : new("seccompProfile", $"pod or {Containers(without)} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"");
    }

    private static string? TypeOf(JsonObject? security) => security?.Object("seccompProfile") is { } profile ? profile.Text("type") ?? "" : null;

    private static bool IsBad(string? type) => type is not (null or "RuntimeDefault" or "Localhost");
}
