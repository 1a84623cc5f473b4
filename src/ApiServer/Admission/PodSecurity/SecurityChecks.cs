using System.Collections.Concurrent;

namespace Slipway.ApiServer.Admission.PodSecurity;

/// <summary>Finds what is wrong with a pod by one rule; null when nothing is.</summary>
internal delegate SecurityViolation? SecurityCheck(PodView pod);

/// <summary>The checks of the Pod Security Standards, each with the minor versions of Kubernetes from which a form of it holds.</summary>
internal static class SecurityChecks
{
    private static readonly Entry[] Table =
    [
        new("appArmorProfile", SecurityLevel.Baseline, [(0, BaselineChecks.AppArmorProfile)]),
        new("capabilities_baseline", SecurityLevel.Baseline, [(0, BaselineChecks.Capabilities)]),
        new("hostNamespaces", SecurityLevel.Baseline, [(0, BaselineChecks.HostNamespaces)]),
        new("hostPathVolumes", SecurityLevel.Baseline, [(0, BaselineChecks.HostPathVolumes)]),
        new("hostPorts", SecurityLevel.Baseline, [(0, BaselineChecks.HostPorts)]),
        new("hostProbesAndHostLifecycle", SecurityLevel.Baseline, [(34, BaselineChecks.HostsOfProbes)]),
        new("privileged", SecurityLevel.Baseline, [(0, BaselineChecks.Privileged)]),
        new("procMount", SecurityLevel.Baseline, [(0, BaselineChecks.ProcMount), (35, p => p.HasOwnUsers ? null : BaselineChecks.ProcMount(p))]),
        new("seLinuxOptions", SecurityLevel.Baseline, [(0, SeLinuxCheck.Before31), (31, SeLinuxCheck.From31)]),
        new("seccompProfile_baseline", SecurityLevel.Baseline, [(0, SeccompChecks.Annotations), (19, SeccompChecks.Baseline)]),
        new("sysctls", SecurityLevel.Baseline, [(0, SysctlCheck.From0), (27, SysctlCheck.From27), (29, SysctlCheck.From29), (32, SysctlCheck.From32), (37, SysctlCheck.From37)]),
        new("windowsHostProcess", SecurityLevel.Baseline, [(0, BaselineChecks.WindowsHostProcess)]),

        new("allowPrivilegeEscalation", SecurityLevel.Restricted, [(8, RestrictedChecks.PrivilegeEscalation), (25, p => p.IsWindows ? null : RestrictedChecks.PrivilegeEscalation(p))]),
        new("capabilities_restricted", SecurityLevel.Restricted, [(22, RestrictedChecks.Capabilities), (25, p => p.IsWindows ? null : RestrictedChecks.Capabilities(p))], "capabilities_baseline"),
        new("procMount_restricted", SecurityLevel.Restricted, [(35, BaselineChecks.ProcMount)], "procMount"),
        new("restrictedVolumes", SecurityLevel.Restricted, [(0, RestrictedChecks.Volumes)], "hostPathVolumes"),
        new("runAsNonRoot", SecurityLevel.Restricted, [(0, RestrictedChecks.NonRoot), (35, p => p.HasOwnUsers ? null : RestrictedChecks.NonRoot(p))]),
        new("runAsUser", SecurityLevel.Restricted, [(23, RestrictedChecks.User), (35, p => p.HasOwnUsers ? null : RestrictedChecks.User(p))]),
        new("seccompProfile_restricted", SecurityLevel.Restricted, [(19, SeccompChecks.Restricted), (25, p => p.IsWindows ? null : SeccompChecks.Restricted(p))], "seccompProfile_baseline"),
    ];

    // Labels may name any version: the newer ones are all the same.
    private const int Newest = 37;

    private static readonly ConcurrentDictionary<SecurityStandard, SecurityCheck[]> Chosen = new();

    /// <summary>All that a standard finds wrong with a pod.</summary>
    public static IReadOnlyList<SecurityViolation> Violations(SecurityStandard standard, PodView pod) =>
        standard.Level == SecurityLevel.Privileged ? [] : [.. Chosen.GetOrAdd(standard with { Minor = Math.Min(standard.Minor ?? Newest, Newest) }, Choose).Select(check => check(pod)).OfType<SecurityViolation>()];

    private static SecurityCheck[] Choose(SecurityStandard standard)
    {
        var minor = standard.Minor ?? Newest;
        var holding = Table.Where(e => e.Level <= standard.Level && e.Holds(minor)).ToArray();
        var overridden = holding.Select(e => e.Overrides).ToHashSet();
        return [.. holding.Where(e => !overridden.Contains(e.Id)).Select(e => e.FormAt(minor))];
    }

    /// <param name="Id">Name of the check, by which checks of a level are ordered.</param>
    /// <param name="Level">The level that it belongs to.</param>
    /// <param name="Forms">Its forms, with the minor version from which each holds.</param>
    /// <param name="Overrides">The check whose place it takes.</param>
    private sealed record Entry(string Id, SecurityLevel Level, (int From, SecurityCheck Check)[] Forms, string Overrides = "")
    {
        public bool Holds(int minor) => minor >= Forms[0].From;

        public SecurityCheck FormAt(int minor) => Forms.Last(f => minor >= f.From).Check;
    }
}
