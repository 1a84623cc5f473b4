using System.Globalization;

namespace Slipway.Bench.Scheduling;

/// <summary>Pods and nodes as kube-scheduler's own benchmarks have them (scheduler_perf: SchedulingBasic, …PodAffinity, …PodAntiAffinity, TopologySpreading).</summary>
internal static class Shapes
{
    private const int Zones = 10;

    /// <summary>The workloads: name, and the special part of a pod's spec.</summary>
    public static IReadOnlyList<(string Name, string Spec)> Pods { get; } =
    [
        ("plain", ""),
        ("affinity to pods", """ "affinity":{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"topology.kubernetes.io/zone","labelSelector":{"matchLabels":{"app":"bench"}}}]}},"""),
        ("anti-affinity to pods", """ "affinity":{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"kubernetes.io/hostname","labelSelector":{"matchLabels":{"color":"green"}}}]}},"""),
        ("topology spread", """ "topologySpreadConstraints":[{"topologyKey":"topology.kubernetes.io/zone","maxSkew":5,"whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"bench"}}}],"""),
    ];

    public static string Node(int i) => string.Create(CultureInfo.InvariantCulture,
        $$$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"node-{{{i}}}","labels":{"kubernetes.io/hostname":"node-{{{i}}}","topology.kubernetes.io/zone":"zone-{{{i % Zones}}}"}},"status":{"capacity":{"cpu":"32","memory":"256Gi","pods":"110"},"allocatable":{"cpu":"32","memory":"256Gi","pods":"110"},"conditions":[{"type":"Ready","status":"True"}]}}""");

    public static string Pod(int i, string spec, string ns = "default") => string.Create(CultureInfo.InvariantCulture,
        $$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"pod-{{{i}}}","namespace":"{{{ns}}}","uid":"uid-{{{i}}}","labels":{"app":"bench"}},"spec":{ {{{spec}}}"containers":[{"name":"c","image":"registry.k8s.io/pause:3.10","resources":{"requests":{"cpu":"100m","memory":"500Mi"} } }]} }""");
}
