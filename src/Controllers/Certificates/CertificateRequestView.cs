using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>A request for a certificate, reduced to what its approval, its signature and its end depend on.</summary>
[KubernetesEntity(Group = "certificates.k8s.io", Kind = "CertificateSigningRequest", ApiVersion = "v1", PluralName = "certificatesigningrequests")]
internal sealed class CertificateRequestView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public CertificateRequestSpec Spec { get; set; } = new();
    public CertificateRequestStatus? Status { get; set; }

    public IReadOnlyList<DatedCondition> Conditions => Status?.Conditions ?? [];

    public bool IsIssued => !string.IsNullOrEmpty(Status?.Certificate);

    /// <summary>Whether it has a condition (<c>Approved</c>, <c>Denied</c>, <c>Failed</c>), which is always true where it is there.</summary>
    public bool Has(string type) => Conditions.Any(condition => condition.Type == type);
}

internal sealed class CertificateRequestSpec
{
    /// <summary>PEM in base64.</summary>
    public string Request { get; set; } = "";

    public string SignerName { get; set; } = "";
    public List<string>? Usages { get; set; }
    public int? ExpirationSeconds { get; set; }
    public string? Username { get; set; }
    public string? Uid { get; set; }
    public List<string>? Groups { get; set; }
    public JsonObject? Extra { get; set; }
}

internal sealed class CertificateRequestStatus
{
    public List<DatedCondition>? Conditions { get; set; }

    /// <summary>PEM in base64.</summary>
    public string? Certificate { get; set; }
}
