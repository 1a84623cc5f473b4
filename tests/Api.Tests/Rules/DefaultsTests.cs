using Slipway.Api.Rules;

namespace Slipway.Api.Tests.Rules;

/// <summary>What each kind is completed with, beyond what its schema says.</summary>
public sealed class DefaultsTests
{
    private const string Template = """{"spec":{"restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","schedulerName":"default-scheduler","securityContext":{}}}""";

    [Theory]
    [InlineData("apps", "Deployment", "{}", """{"spec":{"replicas":1,"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":"25%","maxSurge":"25%"}},"revisionHistoryLimit":10,"progressDeadlineSeconds":600,"template":TEMPLATE}}""")]
    [InlineData("apps", "Deployment", "spec: {replicas: 0, strategy: {type: Recreate}}", """{"spec":{"replicas":0,"strategy":{"type":"Recreate"},"revisionHistoryLimit":10,"progressDeadlineSeconds":600,"template":TEMPLATE}}""")]
    [InlineData("apps", "ReplicaSet", "{}", """{"spec":{"replicas":1,"template":TEMPLATE}}""")]
    [InlineData("apps", "DaemonSet", "{}", """{"spec":{"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":1,"maxSurge":0}},"revisionHistoryLimit":10,"template":TEMPLATE}}""")]
    [InlineData("apps", "StatefulSet", "spec: {volumeClaimTemplates: [{metadata: {name: c}}]}", """{"spec":{"podManagementPolicy":"OrderedReady","updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":0}},"persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Retain","whenScaled":"Retain"},"replicas":1,"revisionHistoryLimit":10,"template":TEMPLATE,"volumeClaimTemplates":[{"metadata":{"name":"c"},"apiVersion":"v1","kind":"PersistentVolumeClaim","spec":{"volumeMode":"Filesystem"},"status":{"phase":"Pending"}}]}}""")]
    [InlineData("apps", "StatefulSet", "spec: {updateStrategy: {type: OnDelete}}", """{"spec":{"podManagementPolicy":"OrderedReady","updateStrategy":{"type":"OnDelete"},"persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Retain","whenScaled":"Retain"},"replicas":1,"revisionHistoryLimit":10,"template":TEMPLATE}}""")]
    [InlineData("", "ReplicationController", "spec: {template: {metadata: {labels: {a: b}}, spec: {restartPolicy: Always, terminationGracePeriodSeconds: 30, dnsPolicy: ClusterFirst, schedulerName: default-scheduler, securityContext: {}}}}", """{"metadata":{"labels":{"a":"b"}},"spec":{"replicas":1,"selector":{"a":"b"},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","schedulerName":"default-scheduler","securityContext":{}}}}}""")]
    [InlineData("batch", "CronJob", "{}", """{"spec":{"concurrencyPolicy":"Allow","suspend":false,"successfulJobsHistoryLimit":3,"failedJobsHistoryLimit":1,"jobTemplate":{"spec":{"template":TEMPLATE}}}}""")]
    [InlineData("", "Service", "spec: {ports: [{port: 80}, {port: 81, targetPort: web}]}", """{"spec":{"type":"ClusterIP","sessionAffinity":"None","internalTrafficPolicy":"Cluster","ports":[{"port":80,"protocol":"TCP","targetPort":80},{"port":81,"targetPort":"web","protocol":"TCP"}]}}""")]
    [InlineData("", "Service", "spec: {type: LoadBalancer, sessionAffinity: ClientIP}", """{"spec":{"type":"LoadBalancer","sessionAffinity":"ClientIP","sessionAffinityConfig":{"clientIP":{"timeoutSeconds":10800}},"externalTrafficPolicy":"Cluster","internalTrafficPolicy":"Cluster","allocateLoadBalancerNodePorts":true}}""")]
    [InlineData("", "Service", "spec: {type: ExternalName, externalName: a.b}", """{"spec":{"type":"ExternalName","externalName":"a.b","sessionAffinity":"None"}}""")]
    [InlineData("", "PersistentVolume", "spec: {hostPath: {path: /x}}", """{"spec":{"hostPath":{"path":"/x","type":""},"persistentVolumeReclaimPolicy":"Retain","volumeMode":"Filesystem"}}""")]
    [InlineData("", "PersistentVolumeClaim", "spec: {dataSource: {kind: PersistentVolumeClaim, name: a}}", """{"spec":{"volumeMode":"Filesystem","dataSource":{"kind":"PersistentVolumeClaim","name":"a"},"dataSourceRef":{"kind":"PersistentVolumeClaim","name":"a"}}}""")]
    [InlineData("", "LimitRange", "spec: {limits: [{type: Container, max: {cpu: '2'}, min: {memory: 1Mi}}, {type: Pod, max: {cpu: '4'}}]}", """{"spec":{"limits":[{"type":"Container","max":{"cpu":"2"},"min":{"memory":"1Mi"},"default":{"cpu":"2"},"defaultRequest":{"cpu":"2","memory":"1Mi"}},{"type":"Pod","max":{"cpu":"4"}}]}}""")]
    [InlineData("", "Node", "status: {capacity: {cpu: '2'}}", """{"status":{"capacity":{"cpu":"2"},"allocatable":{"cpu":"2"}}}""")]
    [InlineData("storage.k8s.io", "StorageClass", "provisioner: a", """{"provisioner":"a","reclaimPolicy":"Delete","volumeBindingMode":"Immediate"}""")]
    [InlineData("storage.k8s.io", "CSIDriver", "{}", """{"spec":{"attachRequired":true,"podInfoOnMount":false,"storageCapacity":false,"requiresRepublish":false,"seLinuxMount":false,"fsGroupPolicy":"ReadWriteOnceWithFSType","volumeLifecycleModes":["Persistent"]}}""")]
    [InlineData("autoscaling", "HorizontalPodAutoscaler", "apiVersion: autoscaling/v2\nspec: {maxReplicas: 3, behavior: {scaleUp: {selectPolicy: Min}}}", """{"apiVersion":"autoscaling/v2","spec":{"maxReplicas":3,"minReplicas":1,"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":80}}}],"behavior":{"scaleUp":{"selectPolicy":"Min","stabilizationWindowSeconds":0,"policies":[{"type":"Pods","value":4,"periodSeconds":15},{"type":"Percent","value":100,"periodSeconds":15}]},"scaleDown":{"selectPolicy":"Max","policies":[{"type":"Percent","value":100,"periodSeconds":15}]}}}}""")]
    [InlineData("autoscaling", "HorizontalPodAutoscaler", "apiVersion: autoscaling/v1\nspec: {maxReplicas: 3}", """{"apiVersion":"autoscaling/v1","spec":{"maxReplicas":3,"minReplicas":1}}""")]
    [InlineData("networking.k8s.io", "NetworkPolicy", "spec: {egress: [{ports: [{port: 53}]}]}", """{"spec":{"egress":[{"ports":[{"port":53,"protocol":"TCP"}]}],"policyTypes":["Ingress","Egress"]}}""")]
    [InlineData("networking.k8s.io", "IngressClass", "spec: {controller: a.b/c, parameters: {kind: K, name: n}}", """{"spec":{"controller":"a.b/c","parameters":{"kind":"K","name":"n","scope":"Cluster"}}}""")]
    [InlineData("discovery.k8s.io", "EndpointSlice", "ports: [{port: 80}]", """{"ports":[{"port":80,"name":"","protocol":"TCP"}]}""")]
    [InlineData("rbac.authorization.k8s.io", "RoleBinding", "roleRef: {kind: Role, name: r}\nsubjects: [{kind: User, name: u}, {kind: ServiceAccount, name: s}]", """{"roleRef":{"kind":"Role","name":"r","apiGroup":"rbac.authorization.k8s.io"},"subjects":[{"kind":"User","name":"u","apiGroup":"rbac.authorization.k8s.io"},{"kind":"ServiceAccount","name":"s"}]}""")]
    [InlineData("admissionregistration.k8s.io", "MutatingWebhookConfiguration", "webhooks: [{name: a, clientConfig: {service: {name: s, namespace: n}}, rules: [{operations: ['*']}]}]", """{"webhooks":[{"name":"a","clientConfig":{"service":{"name":"s","namespace":"n","port":443}},"rules":[{"operations":["*"],"scope":"*"}],"failurePolicy":"Fail","matchPolicy":"Equivalent","namespaceSelector":{},"objectSelector":{},"timeoutSeconds":10,"reinvocationPolicy":"Never"}]}""")]
    [InlineData("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "spec: {matchConstraints: {resourceRules: [{operations: ['*']}]}}", """{"spec":{"failurePolicy":"Fail","matchConstraints":{"resourceRules":[{"operations":["*"],"scope":"*"}],"matchPolicy":"Equivalent","namespaceSelector":{},"objectSelector":{}}}}""")]
    [InlineData("", "Node", "spec: {podCIDR: 10.0.0.0/24}", """{"spec":{"podCIDR":"10.0.0.0/24","podCIDRs":["10.0.0.0/24"]}}""")]
    [InlineData("", "Node", "spec: {podCIDRs: [10.0.0.0/24, 'fd00::/64']}", """{"spec":{"podCIDRs":["10.0.0.0/24","fd00::/64"],"podCIDR":"10.0.0.0/24"}}""")]
    [InlineData("", "Node", "spec: {podCIDR: 10.0.1.0/24, podCIDRs: [10.0.0.0/24]}", """{"spec":{"podCIDR":"10.0.1.0/24","podCIDRs":["10.0.1.0/24"]}}""")]
    [InlineData("scheduling.k8s.io", "PriorityClass", "value: 1", """{"value":1,"preemptionPolicy":"PreemptLowerPriority"}""")]
    [InlineData("flowcontrol.apiserver.k8s.io", "FlowSchema", "{}", """{"spec":{"matchingPrecedence":1000}}""")]
    [InlineData("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration", "spec: {type: Limited, limited: {limitResponse: {type: Queue, queuing: {}}}}", """{"spec":{"type":"Limited","limited":{"limitResponse":{"type":"Queue","queuing":{"handSize":8,"queues":64,"queueLengthLimit":50}},"nominalConcurrencyShares":30,"lendablePercent":0}}}""")]
    [InlineData("resource.k8s.io", "ResourceClaim", "spec: {devices: {requests: [{name: a, exactly: {deviceClassName: d}}]}}", """{"spec":{"devices":{"requests":[{"name":"a","exactly":{"deviceClassName":"d","allocationMode":"ExactCount","count":1}}]}}}""")]
    [InlineData("", "Pod", "spec: {restartPolicy: Never, terminationGracePeriodSeconds: 1, dnsPolicy: None, schedulerName: s, securityContext: {}, enableServiceLinks: false, containers: [{resources: {requests: {cpu: 100m}}, imagePullPolicy: Never, terminationMessagePath: x, terminationMessagePolicy: File}], resources: {limits: {cpu: '1', memory: 1Gi}}}", """{"spec":{"restartPolicy":"Never","terminationGracePeriodSeconds":1,"dnsPolicy":"None","schedulerName":"s","securityContext":{},"enableServiceLinks":false,"containers":[{"resources":{"requests":{"cpu":"100m"}},"imagePullPolicy":"Never","terminationMessagePath":"x","terminationMessagePolicy":"File"}],"resources":{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"100m","memory":"1Gi"}}}}""")]
    public void EachKindHasItsDefaults(string group, string kind, string yaml, string expected)
    {
        var document = Json.Of(yaml);
        KindRules.For(group, kind).Default(document);
        Json.AssertEqual(expected.Replace("TEMPLATE", Template), document);
        KindRules.For(group, kind).Default(document);
        Json.AssertEqual(expected.Replace("TEMPLATE", Template), document);
    }

    [Theory]
    [InlineData("spec: {type: ClusterIP}", """{"type":"ClusterIP","ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack"}""")]
    [InlineData("spec: {type: ClusterIP, clusterIP: 'fd00::1'}", """{"type":"ClusterIP","clusterIP":"fd00::1","clusterIPs":["fd00::1"],"ipFamilies":["IPv6"],"ipFamilyPolicy":"SingleStack"}""")]
    [InlineData("spec: {type: ClusterIP, clusterIP: None}", """{"type":"ClusterIP","clusterIP":"None","clusterIPs":["None"],"ipFamilies":["IPv4","IPv6"],"ipFamilyPolicy":"RequireDualStack"}""")]
    [InlineData("spec: {type: ClusterIP, clusterIP: None, selector: {a: b}}", """{"type":"ClusterIP","clusterIP":"None","clusterIPs":["None"],"selector":{"a":"b"},"ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack"}""")]
    [InlineData("spec: {type: ExternalName}", """{"type":"ExternalName"}""")]
    public void AServiceGetsItsAddressFamilies(string yaml, string expected)
    {
        var service = Json.Named(yaml);
        KindRules.For("", "Service").PrepareCreate(service);
        Json.AssertEqual(expected, service["spec"]);
        Json.AssertEqual("""{"loadBalancer":{}}""", service["status"]);
    }

    [Theory]
    [InlineData("type: NodePort, clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], ports: [{port: 80, protocol: TCP, nodePort: 30000}]", "type: NodePort, ports: [{port: 80, protocol: TCP}]", """{"type":"NodePort","ports":[{"port":80,"protocol":"TCP","nodePort":30000}],"clusterIP":"10.0.0.1","clusterIPs":["10.0.0.1"],"ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack"}""")]
    [InlineData("type: NodePort, clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], externalTrafficPolicy: Cluster, ports: [{port: 80, protocol: TCP, nodePort: 30000}]", "type: ClusterIP, clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], externalTrafficPolicy: Cluster, ports: [{port: 80, protocol: TCP, nodePort: 30000}]", """{"type":"ClusterIP","clusterIP":"10.0.0.1","clusterIPs":["10.0.0.1"],"ports":[{"port":80,"protocol":"TCP"}],"ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack"}""")]
    [InlineData("type: ClusterIP, clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], ipFamilies: [IPv4], ipFamilyPolicy: SingleStack, internalTrafficPolicy: Cluster", "type: ExternalName, externalName: a.b, clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], ipFamilies: [IPv4], ipFamilyPolicy: SingleStack, internalTrafficPolicy: Cluster", """{"type":"ExternalName","externalName":"a.b"}""")]
    public void AnUpdateOfAServiceKeepsWhatTheClusterGaveAndDropsWhatLostItsMeaning(string before, string after, string expected)
    {
        var (old, updated) = (Json.Named($"spec: {{{before}}}"), Json.Named($"spec: {{{after}}}"));
        KindRules.For("", "Service").PrepareUpdate(old, updated);
        Json.AssertEqual(expected, updated["spec"]);
    }

    [Theory]
    [InlineData("topologySpreadConstraints: [{labelSelector: {}, matchLabelKeys: [app, other]}]", """{"topologySpreadConstraints":[{"labelSelector":{"matchExpressions":[{"key":"app","operator":"In","values":["web"]}]},"matchLabelKeys":["app","other"]}]}""")]
    [InlineData("topologySpreadConstraints: [{matchLabelKeys: [app]}]", """{"topologySpreadConstraints":[{"matchLabelKeys":["app"]}]}""")]
    [InlineData("affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {a: b}}, matchLabelKeys: [app]}]}}", """{"affinity":{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"labelSelector":{"matchLabels":{"a":"b"},"matchExpressions":[{"key":"app","operator":"In","values":["web"]}]},"matchLabelKeys":["app"]}]}}}""")]
    [InlineData("affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{podAffinityTerm: {labelSelector: {}, mismatchLabelKeys: [app]}}]}}", """{"affinity":{"podAntiAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"podAffinityTerm":{"labelSelector":{"matchExpressions":[{"key":"app","operator":"NotIn","values":["web"]}]},"mismatchLabelKeys":["app"]}}]}}}""")]
    public void ANewPodsSelectorsTakeInItsLabels(string spec, string expected)
    {
        var pod = Json.Of($"metadata: {{generateName: p-, labels: {{app: web}}}}\nspec: {{{spec}}}");
        var rules = KindRules.For("", "Pod");
        rules.PrepareCreate(pod);
        Json.AssertEqual(expected, pod["spec"]);
        rules.PrepareRenamed(pod);
        Json.AssertEqual(expected, pod["spec"]);
    }

    [Fact]
    public void ADaemonSetCountsTheChangesOfItsTemplate()
    {
        var rules = KindRules.For("apps", "DaemonSet");
        var old = Json.Named("spec: {template: {spec: {nodeName: a}}}");
        rules.PrepareCreate(old);
        Json.AssertEqual("""{"deprecated.daemonset.template.generation":"1"}""", old["metadata"]!["annotations"]);
        var updated = Json.Named("spec: {template: {spec: {nodeName: b}}}");
        rules.PrepareUpdate(old, updated);
        Json.AssertEqual("""{"deprecated.daemonset.template.generation":"2"}""", updated["metadata"]!["annotations"]);
    }

    [Fact]
    public void AStatusThatClientsRequireIsThereFromTheStart()
    {
        var set = Json.Named("spec: {}\nstatus: {replicas: 9}");
        KindRules.For("apps", "StatefulSet").PrepareCreate(set);
        Json.AssertEqual("""{"replicas":0,"availableReplicas":0}""", set["status"]);
        var updated = Json.Named("status: {readyReplicas: 1}");
        KindRules.For("apps", "StatefulSet").PrepareStatusUpdate(set, updated);
        Json.AssertEqual("""{"replicas":0,"availableReplicas":0,"readyReplicas":1}""", updated["status"]);
    }

    [Fact]
    public void ApprovalIsNotWrittenThroughStatus()
    {
        var old = Json.Of("status: {conditions: [{type: Approved}]}");
        var updated = Json.Of("status: {certificate: YQ==, conditions: [{type: Denied}, {type: Failed}]}");
        KindRules.For("certificates.k8s.io", "CertificateSigningRequest").PrepareStatusUpdate(old, updated);
        Json.AssertEqual("""{"certificate":"YQ==","conditions":[{"type":"Approved"},{"type":"Failed"}]}""", updated["status"]);
    }
}
