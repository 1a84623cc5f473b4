using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.ApiServer.Admission.PodSecurity.SecurityViolation;

namespace Slipway.ApiServer.Admission.PodSecurity;

/// <summary>The checks of the level <c>baseline</c>, those of SELinux, seccomp and sysctls aside.</summary>
internal static class BaselineChecks
{
    private const string AppArmorAnnotation = "container.apparmor.security.beta.kubernetes.io/";

    private static readonly string[] DefaultCapabilities =
    [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    ];

    public static SecurityViolation? AppArmorProfile(PodView pod)
    {
        var types = new List<string>();
        var podIsBad = IsBad(pod.Security);
        var containers = pod.Containers.Where(c => IsBad(PodView.SecurityOf(c))).Select(PodView.Name).ToArray();
        var annotations = (pod.Annotations ?? [])
            .Where(a => a.Key.StartsWith(AppArmorAnnotation, StringComparison.Ordinal) && !IsAllowedValue(a.Value.AsText() ?? ""))
            .Select(a => $"{a.Key}=\"{a.Value.AsText()}\"").Order(StringComparer.Ordinal).ToArray();
        if (!podIsBad && containers.Length == 0 && annotations.Length == 0) return null;

        string[] values = [.. types.Distinct().Order(StringComparer.Ordinal), .. annotations];
        var setters = Setters(podIsBad, containers);
        if (annotations.Length > 0) setters = setters.Length > 0 ? $"{setters} and {Plural("annotation", annotations.Length)}" : Plural("annotation", annotations.Length);
        return new(Plural("forbidden AppArmor profile", values.Length), $"{setters} must not set AppArmor profile type to {Quoted(values)}");

        bool IsBad(JsonObject? security)
        {
            if (security?.Object("appArmorProfile") is not { } profile || profile.Text("type") is "RuntimeDefault" or "Localhost") return false;
            types.Add(profile.Text("type") ?? "");
            return true;
        }

        static bool IsAllowedValue(string profile) => profile is "" or "runtime/default" || profile.StartsWith("localhost/", StringComparison.Ordinal);
    }

    public static SecurityViolation? Capabilities(PodView pod)
    {
        var found = new List<string>();
        var containers = pod.Containers.Where(HasOther).Select(PodView.Name).ToArray();
        return containers.Length == 0 ? null : new("non-default capabilities", $"{Containers(containers)} must not include {Sorted(found)} in securityContext.capabilities.add");

        bool HasOther(JsonObject container)
        {
            var other = Added(container).Except(DefaultCapabilities).ToArray();
            found.AddRange(other);
            return other.Length > 0;
        }
    }

    /// <summary>The capabilities that a container adds.</summary>
    public static IEnumerable<string> Added(JsonObject container) =>
        PodView.SecurityOf(container)?.Object("capabilities")?.Array("add")?.Select(c => c.AsText() ?? "") ?? [];

    public static SecurityViolation? HostNamespaces(PodView pod)
    {
        string[] shared = [.. new[] { "hostNetwork", "hostPID", "hostIPC" }.Where(n => pod.Spec.Boolean(n) == true).Select(n => $"{n}=true")];
        return shared.Length == 0 ? null : new("host namespaces", string.Join(", ", shared));
    }

    public static SecurityViolation? HostPathVolumes(PodView pod)
    {
        string[] volumes = [.. pod.Spec.Objects("volumes").Where(v => v["hostPath"] is not null).Select(PodView.Name)];
        return volumes.Length == 0 ? null : new("hostPath volumes", $"{Plural("volume", volumes.Length)} {Quoted(volumes)}");
    }

    public static SecurityViolation? HostPorts(PodView pod)
    {
        var ports = new List<string>();
        var containers = pod.Containers.Where(Uses).Select(PodView.Name).ToArray();
        string[] distinct = [.. ports.Distinct().Order(StringComparer.Ordinal)];
        return containers.Length == 0 ? null : new("hostPort",
            $"{Containers(containers)} {(containers.Length == 1 ? "uses" : "use")} {Plural("hostPort", distinct.Length)} {string.Join(", ", distinct)}");

        bool Uses(JsonObject container)
        {
            string[] own = [.. container.Objects("ports").Select(p => p.Integer("hostPort") ?? 0).Where(p => p != 0).Select(p => p.ToString(CultureInfo.InvariantCulture))];
            ports.AddRange(own);
            return own.Length > 0;
        }
    }

    public static SecurityViolation? HostsOfProbes(PodView pod)
    {
        var hosts = new List<string>();
        string[] containers = [.. pod.Containers.Where(Uses).Select(PodView.Name).Distinct().Order(StringComparer.Ordinal)];
        return containers.Length == 0 ? null : new("probe or lifecycle host",
            $"{Containers(containers)} {(containers.Length == 1 ? "uses" : "use")} {Plural("probe or lifecycle host", hosts.Distinct().Count())} {Sorted(hosts)}");

        bool Uses(JsonObject container)
        {
            JsonObject?[] handlers =
            [
                container.Object("livenessProbe"), container.Object("readinessProbe"), container.Object("startupProbe"),
                container.Object("lifecycle")?.Object("postStart"), container.Object("lifecycle")?.Object("preStop"),
            ];
            string[] own = [.. handlers.SelectMany(h => new[] { h?.Object("httpGet")?.Text("host"), h?.Object("tcpSocket")?.Text("host") }).OfType<string>().Where(h => h.Length > 0)];
            hosts.AddRange(own);
            return own.Length > 0;
        }
    }

    public static SecurityViolation? Privileged(PodView pod)
    {
        string[] containers = [.. pod.Containers.Where(c => PodView.SecurityOf(c)?.Boolean("privileged") == true).Select(PodView.Name)];
        return containers.Length == 0 ? null : new("privileged", $"{Containers(containers)} must not set securityContext.privileged=true");
    }

    public static SecurityViolation? ProcMount(PodView pod)
    {
        var bad = pod.Containers.Where(c => PodView.SecurityOf(c)?.Text("procMount") is not (null or "Default")).ToArray();
        return bad.Length == 0 ? null : new("procMount",
            $"{Containers([.. bad.Select(PodView.Name)])} must not set securityContext.procMount to {Sorted(bad.Select(c => PodView.SecurityOf(c)!.Text("procMount")!))}");
    }

    public static SecurityViolation? WindowsHostProcess(PodView pod)
    {
        var podIsBad = IsBad(pod.Security);
        var containers = pod.Containers.Where(c => IsBad(PodView.SecurityOf(c))).Select(PodView.Name).ToArray();
        return !podIsBad && containers.Length == 0 ? null : new("hostProcess", $"{Setters(podIsBad, containers)} must not set securityContext.windowsOptions.hostProcess=true");

        static bool IsBad(JsonObject? security) => security?.Object("windowsOptions")?.Boolean("hostProcess") == true;
    }
}
