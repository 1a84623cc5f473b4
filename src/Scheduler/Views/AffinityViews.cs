using System.Text.Json.Nodes;
using Slipway.Api.Nodes;

namespace Slipway.Scheduler;

internal sealed class AffinityView
{
    public NodeAffinityView? NodeAffinity { get; set; }
    public PodAffinityView? PodAffinity { get; set; }
    public PodAffinityView? PodAntiAffinity { get; set; }
}

internal sealed class NodeAffinityView
{
    public NodeSelector? RequiredDuringSchedulingIgnoredDuringExecution { get; set; }
    public List<PreferredTermView>? PreferredDuringSchedulingIgnoredDuringExecution { get; set; }
}

internal sealed class PreferredTermView
{
    public int Weight { get; set; }
    public NodeSelectorTerm? Preference { get; set; }
}

/// <summary>Affinity or anti-affinity to other pods; both have the same shape.</summary>
internal sealed class PodAffinityView
{
    public List<PodAffinityTermView>? RequiredDuringSchedulingIgnoredDuringExecution { get; set; }
    public List<PreferredPodTermView>? PreferredDuringSchedulingIgnoredDuringExecution { get; set; }
}

internal sealed class PreferredPodTermView
{
    public int Weight { get; set; }
    public PodAffinityTermView? PodAffinityTerm { get; set; }
}

internal sealed class PodAffinityTermView
{
    public JsonObject? LabelSelector { get; set; }
    public List<string>? Namespaces { get; set; }
    public JsonObject? NamespaceSelector { get; set; }
    public string TopologyKey { get; set; } = "";
    public List<string>? MatchLabelKeys { get; set; }
    public List<string>? MismatchLabelKeys { get; set; }
}

internal sealed class SpreadConstraintView
{
    public int MaxSkew { get; set; }
    public string TopologyKey { get; set; } = "";
    public string WhenUnsatisfiable { get; set; } = "";
    public JsonObject? LabelSelector { get; set; }
    public int? MinDomains { get; set; }
    public string? NodeAffinityPolicy { get; set; }
    public string? NodeTaintsPolicy { get; set; }
    public List<string>? MatchLabelKeys { get; set; }
}
