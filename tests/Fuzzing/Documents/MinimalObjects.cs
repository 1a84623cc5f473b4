using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Fuzzing.Documents;

/// <summary>For each kind that is stored, the least that makes a valid object, without type and metadata.</summary>
internal static class MinimalObjects
{
    private const string Template = "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}";
    private const string Selected = "selector: {matchLabels: {a: b}}, " + Template;
    private const string Webhook =
        "webhooks: [{name: w.example.com, clientConfig: {url: 'https://example.com/'}, sideEffects: None, admissionReviewVersions: [v1]}]";
    private const string Rules = "matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}";

    // Both with a key that nobody has kept.
    private const string Authority =
        "MIIBfDCCASKgAwIBAgIUDmYPbhhVPG6YTI5Ke0nbjpZzl5MwCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBYTAgFw0yNjEyMDEwMTA1MTNaGA8yMTI2MTEwNzAx"
        + "MDUxM1owDDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABEMzmc80VpuUjy1tXMnEuyfwy9xlsdMHO2+dYzUFUpdoz3iU1Zf9ofFmAmOc"
        + "J3A4XTrFdG4KZViMzWGkYJlqynqjYDBeMB0GA1UdDgQWBBStQsGI+aiABp380f7rNSZ2HX8OpTAfBgNVHSMEGDAWgBStQsGI+aiABp380f7rNSZ2HX8OpTAP"
        + "BgNVHRMBAf8EBTADAQH/MAsGA1UdDwQEAwICBDAKBggqhkjOPQQDAgNIADBFAiEA2I8e3dcvaGSlHSsq7s4dUZ73KQliEraA1I7aFh+6SoUCIDYEIoIX2xk5"
        + "dChIFbEGC2IeyIOEepCXDw2dpXbQeEB0";
    private const string PodRequest =
        "MIG7MGICAQAwADBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABEMzmc80VpuUjy1tXMnEuyfwy9xlsdMHO2+dYzUFUpdoz3iU1Zf9ofFmAmOcJ3A4XTrFdG4K"
        + "ZViMzWGkYJlqynqgADAKBggqhkjOPQQDAgNJADBGAiEA9BfRxb5mBKpPDx6mQ07QsYcqTeRrvGT4UTAUKJknsd8CIQCNnk1709XtAcknEFjrdiStCHYV5EnD"
        + "beItZyAriWV/iA==";

    private static readonly Dictionary<string, string> Yaml = new()
    {
        ["configmaps"] = "data: {a: b}",
        ["endpoints"] = "subsets: [{addresses: [{ip: 10.1.2.3}], ports: [{port: 80}]}]",
        ["events"] = "involvedObject: {kind: Pod, name: p, namespace: default}\nreason: r\nmessage: m\ntype: Normal",
        ["limitranges"] = "spec: {limits: [{type: Container, max: {cpu: '1'}}]}",
        ["namespaces"] = "{}",
        ["nodes"] = "{}",
        ["persistentvolumeclaims"] = "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}",
        ["persistentvolumes"] = "spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /tmp/x}}",
        ["pods"] = "spec: {containers: [{name: c, image: i}]}",
        ["podtemplates"] = Template,
        ["replicationcontrollers"] = "spec: {selector: {a: b}, " + Template + "}",
        ["resourcequotas"] = "spec: {hard: {pods: '10'}}",
        ["secrets"] = "data: {a: Yg==}",
        ["serviceaccounts"] = "{}",
        ["services"] = "spec: {ports: [{port: 80}]}",
        ["apiservices.apiregistration.k8s.io"] = "spec: {group: example.com, version: v1, groupPriorityMinimum: 100, versionPriority: 10}",
        ["customresourcedefinitions.apiextensions.k8s.io"] = """
            spec:
              group: stable.example.com
              scope: Namespaced
              names: {plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ct]}
              versions:
              - name: v1
                served: true
                storage: true
                subresources: {status: {}}
                schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {cronSpec: {type: string}}}, status: {type: object, properties: {phase: {type: string}}}}}}
            """,
        ["controllerrevisions.apps"] = "revision: 1\ndata: {a: b}",
        ["daemonsets.apps"] = "spec: {" + Selected + "}",
        ["deployments.apps"] = "spec: {" + Selected + "}",
        ["replicasets.apps"] = "spec: {" + Selected + "}",
        ["statefulsets.apps"] = "spec: {serviceName: s, " + Selected + "}",
        ["events.events.k8s.io"] = "regarding: {kind: Pod, name: p, namespace: default}\neventTime: '2026-01-01T00:00:00.000000Z'\nreportingController: example.com/c\nreportingInstance: i\naction: a\nreason: r\ntype: Normal\nnote: n",
        ["horizontalpodautoscalers.autoscaling"] = "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}, maxReplicas: 3}",
        ["cronjobs.batch"] = "spec: {schedule: '* * * * *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}}",
        ["jobs.batch"] = "spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}",
        ["clustertrustbundles.certificates.k8s.io"] = "spec:\n  trustBundle: |\n    -----BEGIN CERTIFICATE-----\n    " + Authority + "\n    -----END CERTIFICATE-----",
        ["podcertificaterequests.certificates.k8s.io"] = "spec: {signerName: example.com/s, podName: p, podUID: 11111111-1111-1111-1111-111111111111, serviceAccountName: s, serviceAccountUID: 22222222-2222-2222-2222-222222222222, nodeName: n, nodeUID: 33333333-3333-3333-3333-333333333333, stubPKCS10Request: " + PodRequest + "}",
        ["ingressclasses.networking.k8s.io"] = "spec: {controller: example.com/c}",
        ["ingresses.networking.k8s.io"] = "spec: {defaultBackend: {service: {name: s, port: {number: 80}}}}",
        ["ipaddresses.networking.k8s.io"] = "spec: {parentRef: {resource: services, name: s, namespace: default}}",
        ["networkpolicies.networking.k8s.io"] = "spec: {podSelector: {}}",
        ["servicecidrs.networking.k8s.io"] = "spec: {cidrs: [192.168.0.0/24]}",
        ["poddisruptionbudgets.policy"] = "spec: {minAvailable: 1, selector: {matchLabels: {a: b}}}",
        ["clusterrolebindings.rbac.authorization.k8s.io"] = "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}",
        ["clusterroles.rbac.authorization.k8s.io"] = "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]",
        ["rolebindings.rbac.authorization.k8s.io"] = "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}",
        ["roles.rbac.authorization.k8s.io"] = "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]",
        ["csidrivers.storage.k8s.io"] = "spec: {}",
        ["csinodes.storage.k8s.io"] = "spec: {drivers: []}",
        ["csistoragecapacities.storage.k8s.io"] = "storageClassName: s",
        ["storageclasses.storage.k8s.io"] = "provisioner: example.com/p",
        ["volumeattachments.storage.k8s.io"] = "spec: {attacher: example.com, nodeName: n, source: {persistentVolumeName: v}}",
        ["volumeattributesclasses.storage.k8s.io"] = "driverName: example.com\nparameters: {a: b}",
        ["mutatingadmissionpolicies.admissionregistration.k8s.io"] = "spec: {reinvocationPolicy: Never, mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: 'Object{}'}}], " + Rules + "}",
        ["mutatingadmissionpolicybindings.admissionregistration.k8s.io"] = "spec: {policyName: p}",
        ["mutatingwebhookconfigurations.admissionregistration.k8s.io"] = Webhook,
        ["validatingadmissionpolicies.admissionregistration.k8s.io"] = "spec: {validations: [{expression: 'true'}], " + Rules + "}",
        ["validatingadmissionpolicybindings.admissionregistration.k8s.io"] = "spec: {policyName: p, validationActions: [Deny]}",
        ["validatingwebhookconfigurations.admissionregistration.k8s.io"] = Webhook,
        ["priorityclasses.scheduling.k8s.io"] = "value: 10",
        ["leases.coordination.k8s.io"] = "spec: {}",
        ["runtimeclasses.node.k8s.io"] = "handler: h",
        ["endpointslices.discovery.k8s.io"] = "addressType: IPv4\nendpoints: []",
        ["deviceclasses.resource.k8s.io"] = "spec: {}",
        ["devicetaintrules.resource.k8s.io"] = "spec: {taint: {key: example.com/k, effect: NoSchedule}}",
        ["resourceclaims.resource.k8s.io"] = "spec: {}",
        ["resourceclaimtemplates.resource.k8s.io"] = "spec: {spec: {}}",
        ["resourceslices.resource.k8s.io"] = "spec: {driver: example.com, nodeName: n, pool: {name: p, generation: 1, resourceSliceCount: 1}}",
        ["flowschemas.flowcontrol.apiserver.k8s.io"] = "spec: {priorityLevelConfiguration: {name: p}, matchingPrecedence: 100}",
        ["prioritylevelconfigurations.flowcontrol.apiserver.k8s.io"] = "spec: {type: Limited, limited: {limitResponse: {type: Reject}}}",
        ["storageversionmigrations.storagemigration.k8s.io"] = "spec: {resource: {group: apps, resource: deployments}}",
    };

    // Names that a kind's rules demand.
    private static readonly Dictionary<string, string> Names = new()
    {
        ["apiservices.apiregistration.k8s.io"] = "v1.example.com",
        ["customresourcedefinitions.apiextensions.k8s.io"] = "crontabs.stable.example.com",
        ["ipaddresses.networking.k8s.io"] = "192.168.1.5",
    };

    /// <summary>Name of the object of a kind.</summary>
    public static string NameOf(ResourceType type) => Names.GetValueOrDefault(type.GroupResource, "minimal");

    /// <summary>The object of a kind.</summary>
    public static JsonObject Of(ResourceType type)
    {
        var document = type.GroupResource switch
        {
            "certificatesigningrequests.certificates.k8s.io" => (JsonObject)JsonNode.Parse(CertificateRequest.Document("x"))!,
            var name => DocumentReader.ParseYaml(Yaml[name]).Single(),
        };
        document["apiVersion"] = type.ApiVersion;
        document["kind"] = type.Kind;
        document["metadata"] = new JsonObject { ["name"] = NameOf(type) };
        return document;
    }
}
