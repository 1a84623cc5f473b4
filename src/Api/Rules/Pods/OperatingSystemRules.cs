using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>What the operating system of a pod rules out, and what user namespaces do.</summary>
internal static class OperatingSystemRules
{
    private static readonly string[] LinuxOfPod = ["hostUsers", "hostPID", "hostIPC", "shareProcessNamespace"];

    private static readonly string[] LinuxOfSecurity =
        ["appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls", "runAsUser", "runAsGroup", "supplementalGroups", "supplementalGroupsPolicy", "seLinuxChangePolicy"];

    private static readonly string[] LinuxOfContainer =
        ["appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged", "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup"];

    public static void Validate(JsonObject spec, string path, List<StatusCause> causes)
    {
        HostUsers(spec, path, causes);
        if (spec.Object("os") is not { } os) return;
        switch (os.Text("name"))
        {
            case null or "":
                causes.Add(StatusCause.Required($"{path}.os.name", "cannot be empty"));
                break;
            case "linux":
                foreach (var (security, at) in SecurityContexts(spec, path))
                    if (security["windowsOptions"] is not null) causes.Add(StatusCause.Forbidden($"{at}.windowsOptions", "windows options cannot be set for a linux pod"));
                break;
            case "windows":
                Windows(spec, path, causes);
                break;
            case var other:
                causes.Add(StatusCause.NotSupported($"{path}.os", Quote(other), ["linux", "windows"]));
                break;
        }
    }

    private static void HostUsers(JsonObject spec, string path, List<StatusCause> causes)
    {
        if (spec.Boolean("hostUsers") != false) return;
        foreach (var (name, shown) in new[] { ("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC") })
            if (spec.Boolean(name) == true) causes.Add(StatusCause.Forbidden($"{path}.{shown}", "when `pod.Spec.HostUsers` is false"));
        var i = 0;
        foreach (var container in spec.Objects("containers"))
        {
            if (container.Array("volumeDevices") is { Count: > 0 }) causes.Add(StatusCause.Forbidden($"{path}.containers[{i}].volumeDevices", "when `hostUsers` is false"));
            i++;
        }
    }

    private static void Windows(JsonObject spec, string path, List<StatusCause> causes)
    {
        foreach (var name in LinuxOfPod)
            if (spec[name] is not null && (name is "hostUsers" or "shareProcessNamespace" || spec.Boolean(name) == true)) causes.Add(StatusCause.Forbidden($"{path}.{name}", "cannot be set for a windows pod"));
        foreach (var (security, at) in SecurityContexts(spec, path))
        {
            foreach (var name in at == $"{path}.securityContext" ? LinuxOfSecurity : LinuxOfContainer)
                if (security[name] is not (null or JsonArray { Count: 0 })) causes.Add(StatusCause.Forbidden($"{at}.{name}", "cannot be set for a windows pod"));
        }
    }

    private static IEnumerable<(JsonObject Security, string Path)> SecurityContexts(JsonObject spec, string path)
    {
        if (spec.Object("securityContext") is { } own) yield return (own, $"{path}.securityContext");
        foreach (var list in new[] { "initContainers", "containers", "ephemeralContainers" })
        {
            var i = 0;
            foreach (var container in spec.Objects(list))
            {
                if (container.Object("securityContext") is { } security) yield return (security, $"{path}.{list}[{i}].securityContext");
                i++;
            }
        }
    }
}
