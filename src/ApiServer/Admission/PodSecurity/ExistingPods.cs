namespace Slipway.ApiServer.Admission.PodSecurity;

/// <summary>What to tell who makes a namespace stricter than its pods are.</summary>
internal static class ExistingPods
{
    /// <summary>The warnings; pods with the same faults share one.</summary>
    public static IEnumerable<string> Warnings(string ns, SecurityStandard standard, IEnumerable<(string Name, PodView Pod)> pods)
    {
        var byFault = pods
            .Select(p => (p.Name, Fault: string.Join(", ", SecurityChecks.Violations(standard, p.Pod).Select(v => v.Reason))))
            .Where(p => p.Fault.Length > 0)
            .GroupBy(p => p.Fault)
            .ToArray();
        if (byFault.Length == 0) return [];
        return
        [
            $"existing pods in namespace \"{ns}\" violate the new PodSecurity enforce level \"{standard}\"",
            .. byFault.Select(g => $"{Names([.. g.Select(p => p.Name).Order(StringComparer.Ordinal)])}: {g.Key}").Order(StringComparer.Ordinal),
        ];
    }

    private static string Names(string[] names) => names.Length switch
    {
        1 => names[0],
        2 => $"{names[0]} (and 1 other pod)",
        _ => $"{names[0]} (and {names.Length - 1} other pods)",
    };
}
