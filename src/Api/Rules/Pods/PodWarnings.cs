using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>What clients are warned of in pods and templates: what is deprecated, has no effect, or will surprise.</summary>
internal static class PodWarnings
{
    private static readonly (string Key, string Message)[] DeadAnnotations =
    [
        ("scheduler.alpha.kubernetes.io/critical-pod", "non-functional in v1.16+; use the \"priorityClassName\" field instead"),
        ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
        ("security.alpha.kubernetes.io/unsafe-sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    ];

    private static readonly Dictionary<string, string> DeadVolumes = new(StringComparer.Ordinal)
    {
        ["photonPersistentDisk"] = "deprecated in v1.11, non-functional in v1.16+",
        ["gitRepo"] = "deprecated in v1.11, and disabled by default in v1.33+",
        ["scaleIO"] = "deprecated in v1.16, non-functional in v1.22+",
        ["flocker"] = "deprecated in v1.22, non-functional in v1.25+",
        ["storageos"] = "deprecated in v1.22, non-functional in v1.25+",
        ["quobyte"] = "deprecated in v1.22, non-functional in v1.25+",
        ["glusterfs"] = "deprecated in v1.25, non-functional in v1.26+",
        ["cephfs"] = "deprecated in v1.28, non-functional in v1.31+",
        ["rbd"] = "deprecated in v1.28, non-functional in v1.31+",
    };

    public static IReadOnlyList<string> ForPod(JsonObject? old, JsonObject pod)
    {
        if (old is not null && JsonNode.DeepEquals(old["spec"], pod["spec"])) return [];
        var warnings = new List<string>();
        if (old is null && Names.LabelError(pod.Name) is { } error)
            warnings.Add($"metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [{error}]");
        Collect(pod, "", warnings);
        return warnings;
    }

    /// <summary>Adds the warnings of a template.</summary>
    public static void ForTemplate(JsonObject template, string path, List<string> warnings) => Collect(template, path, warnings);

    /// <summary>Adds the warning that a workload's name will not do for the names of its pods.</summary>
    public static void ForName(JsonObject? old, JsonObject document, List<string> warnings)
    {
        if (old is null && Names.LabelError(document.Name) is { } error)
            warnings.Add($"metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [{error}]");
    }

    private static void Collect(JsonObject pod, string path, List<string> warnings)
    {
        var spec = pod.Object("spec") ?? [];
        var at = At(path, "spec");
        NodeLabelWarnings.Collect(spec, at, warnings);
        foreach (var (key, message) in DeadAnnotations)
            if (pod.Annotations?.ContainsKey(key) == true) warnings.Add($"{At(path, "metadata")}.annotations[{key}]: {message}");
        Volumes(spec, at, warnings);
        Repeated(spec, "hostAliases", "ip", at, warnings);
        Repeated(spec, "imagePullSecrets", "name", at, warnings);
        var i = 0;
        foreach (var secret in spec.Objects("imagePullSecrets"))
        {
            if (string.IsNullOrEmpty(secret.Text("name"))) warnings.Add($"{at}.imagePullSecrets[{i}].name: invalid empty name \"\"");
            i++;
        }
        Fractions(spec.Object("overhead"), $"{at}.overhead", warnings);
        Seccomp(pod, spec, "seccomp.security.alpha.kubernetes.io/pod", path, warnings);
        foreach (var list in (ReadOnlySpan<string>)["initContainers", "containers", "ephemeralContainers"])
        {
            var n = 0;
            foreach (var container in spec.Objects(list))
            {
                Seccomp(pod, container, $"container.seccomp.security.alpha.kubernetes.io/{container.Text("name")}", path, warnings);
                Container(container, $"{at}.{list}[{n++}]", warnings);
            }
        }
        PortWarnings.Collect(spec, at, warnings);
        if (spec.Integer("terminationGracePeriodSeconds") < 0) warnings.Add($"{at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1");
    }

    // Before there was a field, annotations said which system calls are allowed.
    private static void Seccomp(JsonObject pod, JsonObject holder, string annotation, string path, List<string> warnings)
    {
        if (holder.Object("securityContext")?["seccompProfile"] is null && pod.Annotations?.ContainsKey(annotation) == true)
            warnings.Add($"{At(path, "metadata")}.annotations[{annotation}]: non-functional in v1.27+; use the \"seccompProfile\" field instead");
    }

    private static void Volumes(JsonObject spec, string path, List<string> warnings)
    {
        if (spec.Array("volumes") is not { Count: > 0 } volumes) return;
        for (var i = 0; i < volumes.Count; i++)
        {
            if (volumes[i] is not JsonObject volume) continue;
            foreach (var (kind, value) in volume)
                if (value is JsonObject && DeadVolumes.TryGetValue(kind, out var message)) warnings.Add($"{path}.volumes[{i}].{kind}: {message}");
            if (volume.Object("ephemeral")?.Object("volumeClaimTemplate")?.Object("spec")?.Object("resources") is { } resources)
                Fractions(resources.Object("requests"), $"{path}.volumes[{i}].ephemeral.volumeClaimTemplate.spec.resources.requests", warnings);
        }
    }

    private static void Container(JsonObject container, string path, List<string> warnings)
    {
        Fractions(container.Object("resources")?.Object("limits"), $"{path}.resources.limits", warnings);
        Fractions(container.Object("resources")?.Object("requests"), $"{path}.resources.requests", warnings);
        if (container.Array("env") is not { Count: > 1 } variables) return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < variables.Count; i++)
        {
            if (variables[i] is not JsonObject variable || variable.Text("name") is not { } name || seen.Add(name)) continue;
            // A value may be built from the one before.
            var reference = $"$({name})";
            var value = variable.Text("value") ?? "";
            if (variable["valueFrom"] is not null || value == reference || !value.Contains(reference, StringComparison.Ordinal))
                warnings.Add($"{path}.env[{i}]: hides previous definition of \"{name}\", which may be dropped when using apply");
        }
    }

    private static void Repeated(JsonObject spec, string list, string field, string path, List<string> warnings)
    {
        if (spec.Array(list) is not { Count: > 1 } items) return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
            if ((items[i] as JsonObject)?.Text(field) is { } value && !seen.Add(value)) warnings.Add($"{path}.{list}[{i}].{field}: duplicate {field} \"{value}\"");
    }

    /// <summary>Adds a warning for each amount of bytes that is no whole number.</summary>
    public static void Fractions(JsonObject? amounts, string path, List<string> warnings)
    {
        foreach (var name in (ReadOnlySpan<string>)["memory", "ephemeral-storage", "storage"])
            if (ResourceRules.Read(amounts?[name]) is { IsWhole: false } amount) warnings.Add($"{path}[{name}]: fractional byte value \"{amount}\" is invalid, must be an integer");
    }
}
