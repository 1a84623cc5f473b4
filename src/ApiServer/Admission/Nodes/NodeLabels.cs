using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.Nodes;

/// <summary>Which labels a node may set on itself, so that it cannot draw workloads to itself that are not meant for it.</summary>
internal static class NodeLabels
{
    private const string Restricted = "node-restriction.kubernetes.io";

    private static readonly string[] OfKubelets =
    [
        "kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os", "beta.kubernetes.io/arch",
        "topology.kubernetes.io/zone", "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region",
        "node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type",
    ];

    /// <summary>The labels that differ and that the node may not touch, in order.</summary>
    public static IReadOnlyList<string> Forbidden(JsonObject? old, JsonObject? updated) =>
    [
        .. (old ?? []).Select(l => l.Key).Union((updated ?? []).Select(l => l.Key))
            .Where(key => old?[key].AsText() != updated?[key].AsText() && IsForbidden(key)).Order(StringComparer.Ordinal),
    ];

    private static bool IsForbidden(string key)
    {
        var slash = key.IndexOf('/');
        if (slash < 0) return false;
        var domain = key[..slash];
        if (IsWithin(domain, Restricted)) return true;
        if (!IsWithin(domain, "kubernetes.io") && !IsWithin(domain, "k8s.io")) return false;
        return !OfKubelets.Contains(key) && !IsWithin(domain, "kubelet.kubernetes.io") && !IsWithin(domain, "node.kubernetes.io");
    }

    private static bool IsWithin(string domain, string parent) => domain == parent || domain.EndsWith($".{parent}", StringComparison.Ordinal);
}
