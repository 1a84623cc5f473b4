using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.PodSecurity;

/// <summary>The check of kernel parameters: only those that concern the pod alone are safe.</summary>
internal static class SysctlCheck
{
    private static readonly string[] Safe =
        ["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start"];

    private static readonly string[] SafeFrom27 = [.. Safe, "net.ipv4.ip_local_reserved_ports"];

    private static readonly string[] SafeFrom29 =
        [.. SafeFrom27, "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"];

    private static readonly string[] SafeFrom32 = [.. SafeFrom29, "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"];

    private static readonly string[] SafeFrom37 = [.. SafeFrom32, "net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"];

    public static SecurityViolation? From0(PodView pod) => Check(pod, Safe);

    public static SecurityViolation? From27(PodView pod) => Check(pod, SafeFrom27);

    public static SecurityViolation? From29(PodView pod) => Check(pod, SafeFrom29);

    public static SecurityViolation? From32(PodView pod) => Check(pod, SafeFrom32);

    public static SecurityViolation? From37(PodView pod) => Check(pod, SafeFrom37);

    private static SecurityViolation? Check(PodView pod, string[] safe)
    {
        string[] forbidden = [.. (pod.Security?.Objects("sysctls") ?? []).Select(PodView.Name).Where(n => !safe.Contains(n))];
        return forbidden.Length == 0 ? null : new("forbidden sysctls", string.Join(", ", forbidden));
    }
}
