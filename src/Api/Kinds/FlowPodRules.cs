using System.Text.Json.Nodes;
using Slipway.Api.Rules;

namespace Slipway.Api.Kinds;

/// <summary>Rules of what a task says about its pod beyond the command.</summary>
internal static class FlowPodRules
{
    /// <summary>Directories that Slipway mounts.</summary>
    private static readonly string[] Own = ["/in", "/out", "/slipway"];

    public static void Check(string path, TaskOptions options, List<StatusCause> causes)
    {
        CheckAccount($"{path}.serviceAccountName", options.ServiceAccountName, causes);
        for (var i = 0; i < (options.EnvFrom?.Count ?? 0); i++)
        {
            if (options.EnvFrom![i] is { Secret: null, ConfigMap: null } or { Secret: not null, ConfigMap: not null })
                causes.Add(StatusCause.Invalid($"{path}.envFrom[{i}]", "{}", "must have one of secret and configMap"));
        }

        for (var i = 0; i < (options.Mounts?.Count ?? 0); i++)
            CheckMount($"{path}.mounts[{i}]", options.Mounts![i], causes);
        var paths = (options.Mounts ?? []).Select(m => m.Path.TrimEnd('/')).ToList();
        if (paths.Find(p => paths.Count(other => other == p) > 1) is { } twice)
            causes.Add(StatusCause.Duplicate($"{path}.mounts[{paths.LastIndexOf(twice)}].path", $"\"{twice}\""));
        for (var i = 0; i < (options.Sidecars?.Count ?? 0); i++)
        {
            var sidecar = options.Sidecars![i];
            if (sidecar.Name is "task" || sidecar.Name.StartsWith("step-", StringComparison.Ordinal) || options.Sidecars.Take(i).Any(s => s.Name == sidecar.Name))
                causes.Add(StatusCause.Duplicate($"{path}.sidecars[{i}].name", $"\"{sidecar.Name}\""));
            FlowSettingRules.CheckEnvironment($"{path}.sidecars[{i}]", sidecar.Env, causes);
            FlowSettingRules.CheckQuantity($"{path}.sidecars[{i}].resources.cpu", sidecar.Resources?.Cpu, causes);
            FlowSettingRules.CheckQuantity($"{path}.sidecars[{i}].resources.memory", sidecar.Resources?.Memory, causes);
        }

        foreach (var (name, count) in options.Resources?.Devices ?? [])
        {
            if (!name.Contains('/', StringComparison.Ordinal) || count < 1)
                causes.Add(StatusCause.Invalid($"{path}.resources.devices.{name}", $"{count}", "must be a number of at least 1 of a resource with a domain, such as nvidia.com/gpu"));
        }

        PodOverrideRules.Check($"{path}.pod", options.Pod, causes);
    }

    /// <summary>Rules of the name of a service account.</summary>
    public static void CheckAccount(string field, string? name, List<StatusCause> causes)
    {
        if (name is not null && Names.SubdomainError(name) is { } error)
            causes.Add(StatusCause.Invalid(field, JsonValue.Create(name).ToJsonString(), error));
    }

    private static void CheckMount(string path, TaskMount mount, List<StatusCause> causes)
    {
        if (new[] { mount.Secret, mount.ConfigMap, mount.Claim, mount.Volume }.Count(s => s is not null) != 1)
            causes.Add(StatusCause.Invalid(path, $"\"{mount.Path}\"", "must have one of secret, configMap, claim and volume"));
        if (mount is { SubPath: not null, Claim: null, Volume: null })
            causes.Add(StatusCause.Forbidden($"{path}.subPath", "it is a directory of a claim or volume, and neither is set"));
        if (mount.SubPath is { } subPath && (subPath.StartsWith('/') || subPath.Split('/').Contains("..")))
            causes.Add(StatusCause.Invalid($"{path}.subPath", $"\"{subPath}\"", "must be a relative path without .."));
        if (Own.Any(o => mount.Path == o || mount.Path.StartsWith(o + "/", StringComparison.Ordinal)) || mount.Path.Split('/').Contains("..") || mount.Path.Contains(':', StringComparison.Ordinal))
            causes.Add(StatusCause.Invalid($"{path}.path", $"\"{mount.Path}\"", "must be an absolute path outside of /in, /out and /slipway"));
    }
}
