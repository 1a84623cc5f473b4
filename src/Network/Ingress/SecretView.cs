using k8s;
using k8s.Models;

namespace Slipway.Network;

/// <summary>A Secret reduced to a certificate and its key.</summary>
[KubernetesEntity(Group = "", Kind = "Secret", ApiVersion = "v1", PluralName = "secrets")]
internal sealed class SecretView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public TlsSecretDataView? Data { get; set; }
}

internal sealed class TlsSecretDataView
{
    /// <summary>The certificate, and those of its issuers behind it; PEM.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("tls.crt")]
    public byte[]? Certificate { get; set; }

    /// <summary>The certificate's private key; PEM.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("tls.key")]
    public byte[]? Key { get; set; }
}
