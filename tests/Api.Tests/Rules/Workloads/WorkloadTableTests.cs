namespace Slipway.Api.Tests.Rules.Workloads;

/// <summary>The kinds that keep pods running, with what Kubernetes' own validation says of them.</summary>
public sealed class WorkloadTableTests
{
    private const string Spec = "selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}";

    private static readonly RuleTable Deployments = new("apps", "Deployment", $"spec: {{{Spec}}}");

    private static readonly RuleTable ReplicaSets = new("apps", "ReplicaSet", $"spec: {{{Spec}}}");

    private static readonly RuleTable StatefulSets = new("apps", "StatefulSet", $"spec: {{{Spec}, serviceName: s}}");

    private static readonly RuleTable DaemonSets = new("apps", "DaemonSet", $"spec: {{{Spec}}}");

    [Theory]
    [InlineData("", "")]
    [InlineData("metadata: {name: Upper}", "metadata.name: Invalid value: \"Upper\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {replicas: -1}", "spec.replicas: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {selector: null}", "spec.selector: Required value")]
    [InlineData("spec: {selector: {matchLabels: null}}", "spec.selector: Invalid value: {}: empty selector is invalid for deployment")]
    [InlineData("spec: {selector: {matchLabels: {a: c}}}", "spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match template `labels`")]
    [InlineData("spec: {selector: {matchLabels: {'a b': c}}}", "spec.selector.matchLabels: Invalid value: \"a b\"\nspec.template.metadata.labels: Invalid value:")]
    [InlineData("spec: {template: {spec: {restartPolicy: OnFailure}}}", "spec.template.spec.restartPolicy: Unsupported value: \"OnFailure\": supported values: \"Always\"")]
    [InlineData("spec: {template: {spec: {restartPolicy: Never}}}", "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"")]
    [InlineData("spec: {template: {spec: {restartPolicy: Odd}}}", "spec.template.spec.restartPolicy: Unsupported value: \"Odd\": supported values: \"Always\", \"OnFailure\", \"Never\"\nspec.template.spec.restartPolicy: Unsupported value: \"Odd\": supported values: \"Always\"")]
    [InlineData("spec: {template: {spec: {activeDeadlineSeconds: 5}}}", "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in Deployment is not Supported")]
    [InlineData("spec: {template: {spec: {containers: []}}}", "spec.template.spec.containers: Required value")]
    [InlineData("spec: {strategy: {type: Odd}}", "spec.strategy: Unsupported value: \"Odd\": supported values: \"Recreate\", \"RollingUpdate\"")]
    [InlineData("spec: {strategy: {type: Recreate, rollingUpdate: {}}}", "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'")]
    [InlineData("spec: {strategy: {type: Recreate}}", "")]
    [InlineData("spec: {strategy: {rollingUpdate: {maxSurge: 20Percent}}}", "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"20Percent\": a valid percent string must be a numeric string followed by an ending '%'")]
    [InlineData("spec: {strategy: {rollingUpdate: {maxSurge: -1}}}", "spec.strategy.rollingUpdate.maxSurge: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}}", "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0")]
    [InlineData("spec: {strategy: {rollingUpdate: {maxSurge: 0%, maxUnavailable: 0%}}}", "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"0%\": may not be 0 when `maxSurge` is 0")]
    [InlineData("spec: {strategy: {rollingUpdate: {maxUnavailable: 110%}}}", "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"110%\": must not be greater than 100%")]
    [InlineData("spec: {strategy: {rollingUpdate: {maxSurge: 300%}}}", "")]
    [InlineData("spec: {minReadySeconds: -1}", "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {revisionHistoryLimit: -1}", "spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {progressDeadlineSeconds: -1, minReadySeconds: 0}", "spec.progressDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0\nspec.progressDeadlineSeconds: Invalid value: -1: must be greater than minReadySeconds")]
    [InlineData("spec: {progressDeadlineSeconds: 60, minReadySeconds: 60}", "spec.progressDeadlineSeconds: Invalid value: 60: must be greater than minReadySeconds")]
    [InlineData("spec: {template: {spec: {ephemeralContainers: [{name: e, image: i}]}}}", "spec.template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template")]
    [InlineData("spec: {template: {metadata: {annotations: {'a b': c}}}}", "spec.template.annotations: Invalid value: \"a b\": name part must consist of")]
    public void OfDeployments(string change, string expected) => Deployments.Check(change, expected);

    [Theory]
    [InlineData("spec: {selector: {matchLabels: {a: b, c: d}}, template: {metadata: {labels: {c: d}}}}", "spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"b\",\"c\":\"d\"}}: field is immutable")]
    [InlineData("spec: {template: {spec: {containers: [{name: c, image: j}]}}}", "")]
    [InlineData("spec: {replicas: 0, paused: true}", "")]
    public void OfUpdatesOfDeployments(string after, string expected) => Deployments.CheckUpdate("", after, expected);

    [Theory]
    [InlineData("", "")]
    [InlineData("spec: {replicas: -1}", "spec.replicas: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {minReadySeconds: -1}", "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {selector: {matchLabels: {a: c}}}", "spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match template `labels`")]
    [InlineData("spec: {selector: {matchLabels: null}}", "spec.selector: Invalid value: {}: empty selector is invalid for replicaset")]
    [InlineData("spec: {template: {spec: {restartPolicy: Never}}}", "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"")]
    [InlineData("spec: {template: {spec: {activeDeadlineSeconds: 5}}}", "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported")]
    public void OfReplicaSets(string change, string expected) => ReplicaSets.Check(change, expected);

    [Theory]
    [InlineData("", "")]
    [InlineData("metadata: {name: abc.123}", "metadata.name: Invalid value: \"abc.123\": must not contain dots")]
    [InlineData("spec: {podManagementPolicy: foo}", "spec.podManagementPolicy: Invalid value: \"foo\": must be 'OrderedReady' or 'Parallel'")]
    [InlineData("spec: {updateStrategy: {type: foo}}", "spec.updateStrategy: Invalid value: {\"type\":\"foo\"}: must be 'RollingUpdate' or 'OnDelete'")]
    [InlineData("spec: {updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}}", "spec.updateStrategy.rollingUpdate: Invalid value: {\"partition\":1}: only allowed for updateStrategy 'RollingUpdate'")]
    [InlineData("spec: {updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: -1}}}", "spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0}}}", "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0")]
    [InlineData("spec: {updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 101%}}}", "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: \"101%\": must not be greater than 100%")]
    [InlineData("spec: {persistentVolumeClaimRetentionPolicy: {whenScaled: invalid}}", "spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: \"invalid\": supported values: \"Retain\", \"Delete\"")]
    [InlineData("spec: {persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}}", "")]
    [InlineData("spec: {ordinals: {start: -2}}", "spec.ordinals.start: Invalid value: -2: must be greater than or equal to 0")]
    [InlineData("spec: {minReadySeconds: -1}", "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {serviceName: Bad_Name}", "spec.serviceName: Invalid value: \"Bad_Name\": a DNS-1035 label must consist of")]
    [InlineData("spec: {selector: {matchLabels: null}}", "spec.selector: Invalid value: {}: empty selector is invalid for statefulset")]
    [InlineData("spec: {template: {spec: {restartPolicy: OnFailure}}}", "spec.template.spec.restartPolicy: Unsupported value: \"OnFailure\": supported values: \"Always\"")]
    [InlineData("spec: {volumeClaimTemplates: [{metadata: {name: v}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}], template: {spec: {containers: [{name: c, image: i, volumeMounts: [{name: v, mountPath: /v}]}]}}}", "")]
    [InlineData("spec: {volumeClaimTemplates: [{metadata: {name: v}, spec: {resources: {requests: {storage: 1Gi}}}}]}", "spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required")]
    public void OfStatefulSets(string change, string expected) => StatefulSets.Check(change, expected);

    [Theory]
    [InlineData("spec: {replicas: 5, minReadySeconds: 1, updateStrategy: {type: OnDelete, rollingUpdate: null}}", "")]
    [InlineData("spec: {serviceName: t}", "spec: Forbidden: updates to statefulset spec for fields other than")]
    [InlineData("spec: {podManagementPolicy: Parallel}", "spec: Forbidden: updates to statefulset spec for fields other than")]
    [InlineData("spec: {selector: {matchLabels: {c: d}}, template: {metadata: {labels: {c: d}}}}", "spec: Forbidden: updates to statefulset spec for fields other than")]
    public void OfUpdatesOfStatefulSets(string after, string expected) => StatefulSets.CheckUpdate("", after, expected);

    [Theory]
    [InlineData("", "")]
    [InlineData("spec: {selector: {matchLabels: {a: c}}}", "spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match template `labels`")]
    [InlineData("spec: {selector: {matchLabels: null}}", "spec.selector: Invalid value: {}: empty selector is invalid for daemonset")]
    [InlineData("spec: {template: {spec: {restartPolicy: Never}}}", "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"")]
    [InlineData("spec: {template: {spec: {activeDeadlineSeconds: 5}}}", "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported")]
    [InlineData("spec: {minReadySeconds: -1}", "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {updateStrategy: {type: Odd}}", "spec.updateStrategy: Unsupported value: \"Odd\": supported values: \"RollingUpdate\", \"OnDelete\"")]
    [InlineData("spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 0}}}", "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0")]
    [InlineData("spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 1, maxSurge: 1}}}", "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero")]
    [InlineData("spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 101%}}}", "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: \"101%\": must not be greater than 100%")]
    [InlineData("spec: {updateStrategy: {type: OnDelete}}", "")]
    public void OfDaemonSets(string change, string expected) => DaemonSets.Check(change, expected);

    [Theory]
    [InlineData("metadata: {name: a.b}", "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]")]
    [InlineData("spec: {template: {spec: {nodeSelector: {beta.kubernetes.io/os: linux}}}}", "spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \"kubernetes.io/os\" instead")]
    [InlineData("spec: {template: {spec: {serviceAccount: x}}}", "")]
    public void WarningsOfDeployments(string change, string expected) => Deployments.CheckWarnings(change, expected);

    [Theory]
    [InlineData("", "spec.replicas", "1")]
    [InlineData("", "spec.strategy", """{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":"25%","maxSurge":"25%"}}""")]
    [InlineData("spec: {strategy: {rollingUpdate: {maxSurge: 1}}}", "spec.strategy", """{"rollingUpdate":{"maxSurge":1,"maxUnavailable":"25%"},"type":"RollingUpdate"}""")]
    [InlineData("spec: {strategy: {type: Recreate}}", "spec.strategy", """{"type":"Recreate"}""")]
    [InlineData("", "spec.revisionHistoryLimit", "10")]
    [InlineData("spec: {revisionHistoryLimit: 0}", "spec.revisionHistoryLimit", "0")]
    [InlineData("", "spec.progressDeadlineSeconds", "600")]
    public void DefaultsOfDeployments(string change, string path, string json) => Deployments.CheckDefault(change, path, json);

    [Theory]
    [InlineData("", "spec.podManagementPolicy", "\"OrderedReady\"")]
    [InlineData("", "spec.updateStrategy", """{"type":"RollingUpdate","rollingUpdate":{"partition":0}}""")]
    [InlineData("spec: {updateStrategy: {type: OnDelete}}", "spec.updateStrategy", """{"type":"OnDelete"}""")]
    [InlineData("", "spec.persistentVolumeClaimRetentionPolicy", """{"whenDeleted":"Retain","whenScaled":"Retain"}""")]
    [InlineData("", "spec.replicas", "1")]
    [InlineData("", "spec.revisionHistoryLimit", "10")]
    public void DefaultsOfStatefulSets(string change, string path, string json) => StatefulSets.CheckDefault(change, path, json);
}
