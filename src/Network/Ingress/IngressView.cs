using k8s;
using k8s.Models;

namespace Slipway.Network;

/// <summary>An Ingress reduced to what the network makes of it.</summary>
[KubernetesEntity(Group = "networking.k8s.io", Kind = "Ingress", ApiVersion = "v1", PluralName = "ingresses")]
internal sealed class IngressView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public IngressSpecView Spec { get; set; } = new();
    public ServiceStatusView? Status { get; set; }

    /// <summary>Name of its class, by the field or else by the annotation that came before it; null when it names none.</summary>
    public string? ClassName => Spec.IngressClassName ?? (Metadata.Annotations is { } annotations && annotations.TryGetValue("kubernetes.io/ingress.class", out var name) ? name : null);
}

internal sealed class IngressSpecView
{
    public string? IngressClassName { get; set; }
    public IngressBackendView? DefaultBackend { get; set; }
    public List<IngressRuleView>? Rules { get; set; }
    public List<IngressTlsView>? Tls { get; set; }
}

internal sealed class IngressRuleView
{
    public string? Host { get; set; }
    public IngressPathsView? Http { get; set; }
}

internal sealed class IngressPathsView
{
    public List<IngressPathView>? Paths { get; set; }
}

internal sealed class IngressPathView
{
    public string? Path { get; set; }
    public string? PathType { get; set; }
    public IngressBackendView? Backend { get; set; }
}

internal sealed class IngressBackendView
{
    public IngressServiceView? Service { get; set; }
    public IngressResourceView? Resource { get; set; }
}

internal sealed class IngressServiceView
{
    public string Name { get; set; } = "";
    public IngressPortView? Port { get; set; }
}

internal sealed class IngressPortView
{
    public string? Name { get; set; }
    public int? Number { get; set; }
}

internal sealed class IngressResourceView
{
    public string? Kind { get; set; }
    public string? Name { get; set; }
}

internal sealed class IngressTlsView
{
    public List<string>? Hosts { get; set; }
    public string? SecretName { get; set; }
}

/// <summary>An IngressClass reduced to who serves it.</summary>
[KubernetesEntity(Group = "networking.k8s.io", Kind = "IngressClass", ApiVersion = "v1", PluralName = "ingressclasses")]
internal sealed class IngressClassView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public IngressClassSpecView Spec { get; set; } = new();
}

internal sealed class IngressClassSpecView
{
    public string? Controller { get; set; }
}
