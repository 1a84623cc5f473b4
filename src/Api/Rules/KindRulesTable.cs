using System.Collections.Frozen;
using Slipway.Api.Kinds;
using Slipway.Api.Rules.Access;
using Slipway.Api.Rules.Admission;
using Slipway.Api.Rules.Cluster;
using Slipway.Api.Rules.Definitions;
using Slipway.Api.Rules.Devices;
using Slipway.Api.Rules.Jobs;
using Slipway.Api.Rules.Networking;
using Slipway.Api.Rules.Pods;
using Slipway.Api.Rules.Storage;
using Slipway.Api.Rules.Workloads;

namespace Slipway.Api.Rules;

/// <summary>The rules of the kinds that have rules of their own.</summary>
internal static class KindRulesTable
{
    private static readonly FrozenDictionary<(string Group, string Kind), KindRules> Own = new Dictionary<(string, string), KindRules>
    {
        [("", "ConfigMap")] = new ConfigMapRules(),
        [("", "Endpoints")] = new EndpointsRules(),
        [("", "Event")] = new EventRules("involvedObject"),
        [("", "LimitRange")] = new LimitRangeRules(),
        [("", "Namespace")] = new NamespaceRules(),
        [("", "Node")] = new NodeRules(),
        [("", "PersistentVolume")] = new PersistentVolumeRules(),
        [("", "PersistentVolumeClaim")] = new ClaimRules(),
        [("", "Pod")] = new PodRules(),
        [("", "PodTemplate")] = new PodTemplateKindRules(),
        [("", "ReplicationController")] = new ReplicationControllerRules(),
        [("", "ResourceQuota")] = new ResourceQuotaRules(),
        [("", "Secret")] = new SecretRules(),
        [("", "Service")] = new ServiceRules(),
        [("", "ServiceAccount")] = new ServiceAccountRules(),
        [("admissionregistration.k8s.io", "MutatingAdmissionPolicy")] = new AdmissionPolicyRules(mutating: true),
        [("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding")] = new AdmissionPolicyBindingRules(mutating: true),
        [("admissionregistration.k8s.io", "MutatingWebhookConfiguration")] = new WebhookConfigurationRules(mutating: true),
        [("admissionregistration.k8s.io", "ValidatingAdmissionPolicy")] = new AdmissionPolicyRules(mutating: false),
        [("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding")] = new AdmissionPolicyBindingRules(mutating: false),
        [("admissionregistration.k8s.io", "ValidatingWebhookConfiguration")] = new WebhookConfigurationRules(mutating: false),
        [("apiextensions.k8s.io", "CustomResourceDefinition")] = new DefinitionRules(),
        [("apiregistration.k8s.io", "APIService")] = new ApiServiceRules(),
        [("apps", "ControllerRevision")] = new ControllerRevisionRules(),
        [("apps", "DaemonSet")] = new DaemonSetRules(),
        [("apps", "Deployment")] = new DeploymentRules(),
        [("apps", "ReplicaSet")] = new ReplicaSetRules(),
        [("apps", "StatefulSet")] = new StatefulSetRules(),
        [("autoscaling", "HorizontalPodAutoscaler")] = new AutoscalerRules(),
        [("batch", "CronJob")] = new CronJobRules(),
        [("batch", "Job")] = new JobRules(),
        [("certificates.k8s.io", "CertificateSigningRequest")] = new CertificateRequestRules(),
        [("certificates.k8s.io", "ClusterTrustBundle")] = new TrustBundleRules(),
        [("certificates.k8s.io", "PodCertificateRequest")] = new PodCertificateRequestRules(),
        [("coordination.k8s.io", "Lease")] = new LeaseRules(),
        [("discovery.k8s.io", "EndpointSlice")] = new EndpointSliceRules(),
        [("events.k8s.io", "Event")] = new EventRules("regarding"),
        [("flowcontrol.apiserver.k8s.io", "FlowSchema")] = new FlowSchemaRules(),
        [("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration")] = new PriorityLevelRules(),
        [("networking.k8s.io", "IPAddress")] = new AddressRules(),
        [("networking.k8s.io", "Ingress")] = new IngressRules(),
        [("networking.k8s.io", "IngressClass")] = new IngressClassRules(),
        [("networking.k8s.io", "NetworkPolicy")] = new NetworkPolicyRules(),
        [("networking.k8s.io", "ServiceCIDR")] = new ServiceRangeRules(),
        [("node.k8s.io", "RuntimeClass")] = new RuntimeClassRules(),
        [("policy", "PodDisruptionBudget")] = new DisruptionBudgetRules(),
        [("rbac.authorization.k8s.io", "ClusterRole")] = new RoleRules(namespaced: false),
        [("rbac.authorization.k8s.io", "ClusterRoleBinding")] = new RoleBindingRules(namespaced: false),
        [("rbac.authorization.k8s.io", "Role")] = new RoleRules(namespaced: true),
        [("rbac.authorization.k8s.io", "RoleBinding")] = new RoleBindingRules(namespaced: true),
        [("resource.k8s.io", "DeviceClass")] = new DeviceClassRules(),
        [("resource.k8s.io", "DeviceTaintRule")] = new DeviceTaintRuleRules(),
        [("resource.k8s.io", "ResourceClaim")] = new ResourceClaimRules(),
        [("resource.k8s.io", "ResourceClaimTemplate")] = new ResourceClaimTemplateRules(),
        [("resource.k8s.io", "ResourceSlice")] = new ResourceSliceRules(),
        [("scheduling.k8s.io", "PriorityClass")] = new PriorityClassRules(),
        [("storage.k8s.io", "CSIDriver")] = new CsiDriverRules(),
        [("storage.k8s.io", "CSINode")] = new CsiNodeRules(),
        [("storage.k8s.io", "CSIStorageCapacity")] = new CsiStorageCapacityRules(),
        [("storage.k8s.io", "StorageClass")] = new StorageClassRules(),
        [("storage.k8s.io", "VolumeAttachment")] = new VolumeAttachmentRules(),
        [("storage.k8s.io", "VolumeAttributesClass")] = new VolumeAttributesClassRules(),
        [("storagemigration.k8s.io", "StorageVersionMigration")] = new StorageVersionMigrationRules(),
    }.ToFrozenDictionary();

    /// <summary>The rules of a kind; null if it has none of its own.</summary>
    public static KindRules? Find(string group, string version, string kind) => Own.GetValueOrDefault((group, kind));

    public static KindRules Custom(string group, string kind, bool namespaced, bool hasStatus)
    {
        var (validate, validateUpdate) = group == CustomKindAttribute.Group ? OwnKindRules.Of(kind) : default;
        return new CustomResourceRules(namespaced, hasStatus, validate, validateUpdate);
    }
}
