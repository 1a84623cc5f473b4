using System.Text.Json.Serialization;
using k8s.Models;
using Slipway.Client;
using Slipway.Node.Devices;
using Slipway.Node.Pods;
using Slipway.Node.Volumes;
using Slipway.Node.Volumes.LocalPaths;

namespace Slipway.Node;

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(V1Pod))]
[JsonSerializable(typeof(V1Node))]
[JsonSerializable(typeof(V1Lease))]
[JsonSerializable(typeof(V1CSINode))]
[JsonSerializable(typeof(V1ConfigMap))]
[JsonSerializable(typeof(V1Secret))]
[JsonSerializable(typeof(V1RuntimeClass))]
[JsonSerializable(typeof(LinkedService))]
[JsonSerializable(typeof(StorageClaim))]
[JsonSerializable(typeof(StorageVolume))]
[JsonSerializable(typeof(StorageClassView))]
[JsonSerializable(typeof(DeviceClaim))]
[JsonSerializable(typeof(List<PreparedClaim>))]
internal sealed partial class NodeJson : JsonSerializerContext;

/// <summary>The kinds that the node reads and writes.</summary>
internal static class NodeKinds
{
    public static readonly KindSet Set = new(NodeJson.Default);
    public static readonly Resource<V1Pod> Pods = Set.Namespaced<V1Pod>();
    public static readonly Resource<V1Node> Nodes = Set.ClusterScoped<V1Node>();
    public static readonly Resource<V1Lease> Leases = Set.Namespaced<V1Lease>();
    public static readonly Resource<V1CSINode> StorageNodes = Set.ClusterScoped<V1CSINode>();
    public static readonly Resource<V1ConfigMap> ConfigMaps = Set.Namespaced<V1ConfigMap>();
    public static readonly Resource<V1Secret> Secrets = Set.Namespaced<V1Secret>();
    public static readonly Resource<V1RuntimeClass> RuntimeClasses = Set.ClusterScoped<V1RuntimeClass>();
    public static readonly Resource<LinkedService> Services = Set.Namespaced<LinkedService>();
    public static readonly Resource<StorageClaim> StorageClaims = Set.Namespaced<StorageClaim>();
    public static readonly Resource<DeviceClaim> DeviceClaims = Set.Namespaced<DeviceClaim>();
    public static readonly Resource<StorageVolume> StorageVolumes = Set.ClusterScoped<StorageVolume>();
    public static readonly Resource<StorageClassView> StorageClasses = Set.ClusterScoped<StorageClassView>();
}
