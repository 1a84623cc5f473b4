using System.Text.Json.Serialization;
using Slipway.Client;

namespace Slipway.Network;

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ServiceView))]
[JsonSerializable(typeof(SliceView))]
[JsonSerializable(typeof(HostPortPod))]
[JsonSerializable(typeof(PolicyView))]
[JsonSerializable(typeof(PolicyPodView))]
[JsonSerializable(typeof(PolicyNamespaceView))]
[JsonSerializable(typeof(IngressView))]
[JsonSerializable(typeof(IngressClassView))]
[JsonSerializable(typeof(SecretView))]
internal sealed partial class NetworkJson : JsonSerializerContext;

/// <summary>The kinds that the network reads and writes.</summary>
internal static class NetworkKinds
{
    public static readonly KindSet Set = new(NetworkJson.Default);
    public static readonly Resource<ServiceView> Services = Set.Namespaced<ServiceView>();
    public static readonly Resource<SliceView> Slices = Set.Namespaced<SliceView>();
    public static readonly Resource<PolicyView> Policies = Set.Namespaced<PolicyView>();
    public static readonly Resource<PolicyPodView> PolicyPods = Set.Namespaced<PolicyPodView>();
    public static readonly Resource<PolicyNamespaceView> PolicyNamespaces = Set.ClusterScoped<PolicyNamespaceView>();
    public static readonly Resource<IngressView> Ingresses = Set.Namespaced<IngressView>();
    public static readonly Resource<IngressClassView> IngressClasses = Set.ClusterScoped<IngressClassView>();
    public static readonly Resource<SecretView> Secrets = Set.Namespaced<SecretView>();
    public static readonly Resource<HostPortPod> HostPortPods = Set.Namespaced<HostPortPod>();
}
