using System.Text.Json.Serialization;
using Slipway.Client;

namespace Slipway.Simulation;

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(SimulatedPod))]
[JsonSerializable(typeof(SimulatedNode))]
[JsonSerializable(typeof(SimulatedClaim))]
[JsonSerializable(typeof(SimulatedVolume))]
[JsonSerializable(typeof(SimulatedStorageClass))]
internal sealed partial class SimulationJson : JsonSerializerContext;

internal static class Kinds
{
    private static readonly KindSet Set = new(SimulationJson.Default);
    public static readonly Resource<SimulatedPod> Pods = Set.Namespaced<SimulatedPod>();
    public static readonly Resource<SimulatedNode> Nodes = Set.ClusterScoped<SimulatedNode>();
    public static readonly Resource<SimulatedClaim> Claims = Set.Namespaced<SimulatedClaim>();
    public static readonly Resource<SimulatedVolume> Volumes = Set.ClusterScoped<SimulatedVolume>();
    public static readonly Resource<SimulatedStorageClass> StorageClasses = Set.ClusterScoped<SimulatedStorageClass>();
}
