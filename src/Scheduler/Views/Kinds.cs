using System.Text.Json.Serialization;
using Slipway.Api.Nodes;
using Slipway.Client;

namespace Slipway.Scheduler;

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(PodView))]
[JsonSerializable(typeof(NodeView))]
[JsonSerializable(typeof(NamespaceView))]
[JsonSerializable(typeof(BudgetView))]
[JsonSerializable(typeof(ClaimView))]
[JsonSerializable(typeof(VolumeView))]
[JsonSerializable(typeof(StorageClassView))]
[JsonSerializable(typeof(PodGroupView))]
[JsonSerializable(typeof(DeviceClaimView))]
[JsonSerializable(typeof(DeviceClassView))]
[JsonSerializable(typeof(DeviceSliceView))]
[JsonSerializable(typeof(DeviceTaintRuleView))]
[JsonSerializable(typeof(List<Toleration>))]
[JsonSerializable(typeof(NodeSelectorTerm))]
internal sealed partial class SchedulerJson : JsonSerializerContext;

internal static class Kinds
{
    public static readonly KindSet Set = new(SchedulerJson.Default);
    public static readonly Resource<PodView> Pods = Set.Namespaced<PodView>();
    public static readonly Resource<NodeView> Nodes = Set.ClusterScoped<NodeView>();
    public static readonly Resource<NamespaceView> Namespaces = Set.ClusterScoped<NamespaceView>();
    public static readonly Resource<ClaimView> Claims = Set.Namespaced<ClaimView>();
    public static readonly Resource<VolumeView> Volumes = Set.ClusterScoped<VolumeView>();
    public static readonly Resource<StorageClassView> StorageClasses = Set.ClusterScoped<StorageClassView>();
    public static readonly Resource<PodGroupView> PodGroups = Set.Namespaced<PodGroupView>();
    public static readonly Resource<BudgetView> Budgets = Set.Namespaced<BudgetView>();
    public static readonly Resource<DeviceClaimView> DeviceClaims = Set.Namespaced<DeviceClaimView>();
    public static readonly Resource<DeviceClassView> DeviceClasses = Set.ClusterScoped<DeviceClassView>();
    public static readonly Resource<DeviceSliceView> DeviceSlices = Set.ClusterScoped<DeviceSliceView>();
    public static readonly Resource<DeviceTaintRuleView> DeviceTaintRules = Set.ClusterScoped<DeviceTaintRuleView>();
}
