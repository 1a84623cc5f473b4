using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>A quota reduced to its limits, by which it is known whether its usage has been counted.</summary>
[KubernetesEntity(Group = "", Kind = "ResourceQuota", ApiVersion = "v1", PluralName = "resourcequotas")]
internal sealed class QuotaView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public QuotaLimitsView? Spec { get; set; }
    public QuotaLimitsView? Status { get; set; }

    /// <summary>Whether usage is known for the limits that are wanted.</summary>
    public bool IsCounted
    {
        get
        {
            var (wanted, counted) = (Spec?.Hard ?? [], Status?.Hard ?? []);
            return wanted.Count == counted.Count && wanted.All(w => counted.TryGetValue(w.Key, out var value) && value == w.Value);
        }
    }
}

/// <summary>Limits and usage by name.</summary>
internal sealed class QuotaLimitsView
{
    public Dictionary<string, string>? Hard { get; set; }
    public Dictionary<string, string>? Used { get; set; }
}
