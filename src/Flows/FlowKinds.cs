using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using k8s.Models;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(Flow))]
[JsonSerializable(typeof(FlowRun))]
[JsonSerializable(typeof(FlowBackfill))]
[JsonSerializable(typeof(LineageSink))]
[JsonSerializable(typeof(DeclaredArtifactStore))]
[JsonSerializable(typeof(V1Pod))]
[JsonSerializable(typeof(V1PersistentVolumeClaim))]
[JsonSerializable(typeof(V1beta1PodGroup))]
[JsonSerializable(typeof(V1Service))]
[JsonSerializable(typeof(V1Secret))]
[JsonSerializable(typeof(WatchedObject))]
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

    /// <summary>Where events of OpenLineage go.</summary>
    public static readonly Resource<LineageSink> LineageSinks = Set.Namespaced<LineageSink>();

    /// <summary>Where what tasks leave is kept.</summary>
    public static readonly Resource<DeclaredArtifactStore> ArtifactStores = Set.Namespaced<DeclaredArtifactStore>();

    /// <summary>Claims of volumes of runs.</summary>
    public static readonly Resource<V1PersistentVolumeClaim> Claims = Set.Namespaced<V1PersistentVolumeClaim>();

    /// <summary>What places the pods of a task with replicas all or none.</summary>
    public static readonly Resource<V1beta1PodGroup> PodGroups = Set.Namespaced<V1beta1PodGroup>();

    /// <summary>What names them for each other.</summary>
    public static readonly Resource<V1Service> Services = Set.Namespaced<V1Service>();

    /// <summary>Pods of tasks.</summary>
    public static readonly Resource<V1Pod> Pods = Set.Namespaced<V1Pod>();

    /// <summary>What notifications and lineage are posted to and signed with, and what artifact stores are asked with.</summary>
    public static readonly Resource<V1Secret> Secrets = Set.Namespaced<V1Secret>();

    /// <summary>Objects of any kind.</summary>
    internal static readonly JsonTypeInfo<WatchedObject> Any = Set.Type<WatchedObject>();

    /// <summary>Metadata of any object.</summary>
    internal static readonly JsonTypeInfo<V1ObjectMeta> Metadata = Set.Type<V1ObjectMeta>();
}
