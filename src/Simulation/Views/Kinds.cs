using System.Text.Json.Serialization;
using Slipway.Client;

namespace Slipway.Simulation;

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(SimulatedPod))]
[JsonSerializable(typeof(SimulatedNode))]
internal sealed partial class SimulationJson : JsonSerializerContext;

internal static class Kinds
{
    private static readonly KindSet Set = new(SimulationJson.Default);
    public static readonly Resource<SimulatedPod> Pods = Set.Namespaced<SimulatedPod>();
    public static readonly Resource<SimulatedNode> Nodes = Set.ClusterScoped<SimulatedNode>();
}
