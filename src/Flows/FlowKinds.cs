using System.Text.Json.Serialization;
using k8s.Models;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(Flow))]
[JsonSerializable(typeof(FlowRun))]
[JsonSerializable(typeof(FlowBackfill))]
[JsonSerializable(typeof(V1Pod))]
internal sealed partial class FlowKindsJson : JsonSerializerContext;

/// <summary>The kinds that flows are made of.</summary>
public static class FlowKinds
{
    private static readonly KindSet Set = new(FlowKindsJson.Default);

    /// <summary>Definitions.</summary>
    public static readonly Resource<Flow> Flows = Set.Namespaced<Flow>();

    /// <summary>Executions.</summary>
    public static readonly Resource<FlowRun> Runs = Set.Namespaced<FlowRun>();

    /// <summary>Executions for times in the past.</summary>
    public static readonly Resource<FlowBackfill> Backfills = Set.Namespaced<FlowBackfill>();

    /// <summary>Pods of tasks.</summary>
    public static readonly Resource<V1Pod> Pods = Set.Namespaced<V1Pod>();
}
