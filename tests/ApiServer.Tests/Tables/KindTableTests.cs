using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Tables;

namespace Slipway.ApiServer.Tests.Tables;

/// <summary>Objects and the cells that they show as.</summary>
public sealed class KindTableTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private const string Template = "template: {spec: {nodeSelector: {b: y, a: x}, containers: [{name: c, image: i}, {name: d, image: j}]}}";
    private const string Selector = "selector: {matchLabels: {app: a}, matchExpressions: [{key: Z, operator: In, values: [y, x]}, {key: u, operator: DoesNotExist}]}";

    [Theory]
    [InlineData("", "ConfigMap", "data: {a: b}\nbinaryData: {c: Yg==}", "x | 2 | 60m")]
    [InlineData("", "Secret", "type: Opaque\ndata: {a: Yg==}", "x | Opaque | 1 | 60m")]
    [InlineData("", "ServiceAccount", "secrets: [{name: a}]", "x | 1 | 60m")]
    [InlineData("", "Namespace", "status: {phase: Active}", "x | Active | 60m")]
    [InlineData("", "ComponentStatus", "conditions: [{type: Healthy, status: 'True', message: ok}]", "x | Healthy | ok | ")]
    [InlineData("", "Endpoints", "subsets: []", "x | <none> | 60m")]
    [InlineData("", "Endpoints", "subsets: [{addresses: [{ip: 10.0.0.1}, {ip: 'fd00::1'}], ports: [{port: 80}, {port: 81}]}]", "x | 10.0.0.1:80,[fd00::1]:80,10.0.0.1:81 + 1 more... | 60m")]
    [InlineData("", "Endpoints", "subsets: [{addresses: [{ip: 10.0.0.1}]}]", "x | 10.0.0.1 | 60m")]
    [InlineData("", "LimitRange", "spec: {}", "x | 2029-12-31T23:00:00Z")]
    [InlineData("", "ResourceQuota", "status: {hard: {pods: '10', limits.cpu: '4', cpu: '2'}, used: {pods: '3', cpu: 500m}}", "x | cpu: 500m/2, pods: 3/10 | limits.cpu: 0/4 | 60m")]
    [InlineData("", "Node", "metadata: {labels: {node-role.kubernetes.io/worker: '', node-role.kubernetes.io/control-plane: '', kubernetes.io/role: gpu}}\nspec: {unschedulable: true}\nstatus: {conditions: [{type: Ready, status: Unknown}], addresses: [{type: InternalIP, address: 10.0.0.9}], nodeInfo: {kubeletVersion: v1, osImage: Debian}}",
        "x | NotReady,SchedulingDisabled | control-plane,gpu,worker | 60m | v1 | 10.0.0.9 | <none> | Debian | <unknown> | <unknown>")]
    [InlineData("", "Node", "status: {conditions: [{type: Ready, status: 'True'}]}", "x | Ready | <none> | 60m |  | <none> | <none> | <unknown> | <unknown> | <unknown>")]
    [InlineData("", "Event", "type: Normal\nreason: r\nmessage: ' m '\ninvolvedObject: {kind: Pod, name: p, fieldPath: f}\nsource: {component: c, host: h}\nfirstTimestamp: '2029-12-31T23:50:00Z'\nlastTimestamp: '2029-12-31T23:59:30Z'\ncount: 7",
        "30s | Normal | r | pod/p | f | c, h | m | 10m | 7 | x")]
    [InlineData("", "Event", "type: Warning\nreason: r\nmessage: m\ninvolvedObject: {kind: Node}\nreportingComponent: k\neventTime: '2029-12-31T23:59:00.000000Z'\nseries: {count: 3, lastObservedTime: '2029-12-31T23:59:50.000000Z'}",
        "10s | Warning | r | node |  | k | m | 60s | 3 | x")]
    [InlineData("", "PodTemplate", Template, "x | c,d | i,j | <none>")]
    [InlineData("", "ReplicationController", "spec: {replicas: 3, selector: {b: y, a: x}, " + Template + "}\nstatus: {replicas: 2, readyReplicas: 1}", "x | 3 | 2 | 1 | 60m | c,d | i,j | a=x,b=y")]
    [InlineData("apps", "ReplicaSet", "spec: {replicas: 3, " + Selector + ", " + Template + "}\nstatus: {replicas: 2, readyReplicas: 1}", "x | 3 | 2 | 1 | 60m | c,d | i,j | Z in (x,y),app=a,!u")]
    [InlineData("apps", "Deployment", "spec: {replicas: 3, " + Selector + ", " + Template + "}\nstatus: {readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1}", "x | 1/3 | 2 | 1 | 60m | c,d | i,j | Z in (x,y),app=a,!u")]
    [InlineData("apps", "StatefulSet", "spec: {replicas: 3, " + Template + "}\nstatus: {readyReplicas: 1}", "x | 1/3 | 60m | c,d | i,j")]
    [InlineData("apps", "DaemonSet", "spec: {" + Selector + ", " + Template + "}\nstatus: {desiredNumberScheduled: 5, currentNumberScheduled: 4, numberReady: 3, updatedNumberScheduled: 2, numberAvailable: 1}",
        "x | 5 | 4 | 3 | 2 | 1 | a=x,b=y | 60m | c,d | i,j | Z in (x,y),app=a,!u")]
    [InlineData("apps", "ControllerRevision", "metadata: {ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: s, controller: true}]}\nrevision: 4", "x | statefulset.apps/s | 4 | 60m")]
    [InlineData("apps", "ControllerRevision", "revision: 4", "x | <none> | 4 | 60m")]
    [InlineData("batch", "Job", "spec: {completions: 3, " + Selector + ", " + Template + "}\nstatus: {succeeded: 1, startTime: '2029-12-31T23:59:00Z'}", "x | Running | 1/3 | 60s | 60m | c,d | i,j | Z in (x,y),app=a,!u")]
    [InlineData("batch", "Job", "spec: {parallelism: 2}\nstatus: {startTime: '2029-12-31T23:00:00Z', completionTime: '2029-12-31T23:05:00Z', conditions: [{type: Complete, status: 'True'}]}", "x | Complete | 0/1 of 2 | 5m | 60m |  |  | <none>")]
    [InlineData("batch", "CronJob", "spec: {schedule: '* * * * *', timeZone: Europe/Berlin, suspend: false, jobTemplate: {spec: {" + Template + "}}}\nstatus: {active: [{}], lastScheduleTime: '2029-12-31T23:59:00Z'}",
        "x | * * * * * | Europe/Berlin | False | 1 | 60s | 60m | c,d | i,j | <none>")]
    [InlineData("batch", "CronJob", "spec: {schedule: '* * * * *'}", "x | * * * * * | <none> | <unset> | 0 | <none> | 60m |  |  | <none>")]
    [InlineData("autoscaling", "HorizontalPodAutoscaler", "spec: {scaleTargetRef: {kind: Deployment, name: d}, minReplicas: 2, maxReplicas: 9, metrics: [{type: Resource, resource: {name: cpu, target: {averageUtilization: 50}}}]}\nstatus: {currentReplicas: 3, currentMetrics: [{type: Resource, resource: {name: cpu, current: {averageUtilization: 47}}}]}",
        "x | Deployment/d | cpu: 47%/50% | 2 | 9 | 3 | 60m")]
    [InlineData("autoscaling", "HorizontalPodAutoscaler", "spec: {scaleTargetRef: {kind: Deployment, name: d}, maxReplicas: 9, metrics: [{type: Pods, pods: {target: {averageValue: '10'}}}, {type: External, external: {target: {averageValue: '5'}}}, {type: Object}]}",
        "x | Deployment/d | <unknown>/10, <unknown>/5 (avg) + 1 more... | <unset> | 9 | 0 | 60m")]
    [InlineData("", "Service", "spec: {type: ClusterIP, clusterIPs: [10.0.0.1], ports: [{port: 80, protocol: TCP}], selector: {b: y, a: x}}", "x | ClusterIP | 10.0.0.1 | <none> | 80/TCP | 60m | a=x,b=y")]
    [InlineData("", "Service", "spec: {type: LoadBalancer, clusterIP: 10.0.0.1, ports: [{port: 80, protocol: TCP, nodePort: 30080}, {port: 53, protocol: UDP}]}", "x | LoadBalancer | 10.0.0.1 | <pending> | 80:30080/TCP,53/UDP | 60m | <none>")]
    [InlineData("", "Service", "spec: {type: LoadBalancer, externalIPs: [1.2.3.4]}\nstatus: {loadBalancer: {ingress: [{hostname: b}, {ip: 5.6.7.8}]}}", "x | LoadBalancer | <none> | 5.6.7.8,b,1.2.3.4 | <none> | 60m | <none>")]
    [InlineData("", "Service", "spec: {type: ExternalName, externalName: example.com}", "x | ExternalName | <none> | example.com | <none> | 60m | <none>")]
    [InlineData("discovery.k8s.io", "EndpointSlice", "addressType: IPv4\nports: [{port: 80}, {name: n}, {}]\nendpoints: [{addresses: [a, b]}, {addresses: [c, d]}]", "x | IPv4 | 80,n,* | a,b,c + 1 more... | 60m")]
    [InlineData("discovery.k8s.io", "EndpointSlice", "addressType: IPv4", "x | IPv4 | <unset> | <unset> | 60m")]
    [InlineData("networking.k8s.io", "Ingress", "spec: {ingressClassName: n, rules: [{host: a}, {host: b}, {host: c}, {host: d}], tls: [{}]}\nstatus: {loadBalancer: {ingress: [{ip: 1.2.3.4}]}}", "x | n | a,b,c + 1 more... | 1.2.3.4 | 80, 443 | 60m")]
    [InlineData("networking.k8s.io", "Ingress", "spec: {rules: [{}]}", "x | <none> | * |  | 80 | 60m")]
    [InlineData("networking.k8s.io", "IngressClass", "spec: {controller: c, parameters: {apiGroup: g, kind: K, name: n}}", "x | c | K.g/n | 60m")]
    [InlineData("networking.k8s.io", "NetworkPolicy", "spec: {podSelector: {}}", "x | <none> | 60m")]
    [InlineData("networking.k8s.io", "IPAddress", "spec: {parentRef: {resource: services, namespace: n, name: s}}", "x | services/n/s | 60m")]
    [InlineData("networking.k8s.io", "ServiceCIDR", "spec: {cidrs: [10.0.0.0/8, 'fd00::/64']}", "x | 10.0.0.0/8,fd00::/64 | 60m")]
    [InlineData("", "PersistentVolume", "spec: {capacity: {storage: 5Gi}, accessModes: [ReadWriteMany, ReadWriteOnce], persistentVolumeReclaimPolicy: Retain, claimRef: {namespace: n, name: c}, storageClassName: s, volumeMode: Block}\nstatus: {phase: Bound}",
        "x | 5Gi | RWO,RWX | Retain | Bound | n/c | s | <unset> |  | 60m | Block")]
    [InlineData("", "PersistentVolumeClaim", "spec: {volumeName: v, storageClassName: s, volumeAttributesClassName: g}\nstatus: {phase: Bound, capacity: {storage: 1Gi}, accessModes: [ReadWriteOncePod]}", "x | Bound | v | 1Gi | RWOP | s | g | 60m | <unset>")]
    [InlineData("", "PersistentVolumeClaim", "metadata: {deletionTimestamp: '2029-12-31T23:00:00Z'}\nspec: {}\nstatus: {phase: Pending}", "x | Terminating |  |  |  |  | <unset> | 60m | <unset>")]
    [InlineData("storage.k8s.io", "StorageClass", "metadata: {annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}\nprovisioner: p\nallowVolumeExpansion: true", "x (default) | p | Delete | Immediate | true | 60m")]
    [InlineData("storage.k8s.io", "CSIDriver", "spec: {attachRequired: false, tokenRequests: [{audience: a}, {audience: b}]}", "x | false | false | false | a,b | false | <none> | 60m")]
    [InlineData("storage.k8s.io", "CSINode", "spec: {drivers: [{}, {}]}", "x | 2 | 60m")]
    [InlineData("storage.k8s.io", "CSIStorageCapacity", "storageClassName: s", "x | s | <unset>")]
    [InlineData("storage.k8s.io", "VolumeAttachment", "spec: {attacher: a, nodeName: n, source: {persistentVolumeName: v}}\nstatus: {attached: true}", "x | a | v | n | true | 60m")]
    [InlineData("storage.k8s.io", "VolumeAttributesClass", "driverName: d", "x | d | 60m")]
    [InlineData("policy", "PodDisruptionBudget", "spec: {minAvailable: 50%}\nstatus: {disruptionsAllowed: 2}", "x | 50% | N/A | 2 | 60m")]
    [InlineData("policy", "PodDisruptionBudget", "spec: {maxUnavailable: 1}", "x | N/A | 1 | 0 | 60m")]
    [InlineData("rbac.authorization.k8s.io", "RoleBinding", "roleRef: {kind: Role, name: r}\nsubjects: [{kind: User, name: u}, {kind: Group, name: g}, {kind: ServiceAccount, namespace: n, name: s}, {kind: User, name: v}]", "x | Role/r | 60m | u, v | g | n/s")]
    [InlineData("rbac.authorization.k8s.io", "ClusterRole", "rules: []", "x | 2029-12-31T23:00:00Z")]
    [InlineData("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "webhooks: [{}, {}]", "x | 2 | 60m")]
    [InlineData("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "spec: {validations: [{}], paramKind: {apiVersion: v1, kind: ConfigMap}}", "x | 1 | v1/ConfigMap | 60m")]
    [InlineData("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding", "spec: {policyName: p, paramRef: {name: n}}", "x | p | */n | 60m")]
    [InlineData("flowcontrol.apiserver.k8s.io", "FlowSchema", "spec: {priorityLevelConfiguration: {name: p}, matchingPrecedence: 100, distinguisherMethod: {type: ByUser}}\nstatus: {conditions: [{type: Dangling, status: 'False'}]}", "x | p | 100 | ByUser | 60m | False")]
    [InlineData("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration", "spec: {type: Limited, limited: {nominalConcurrencyShares: 5}}", "x | Limited | 5 | <none> | <none> | <none> | 60m")]
    [InlineData("apiextensions.k8s.io", "CustomResourceDefinition", "spec: {}", "x | 2029-12-31T23:00:00Z")]
    [InlineData("apiregistration.k8s.io", "APIService", "spec: {}\nstatus: {conditions: [{type: Available, status: 'True'}]}", "x | Local | True | 60m")]
    [InlineData("apiregistration.k8s.io", "APIService", "spec: {service: {namespace: n, name: s}}\nstatus: {conditions: [{type: Available, status: 'False', reason: MissingEndpoints}]}", "x | n/s | False (MissingEndpoints) | 60m")]
    [InlineData("certificates.k8s.io", "CertificateSigningRequest", "spec: {signerName: s, username: u, expirationSeconds: 3600}\nstatus: {conditions: [{type: Approved}], certificate: Yg==}", "x | 60m | s | u | 60m | Approved,Issued")]
    [InlineData("certificates.k8s.io", "CertificateSigningRequest", "spec: {signerName: s}", "x | 60m | s |  | <none> | Pending")]
    [InlineData("certificates.k8s.io", "ClusterTrustBundle", "spec: {}", "x | <none>")]
    [InlineData("coordination.k8s.io", "Lease", "spec: {holderIdentity: h}", "x | h | 60m")]
    [InlineData("node.k8s.io", "RuntimeClass", "handler: h", "x | h | 60m")]
    [InlineData("scheduling.k8s.io", "PriorityClass", "value: 100\nglobalDefault: true\npreemptionPolicy: Never", "x | 100 | true | 60m | Never")]
    [InlineData("resource.k8s.io", "ResourceClaim", "status: {allocation: {}, reservedFor: [{}]}", "x | allocated,reserved | 60m")]
    [InlineData("resource.k8s.io", "ResourceClaim", "spec: {}", "x | pending | 60m")]
    [InlineData("resource.k8s.io", "ResourceSlice", "spec: {nodeName: n, driver: d, pool: {name: p}}", "x | n | d | p | 60m")]
    [InlineData("storagemigration.k8s.io", "StorageVersionMigration", "spec: {resource: {group: apps, resource: deployments}}", "x | deployments.apps")]
    public void Objects_show_as_cells(string group, string kind, string yaml, string cells)
    {
        var document = DocumentReader.ParseYaml(yaml).Single();
        document.Name = "x";
        document.CreationTimestamp = Now.AddHours(-1);
        Assert.Equal(cells, Shown(KindTables.For(BuiltInKinds.Find(group, kind)!), document));
    }

    [Fact]
    public void Objects_of_a_converted_version_show_as_in_the_stored_one()
    {
        var autoscaler = DocumentReader.ParseYaml("spec: {scaleTargetRef: {kind: Deployment, name: d}, maxReplicas: 9, targetCPUUtilizationPercentage: 10}").Single();
        autoscaler.Name = "x";
        var v2 = KindTables.For(BuiltInKinds.Find("autoscaling", "HorizontalPodAutoscaler")!);
        Assert.Equal("x | Deployment/d | cpu: <unknown>/10% | <unset> | 9 | 0 | <unknown>", Shown(new ConvertedTable(v2, Slipway.Api.Conversions.AutoscalerConversion.ToV2), autoscaler));
    }

    [Fact]
    public void Every_column_is_described()
    {
        foreach (var served in BuiltInKinds.All.Where(t => t.Verbs.Contains("list")))
        {
            var type = StoredForm.Of(served)?.Type ?? served;
            var table = KindTables.For(type);
            Assert.All(table.Columns, c => Assert.True(c.Description.Length > 0, $"{type.GroupResource} {c.Name} has no description"));
            Assert.Equal(table.Columns.Count, Shown(table, new JsonObject { ["metadata"] = new JsonObject() }).Split(" | ").Length);
        }
    }

    private static string Shown(TableColumns table, JsonObject document)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var item = JsonDocument.Parse(document.ToJsonString()))
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartArray();
            table.WriteCells(json, item.RootElement, Now);
            json.WriteEndArray();
        }
        return string.Join(" | ", JsonNode.Parse(output.WrittenSpan)!.AsArray().Select(c => c!.ToString()));
    }
}
