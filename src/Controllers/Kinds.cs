using System.Text.Json.Serialization;
using k8s.Models;
using Slipway.Api.Nodes;
using Slipway.Client;

namespace Slipway.Controllers;

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(OwnedObject))]
[JsonSerializable(typeof(List<string>))]
[JsonSerializable(typeof(List<V1OwnerReference>))]
[JsonSerializable(typeof(NamespaceView))]
[JsonSerializable(typeof(ClusterRoleView))]
[JsonSerializable(typeof(MigrationView))]
[JsonSerializable(typeof(QuotaView))]
[JsonSerializable(typeof(JobView))]
[JsonSerializable(typeof(PodView))]
[JsonSerializable(typeof(ReplicaSetView))]
[JsonSerializable(typeof(ServiceView))]
[JsonSerializable(typeof(EndpointSliceView))]
[JsonSerializable(typeof(EndpointsView))]
[JsonSerializable(typeof(DeploymentView))]
[JsonSerializable(typeof(DaemonSetView))]
[JsonSerializable(typeof(LeaseView))]
[JsonSerializable(typeof(ServiceAddressView))]
[JsonSerializable(typeof(ServiceRangeView))]
[JsonSerializable(typeof(CertificateRequestView))]
[JsonSerializable(typeof(NodeCondition))]
[JsonSerializable(typeof(Taint))]
[JsonSerializable(typeof(BudgetView))]
[JsonSerializable(typeof(CronJobView))]
[JsonSerializable(typeof(AutoscalerView))]
[JsonSerializable(typeof(ScaledPodView))]
[JsonSerializable(typeof(StatefulSetView))]
[JsonSerializable(typeof(ClaimView))]
[JsonSerializable(typeof(VolumeView))]
[JsonSerializable(typeof(StorageClassView))]
[JsonSerializable(typeof(DeviceClaimView))]
[JsonSerializable(typeof(DeviceClaimTemplateView))]
[JsonSerializable(typeof(DeviceSliceView))]
[JsonSerializable(typeof(DeviceTaintRuleView))]
[JsonSerializable(typeof(ControllerRevisionView))]
[JsonSerializable(typeof(NodeView))]
[JsonSerializable(typeof(Toleration))]
[JsonSerializable(typeof(NodeSelector))]
[JsonSerializable(typeof(V1OwnerReference))]
[JsonSerializable(typeof(V1ServiceAccount))]
[JsonSerializable(typeof(V1ConfigMap))]
[JsonSerializable(typeof(ResourceList))]
[JsonSerializable(typeof(GroupList))]
internal sealed partial class ControllersJson : JsonSerializerContext;

/// <summary>The kinds that the controllers read and write.</summary>
internal static class Kinds
{
    public static readonly KindSet Set = new(ControllersJson.Default);
    public static readonly Resource<NamespaceView> Namespaces = Set.ClusterScoped<NamespaceView>();
    public static readonly Resource<ClusterRoleView> ClusterRoles = Set.ClusterScoped<ClusterRoleView>();
    public static readonly Resource<MigrationView> StorageVersionMigrations = Set.ClusterScoped<MigrationView>();
    public static readonly Resource<JobView> Jobs = Set.Namespaced<JobView>();
    public static readonly Resource<ReplicaSetView> ReplicaSets = Set.Namespaced<ReplicaSetView>();
    public static readonly Resource<ReplicaSetView> ReplicationControllers = new("", "v1", "replicationcontrollers", "ReplicationController", Namespaced: true, Set.Type<ReplicaSetView>());
    public static readonly Resource<DeploymentView> Deployments = Set.Namespaced<DeploymentView>();
    public static readonly Resource<DaemonSetView> DaemonSets = Set.Namespaced<DaemonSetView>();
    public static readonly Resource<ControllerRevisionView> ControllerRevisions = Set.Namespaced<ControllerRevisionView>();
    public static readonly Resource<NodeView> Nodes = Set.ClusterScoped<NodeView>();
    public static readonly Resource<StatefulSetView> StatefulSets = Set.Namespaced<StatefulSetView>();
    public static readonly Resource<ClaimView> Claims = Set.Namespaced<ClaimView>();
    public static readonly Resource<VolumeView> Volumes = Set.ClusterScoped<VolumeView>();
    public static readonly Resource<StorageClassView> StorageClasses = Set.ClusterScoped<StorageClassView>();
    public static readonly Resource<DeviceClaimView> DeviceClaims = Set.Namespaced<DeviceClaimView>();
    public static readonly Resource<DeviceClaimTemplateView> DeviceClaimTemplates = Set.Namespaced<DeviceClaimTemplateView>();
    public static readonly Resource<DeviceSliceView> DeviceSlices = Set.ClusterScoped<DeviceSliceView>();
    public static readonly Resource<DeviceTaintRuleView> DeviceTaintRules = Set.ClusterScoped<DeviceTaintRuleView>();
    public static readonly Resource<CronJobView> CronJobs = Set.Namespaced<CronJobView>();
    public static readonly Resource<AutoscalerView> Autoscalers = Set.Namespaced<AutoscalerView>();
    public static readonly Resource<ScaledPodView> ScaledPods = Set.Namespaced<ScaledPodView>();
    public static readonly Resource<BudgetView> Budgets = Set.Namespaced<BudgetView>();
    public static readonly Resource<CertificateRequestView> CertificateRequests = Set.ClusterScoped<CertificateRequestView>();
    public static readonly Resource<ServiceAddressView> ServiceAddresses = Set.ClusterScoped<ServiceAddressView>();
    public static readonly Resource<ServiceRangeView> ServiceRanges = Set.ClusterScoped<ServiceRangeView>();
    public static readonly Resource<LeaseView> Leases = Set.Namespaced<LeaseView>();
    public static readonly Resource<PodView> Pods = Set.Namespaced<PodView>();
    public static readonly Resource<ServiceView> Services = Set.Namespaced<ServiceView>();
    public static readonly Resource<EndpointSliceView> EndpointSlices = Set.Namespaced<EndpointSliceView>();
    public static readonly Resource<EndpointsView> Endpoints = Set.Namespaced<EndpointsView>();
    public static readonly Resource<QuotaView> Quotas = Set.Namespaced<QuotaView>();
    public static readonly Resource<V1ServiceAccount> ServiceAccounts = Set.Namespaced<V1ServiceAccount>();
    public static readonly Resource<V1ConfigMap> ConfigMaps = Set.Namespaced<V1ConfigMap>();

    public static readonly Resource<PartialObjectMetadata> CustomResourceDefinitions =
        PartialObjectMetadata.ResourceOf("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", namespaced: false);
}
