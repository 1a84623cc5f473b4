using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Slipway.Client.Tests;

/// <summary>A kind of one's own, as Flow is one.</summary>
[KubernetesEntity(Group = "example.dev", Kind = "Gadget", ApiVersion = "v1alpha1", PluralName = "gadgets")]
public sealed class Gadget : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public int MaxSpeed { get; set; }
    public string? Colour { get; set; }
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(V1Pod))]
[JsonSerializable(typeof(V1Job))]
[JsonSerializable(typeof(V1Node))]
[JsonSerializable(typeof(V1Lease))]
[JsonSerializable(typeof(V1ConfigMap))]
[JsonSerializable(typeof(Gadget))]
internal sealed partial class TestJson : JsonSerializerContext;

internal static class Kinds
{
    private static readonly KindSet Set = new(TestJson.Default);
    public static readonly Resource<V1Pod> Pods = Set.Namespaced<V1Pod>();
    public static readonly Resource<V1Job> Jobs = Set.Namespaced<V1Job>();
    public static readonly Resource<V1Node> Nodes = Set.ClusterScoped<V1Node>();
    public static readonly Resource<V1Lease> Leases = Set.Namespaced<V1Lease>();
    public static readonly Resource<V1ConfigMap> ConfigMaps = Set.Namespaced<V1ConfigMap>();
    public static readonly Resource<Gadget> Gadgets = Set.Namespaced<Gadget>();
}
