namespace Slipway.Api.Schemas;

/// <summary>
/// The facts of the built-in kinds that no schema states: scope, short names, categories, verbs, subresources, selectable
/// fields, and whether <c>metadata.generation</c> counts. Serving another kind is a matter of a row here.
/// </summary>
internal static class BuiltInKindsTable
{
    private static readonly string[] Status = ["status"];
    private static readonly string[] ScaleAndStatus = ["scale", "status"];
    private static readonly string[] All = ["all"];
    private static readonly string[] ApiExtensions = ["api-extensions"];
    private static readonly string[] CreateOnly = ["create"];
    private static readonly string[] ReadOnly = ["get", "list"];

    /// <summary>The kinds, the groups in the order of discovery, the preferred version of a group first. Schemas are not set.</summary>
    public static IEnumerable<ResourceType> Rows { get; } =
    [
        .. In("", "v1",
            Namespaced("Binding", "bindings") with { Verbs = CreateOnly },
            Cluster("ComponentStatus", "componentstatuses", "cs") with { Verbs = ReadOnly, DeprecationWarning = "v1 ComponentStatus is deprecated in v1.19+" },
            Namespaced("ConfigMap", "configmaps", "cm"),
            Namespaced("Endpoints", "endpoints", "ep") with { DeprecationWarning = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice" },
            Namespaced("Event", "events", "ev") with
            {
                SelectableFields =
                [
                    "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
                    "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
                ],
                FieldPaths = new Dictionary<string, string[]> { ["source"] = ["source.component", "reportingComponent"] },
            },
            Namespaced("LimitRange", "limitranges", "limits"),
            Cluster("Namespace", "namespaces", "ns") with
            {
                // A collection of namespaces cannot be deleted at once, upstream neither.
                Verbs = ["create", "delete", "get", "list", "patch", "update", "watch"],
                Subresources = ["finalize", "status"],
                SelectableFields = ["status.phase"],
            },
            Cluster("Node", "nodes", "no") with { Subresources = ["proxy", "status"], SelectableFields = ["spec.unschedulable"] },
            Namespaced("PersistentVolumeClaim", "persistentvolumeclaims", "pvc") with { Subresources = Status },
            Cluster("PersistentVolume", "persistentvolumes", "pv") with { Subresources = Status },
            Namespaced("Pod", "pods", "po") with
            {
                Categories = All,
                HasGeneration = true,
                Subresources = ["attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "proxy", "resize", "status"],
                SelectableFields =
                [
                    "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
                    "status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName",
                ],
            },
            Namespaced("PodTemplate", "podtemplates") with { HasGeneration = true },
            Namespaced("ReplicationController", "replicationcontrollers", "rc") with
            {
                Categories = All, HasGeneration = true, Subresources = ScaleAndStatus, Scale = ScalePaths.Workload, SelectableFields = ["status.replicas"],
            },
            Namespaced("ResourceQuota", "resourcequotas", "quota") with { Subresources = Status },
            Namespaced("Secret", "secrets") with { SelectableFields = ["type"] },
            Namespaced("ServiceAccount", "serviceaccounts", "sa") with { Subresources = ["token"] },
            Namespaced("Service", "services", "svc") with
            {
                Categories = All, Subresources = ["proxy", "status"], SelectableFields = ["spec.clusterIP", "spec.type"],
            }),
        .. In("apiregistration.k8s.io", "v1",
            Cluster("APIService", "apiservices") with { Categories = ApiExtensions, Subresources = Status }),
        .. In("apps", "v1",
            Namespaced("ControllerRevision", "controllerrevisions"),
            Namespaced("DaemonSet", "daemonsets", "ds") with { Categories = All, HasGeneration = true, Subresources = Status },
            Namespaced("Deployment", "deployments", "deploy") with { Categories = All, HasGeneration = true, Subresources = ScaleAndStatus, Scale = ScalePaths.Workload },
            Namespaced("ReplicaSet", "replicasets", "rs") with
            {
                Categories = All, HasGeneration = true, Subresources = ScaleAndStatus, Scale = ScalePaths.Workload,
            },
            Namespaced("StatefulSet", "statefulsets", "sts") with { Categories = All, HasGeneration = true, Subresources = ScaleAndStatus, Scale = ScalePaths.Workload }),
        .. In("events.k8s.io", "v1",
            Namespaced("Event", "events", "ev") with
            {
                SelectableFields =
                [
                    "regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid", "regarding.apiVersion",
                    "regarding.resourceVersion", "regarding.fieldPath", "reason", "reportingController", "type",
                ],
            }),
        .. In("authentication.k8s.io", "v1",
            Cluster("SelfSubjectReview", "selfsubjectreviews") with { Verbs = CreateOnly },
            Cluster("TokenReview", "tokenreviews") with { Verbs = CreateOnly }),
        .. In("authorization.k8s.io", "v1",
            Namespaced("LocalSubjectAccessReview", "localsubjectaccessreviews") with { Verbs = CreateOnly },
            Cluster("SelfSubjectAccessReview", "selfsubjectaccessreviews") with { Verbs = CreateOnly },
            Cluster("SelfSubjectRulesReview", "selfsubjectrulesreviews") with { Verbs = CreateOnly },
            Cluster("SubjectAccessReview", "subjectaccessreviews") with { Verbs = CreateOnly }),
        .. In("autoscaling", "v2",
            Namespaced("HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa") with { Categories = All, HasGeneration = true, Subresources = Status }),
        .. In("autoscaling", "v1",
            Namespaced("HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa") with { Categories = All, HasGeneration = true, Subresources = Status }),
        .. In("batch", "v1",
            Namespaced("CronJob", "cronjobs", "cj") with
            {
                Categories = All, HasGeneration = true, Subresources = Status, SelectableFields = ["status.successful"],
            },
            Namespaced("Job", "jobs") with { Categories = All, HasGeneration = true, Subresources = Status, SelectableFields = ["status.successful"] }),
        .. In("certificates.k8s.io", "v1",
            Cluster("CertificateSigningRequest", "certificatesigningrequests", "csr") with
            {
                Subresources = ["approval", "status"], SelectableFields = ["spec.signerName"],
            },
            Cluster("ClusterTrustBundle", "clustertrustbundles") with { SelectableFields = ["spec.signerName"] },
            Namespaced("PodCertificateRequest", "podcertificaterequests") with
            {
                Subresources = Status, SelectableFields = ["spec.signerName", "spec.podName", "spec.nodeName"],
            }),
        .. In("networking.k8s.io", "v1",
            Cluster("IngressClass", "ingressclasses") with { HasGeneration = true },
            Namespaced("Ingress", "ingresses", "ing") with { HasGeneration = true, Subresources = Status },
            Cluster("IPAddress", "ipaddresses", "ip"),
            Namespaced("NetworkPolicy", "networkpolicies", "netpol") with { HasGeneration = true },
            Cluster("ServiceCIDR", "servicecidrs") with { Subresources = Status }),
        .. In("policy", "v1",
            Namespaced("PodDisruptionBudget", "poddisruptionbudgets", "pdb") with { HasGeneration = true, Subresources = Status }),
        .. In("rbac.authorization.k8s.io", "v1",
            Cluster("ClusterRoleBinding", "clusterrolebindings"),
            Cluster("ClusterRole", "clusterroles"),
            Namespaced("RoleBinding", "rolebindings"),
            Namespaced("Role", "roles")),
        .. In("storage.k8s.io", "v1",
            Cluster("CSIDriver", "csidrivers") with { HasGeneration = true },
            Cluster("CSINode", "csinodes") with { Subresources = Status },
            Namespaced("CSIStorageCapacity", "csistoragecapacities"),
            Cluster("StorageClass", "storageclasses", "sc"),
            Cluster("VolumeAttachment", "volumeattachments") with { Subresources = Status },
            Cluster("VolumeAttributesClass", "volumeattributesclasses", "vac")),
        .. In("admissionregistration.k8s.io", "v1",
            Cluster("MutatingAdmissionPolicy", "mutatingadmissionpolicies") with { Categories = ApiExtensions, HasGeneration = true },
            Cluster("MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings") with { Categories = ApiExtensions, HasGeneration = true },
            Cluster("MutatingWebhookConfiguration", "mutatingwebhookconfigurations") with { Categories = ApiExtensions, HasGeneration = true },
            Cluster("ValidatingAdmissionPolicy", "validatingadmissionpolicies") with { Categories = ApiExtensions, HasGeneration = true, Subresources = Status },
            Cluster("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings") with { Categories = ApiExtensions, HasGeneration = true },
            Cluster("ValidatingWebhookConfiguration", "validatingwebhookconfigurations") with { Categories = ApiExtensions, HasGeneration = true }),
        .. In("apiextensions.k8s.io", "v1",
            Cluster("CustomResourceDefinition", "customresourcedefinitions", "crd", "crds") with
            {
                Categories = ApiExtensions, HasGeneration = true, Subresources = Status,
            }),
        .. In("scheduling.k8s.io", "v1",
            Cluster("PriorityClass", "priorityclasses", "pc") with { HasGeneration = true }),
        .. In("coordination.k8s.io", "v1",
            Namespaced("Lease", "leases")),
        .. In("node.k8s.io", "v1",
            Cluster("RuntimeClass", "runtimeclasses")),
        .. In("discovery.k8s.io", "v1",
            Namespaced("EndpointSlice", "endpointslices") with { HasGeneration = true }),
        .. In("resource.k8s.io", "v1",
            Cluster("DeviceClass", "deviceclasses") with { HasGeneration = true },
            Cluster("DeviceTaintRule", "devicetaintrules") with { HasGeneration = true, Subresources = Status },
            Namespaced("ResourceClaim", "resourceclaims") with { Subresources = Status },
            Namespaced("ResourceClaimTemplate", "resourceclaimtemplates"),
            Cluster("ResourceSlice", "resourceslices") with { HasGeneration = true, SelectableFields = ["spec.nodeName", "spec.driver"] }),
        .. In("flowcontrol.apiserver.k8s.io", "v1",
            Cluster("FlowSchema", "flowschemas") with { HasGeneration = true, Subresources = Status },
            Cluster("PriorityLevelConfiguration", "prioritylevelconfigurations") with { HasGeneration = true, Subresources = Status }),
        .. In("storagemigration.k8s.io", "v1",
            Cluster("StorageVersionMigration", "storageversionmigrations") with { Subresources = Status }),
        .. In("metrics.k8s.io", "v1beta1",
            Cluster("NodeMetrics", "nodes") with { Verbs = ReadOnly, HasProtobuf = false },
            Namespaced("PodMetrics", "pods") with { Verbs = ReadOnly, HasProtobuf = false }),
    ];

    private static IEnumerable<ResourceType> In(string group, string version, params ResourceType[] kinds) =>
        kinds.Select(k => k with { Group = group, Version = version });

    private static ResourceType Namespaced(string kind, string plural, params string[] shortNames) => new()
    {
        Group = "",
        Version = "",
        Plural = plural,
        Kind = kind,
        Singular = kind.ToLowerInvariant(),
        Namespaced = true,
        ShortNames = shortNames,
    };

    private static ResourceType Cluster(string kind, string plural, params string[] shortNames) =>
        Namespaced(kind, plural, shortNames) with { Namespaced = false };
}
