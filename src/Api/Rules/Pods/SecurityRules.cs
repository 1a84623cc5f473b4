using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of the security contexts of pods and containers.</summary>
internal static partial class SecurityRules
{
    private const string SysctlRule = @"must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
    private static readonly string[] ProfileTypes = ["Localhost", "RuntimeDefault", "Unconfined"];

    public static void Pod(JsonObject spec, string path, List<StatusCause> causes)
    {
        if (spec.Boolean("shareProcessNamespace") == true && spec.Boolean("hostPID") == true)
            causes.Add(StatusCause.Invalid($"{path}.securityContext.shareProcessNamespace", "true", "ShareProcessNamespace and HostPID cannot both be enabled"));
        if (spec.Object("securityContext") is not { Count: > 0 } security) return;
        var at = $"{path}.securityContext";
        foreach (var name in (ReadOnlySpan<string>)["fsGroup", "runAsUser", "runAsGroup"]) Between(security, name, 0, int.MaxValue, at, causes);
        var groups = security.Array("supplementalGroups");
        for (var i = 0; i < (groups?.Count ?? 0); i++)
            if (groups![i].AsInteger() is { } id and (< 0 or > int.MaxValue)) causes.Add(StatusCause.Invalid($"{at}.supplementalGroups[{i}]", $"{id}", $"must be between 0 and {int.MaxValue}, inclusive"));
        Sysctls(spec, security, $"{at}.sysctls", causes);
        Supported(security, "fsGroupChangePolicy", ["Always", "OnRootMismatch"], at, causes);
        Seccomp(security.Object("seccompProfile"), $"{at}.seccompProfile", causes);
        AppArmor(security.Object("appArmorProfile"), $"{at}.appArmorProfile", causes);
        Supported(security, "supplementalGroupsPolicy", ["Merge", "Strict"], at, causes);
        Supported(security, "seLinuxChangePolicy", ["MountOption", "Recursive"], at, causes);
        WindowsRules.Options(security.Object("windowsOptions"), $"{at}.windowsOptions", causes);
    }

    public static void Container(JsonObject? security, PodScope scope, string path, List<StatusCause> causes)
    {
        if (security is not { Count: > 0 }) return;
        foreach (var name in (ReadOnlySpan<string>)["runAsUser", "runAsGroup"]) Between(security, name, 0, int.MaxValue, path, causes);
        Supported(security, "procMount", ["Default", "Unmasked"], path, causes);
        if (scope.HostUsers && security.Text("procMount") == "Unmasked") causes.Add(StatusCause.Invalid($"{path}.procMount", "\"Unmasked\"", "`hostUsers` must be false to use `Unmasked`"));
        Seccomp(security.Object("seccompProfile"), $"{path}.seccompProfile", causes);
        AppArmor(security.Object("appArmorProfile"), $"{path}.appArmorProfile", causes);
        WindowsRules.Options(security.Object("windowsOptions"), $"{path}.windowsOptions", causes);
        if (security.Boolean("allowPrivilegeEscalation") != false) return;
        if (security.Boolean("privileged") == true) causes.Add(StatusCause.Invalid(path, security.Shown(), "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"));
        foreach (var capability in security.Object("capabilities")?.Array("add") ?? [])
            if (capability.AsText() == "CAP_SYS_ADMIN") causes.Add(StatusCause.Invalid(path, security.Shown(), "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"));
    }

    private static void Sysctls(JsonObject spec, JsonObject security, string path, List<StatusCause> causes)
    {
        if (security.Array("sysctls") is not { Count: > 0 } sysctls) return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < sysctls.Count; i++)
        {
            var name = (sysctls[i] as JsonObject)?.Text("name") ?? "";
            var at = $"{path}[{i}].name";
            if (name.Length == 0) causes.Add(StatusCause.Required(at));
            else if (name.Length > 253 || !SysctlName().IsMatch(name)) causes.Add(StatusCause.Invalid(at, Quote(name), SysctlRule));
            else if (!seen.Add(name)) causes.Add(StatusCause.Duplicate(at, Quote(name)));
            var dotted = name.Replace('/', '.');
            if (spec.Boolean("hostNetwork") == true && dotted.StartsWith("net.", StringComparison.Ordinal)) causes.Add(StatusCause.Invalid(at, Quote(name), "may not be specified when 'hostNetwork' is true"));
            else if (spec.Boolean("hostIPC") == true && IsIpc(dotted)) causes.Add(StatusCause.Invalid(at, Quote(name), "may not be specified when 'hostIPC' is true"));
        }
    }

    private static bool IsIpc(string sysctl) =>
        sysctl == "kernel.sem" || sysctl.StartsWith("kernel.shm", StringComparison.Ordinal) || sysctl.StartsWith("kernel.msg", StringComparison.Ordinal) || sysctl.StartsWith("fs.mqueue.", StringComparison.Ordinal);

    private static void Seccomp(JsonObject? profile, string path, List<StatusCause> causes)
    {
        if (profile is null) return;
        if (Required(profile, "type", path, causes, "type is required when seccompProfile is set")) Supported(profile, "type", ProfileTypes, path, causes);
        if (profile.Text("type") == "Localhost")
        {
            if (profile.Text("localhostProfile") is { } local) LocalPath(local, $"{path}.localhostProfile", causes);
            else causes.Add(StatusCause.Required($"{path}.localhostProfile", "must be set when seccomp type is Localhost"));
        }
        else if (profile["localhostProfile"] is not null)
        {
            causes.Add(StatusCause.Invalid($"{path}.localhostProfile", profile.Shown(), "can only be set when seccomp type is Localhost"));
        }
    }

    private static void AppArmor(JsonObject? profile, string path, List<StatusCause> causes)
    {
        if (profile is null) return;
        var local = profile.Text("localhostProfile");
        switch (profile.Text("type"))
        {
            case "Localhost":
                if (string.IsNullOrWhiteSpace(local)) causes.Add(StatusCause.Required($"{path}.localhostProfile", "must be set when AppArmor type is Localhost"));
                else if (local.Trim() != local) causes.Add(StatusCause.Invalid($"{path}.localhostProfile", Quote(local), "must not be padded with whitespace"));
                NotLonger(profile, "localhostProfile", 4095, path, causes);
                break;
            case "RuntimeDefault" or "Unconfined":
                if (local is not null) causes.Add(StatusCause.Invalid($"{path}.localhostProfile", Quote(local), "can only be set when AppArmor type is Localhost"));
                break;
            default:
                if (Required(profile, "type", path, causes, "type is required when appArmorProfile is set")) Supported(profile, "type", ProfileTypes, path, causes);
                break;
        }
    }

    [GeneratedRegex(@"^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex SysctlName();
}
