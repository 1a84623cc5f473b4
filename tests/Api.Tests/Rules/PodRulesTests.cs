using Slipway.Api.Documents;
using Slipway.Api.Rules;
using Slipway.Api.Rules.Pods;

namespace Slipway.Api.Tests.Rules;

public sealed class PodRulesTests
{
    private static readonly KindRules Rules = KindRules.For("", "Pod");

    [Fact]
    public void DefaultsAreThoseOfKubernetes()
    {
        var pod = Json.Of("""
            spec:
              serviceAccount: robot
              initContainers: [{name: i, image: a:1}]
              containers:
              - name: a
                image: repo/a
                resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 500m}}
                livenessProbe: {httpGet: {port: 80}}
                env: [{name: X, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, {name: Y, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}]
              volumes:
              - name: e
              - {name: s, secret: {secretName: x}}
              - {name: h, hostPath: {path: /x}}
              - {name: p, projected: {sources: [{serviceAccountToken: {path: t}}, {downwardAPI: {items: [{path: n, fieldRef: {fieldPath: metadata.name}}]}}]}}
            """);
        Rules.Default(pod);
        Json.AssertEqual("""
            {"spec":{
              "serviceAccount":"robot","serviceAccountName":"robot","restartPolicy":"Always","terminationGracePeriodSeconds":30,
              "dnsPolicy":"ClusterFirst","schedulerName":"default-scheduler","securityContext":{},"enableServiceLinks":true,
              "initContainers":[{"name":"i","image":"a:1","imagePullPolicy":"IfNotPresent","terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","resources":{}}],
              "containers":[{"name":"a","image":"repo/a","imagePullPolicy":"Always","terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File",
                "resources":{"limits":{"cpu":1,"memory":"1Gi"},"requests":{"cpu":"500m","memory":"1Gi"}},
                "livenessProbe":{"httpGet":{"port":80,"path":"/","scheme":"HTTP"},"timeoutSeconds":1,"periodSeconds":10,"successThreshold":1,"failureThreshold":3},
                "env":[{"name":"X","valueFrom":{"fieldRef":{"fieldPath":"metadata.name","apiVersion":"v1"}}},{"name":"Y","valueFrom":{"resourceFieldRef":{"resource":"limits.cpu","divisor":"0"}}}]}],
              "volumes":[{"name":"e","emptyDir":{}},{"name":"s","secret":{"secretName":"x","defaultMode":420}},{"name":"h","hostPath":{"path":"/x","type":""}},
                {"name":"p","projected":{"defaultMode":420,"sources":[{"serviceAccountToken":{"path":"t","expirationSeconds":3600}},{"downwardAPI":{"items":[{"path":"n","fieldRef":{"fieldPath":"metadata.name","apiVersion":"v1"}}]}}]}}]}}
            """, pod);
        var again = pod.DeepClone().AsObject();
        Rules.Default(again);
        Json.AssertEqual(Json.Text(pod), again);
    }

    [Theory]
    [InlineData("a", "Always")]
    [InlineData("a:latest", "Always")]
    [InlineData("a:1", "IfNotPresent")]
    [InlineData("host:5000/a", "Always")]
    [InlineData("host:5000/a:1", "IfNotPresent")]
    [InlineData("a@sha256:0", "IfNotPresent")]
    [InlineData("a:latest@sha256:0", "IfNotPresent")]
    public void ThePullPolicyFollowsTheTag(string image, string policy) => Assert.Equal(policy, PodDefaults.PullPolicy(image));

    [Theory]
    [InlineData("containers: []", "spec.containers: Required value")]
    [InlineData("containers: [{image: x}]", "spec.containers[0].name: Required value")]
    [InlineData("containers: [{name: a}]", "spec.containers[0].image: Required value")]
    [InlineData("containers: [{name: a, image: ' x'}]", "spec.containers[0].image: Invalid value: \" x\": must not have leading or trailing whitespace")]
    [InlineData("containers: [{name: a, image: x}, {name: a, image: x}]", "spec.containers[1].name: Duplicate value: \"a\"")]
    [InlineData("containers: [{name: a, image: x}]\ninitContainers: [{name: a, image: x}]", "spec.initContainers[0].name: Duplicate value: \"a\"")]
    [InlineData("containers: [{name: a, image: x, volumeMounts: [{name: v, mountPath: /v}]}]", "spec.containers[0].volumeMounts[0].name: Not found: \"v\"")]
    [InlineData("containers: [{name: a, image: x, volumeMounts: [{name: v, mountPath: /v}, {name: v, mountPath: /v}]}]\nvolumes: [{name: v, emptyDir: {}}]", "spec.containers[0].volumeMounts[1].mountPath: Invalid value: \"/v\": must be unique")]
    [InlineData("containers: [{name: a, image: x, volumeMounts: [{name: v, mountPath: /v, subPath: ../x}]}]\nvolumes: [{name: v, emptyDir: {}}]", "spec.containers[0].volumeMounts.subPath: Invalid value: \"../x\": must not contain '..'")]
    [InlineData("containers: [{name: a, image: x, ports: [{containerPort: 70000}]}]", "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive")]
    [InlineData("containers: [{name: a, image: x, ports: [{containerPort: 1, name: Bad_Name}]}]", "spec.containers[0].ports[0].name: Invalid value: \"Bad_Name\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")]
    [InlineData("containers: [{name: a, image: x, ports: [{containerPort: 1, name: p}, {containerPort: 2, name: p}]}]", "spec.containers[0].ports[1].name: Duplicate value: \"p\"")]
    [InlineData("containers: [{name: a, image: x, env: [{name: A=B}]}]", "spec.containers[0].env[0].name: Invalid value: \"A=B\": a valid environment variable name must consist only of printable ASCII characters other than '='")]
    [InlineData("containers: [{name: a, image: x, env: [{name: A, value: b, valueFrom: {secretKeyRef: {name: s, key: k}}}]}]", "spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty")]
    [InlineData("containers: [{name: a, image: x, env: [{name: A, valueFrom: {}}]}]", "spec.containers[0].env[0].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`")]
    [InlineData("containers: [{name: a, image: x, env: [{name: A, valueFrom: {configMapKeyRef: {name: s}}}]}]", "spec.containers[0].env[0].valueFrom.configMapKeyRef.key: Required value")]
    [InlineData("containers: [{name: a, image: x, env: [{name: A, valueFrom: {fieldRef: {fieldPath: spec.foo}}}]}]", "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.foo\": error converting fieldPath: field label not supported: spec.foo")]
    [InlineData("containers: [{name: a, image: x, envFrom: [{}]}]", "spec.containers[0].envFrom: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`")]
    [InlineData("containers: [{name: a, image: x, resources: {limits: {cpu: 1}, requests: {cpu: 2}}}]", "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1")]
    [InlineData("containers: [{name: a, image: x, resources: {limits: {memory: -1Mi}}}]", "spec.containers[0].resources.limits[memory]: Invalid value: \"-1Mi\": must be greater than or equal to 0")]
    [InlineData("containers: [{name: a, image: x, resources: {requests: {foo: 1}}}]", "spec.containers[0].resources.requests[foo]: Invalid value: \"foo\": must be a standard resource for containers")]
    [InlineData("containers: [{name: a, image: x, resources: {requests: {example.com/gpu: 1}}}]", "spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources")]
    [InlineData("containers: [{name: a, image: x, livenessProbe: {}}]", "spec.containers[0].livenessProbe: Required value: must specify a handler type")]
    [InlineData("containers: [{name: a, image: x, livenessProbe: {exec: {command: [x]}, tcpSocket: {port: 1}}}]", "spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type")]
    [InlineData("containers: [{name: a, image: x, livenessProbe: {exec: {command: [x]}, successThreshold: 2}}]", "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1")]
    [InlineData("containers: [{name: a, image: x, securityContext: {privileged: true, allowPrivilegeEscalation: false}}]", "spec.containers[0].securityContext: Invalid value: {\"privileged\":true,\"allowPrivilegeEscalation\":false}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true")]
    [InlineData("containers: [{name: a, image: x}]\ninitContainers: [{name: b, image: x, readinessProbe: {exec: {command: [x]}}}]", "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always")]
    [InlineData("containers: [{name: a, image: x}]\nvolumes: [{name: v, emptyDir: {}}, {name: v, emptyDir: {}}]", "spec.volumes[1].name: Duplicate value: \"v\"")]
    [InlineData("containers: [{name: a, image: x}]\nvolumes: [{name: v, emptyDir: {}, hostPath: {path: /x}}]", "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type")]
    [InlineData("containers: [{name: a, image: x}]\nvolumes: [{name: v, secret: {}}]", "spec.volumes[0].secret.secretName: Required value")]
    [InlineData("containers: [{name: a, image: x}]\nvolumes: [{name: v, configMap: {name: c, defaultMode: 512}}]", "spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive")]
    [InlineData("containers: [{name: a, image: x}]\nvolumes: [{name: v, configMap: {name: c, items: [{key: k, path: /abs}]}}]", "spec.volumes[0].configMap.items[0].path: Invalid value: \"/abs\": must be a relative path")]
    [InlineData("containers: [{name: a, image: x}]\nactiveDeadlineSeconds: 0", "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive")]
    [InlineData("containers: [{name: a, image: x}]\nterminationGracePeriodSeconds: -1", "spec.terminationGracePeriodSeconds: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("containers: [{name: a, image: x}]\ntolerations: [{value: x}]", "spec.tolerations[0].operator: Invalid value: \"\": operator must be Exists when `key` is empty, which means \"match all values and all keys\"")]
    [InlineData("containers: [{name: a, image: x}]\ntolerations: [{key: k, operator: Exists, value: x}]", "spec.tolerations[0].operator: Invalid value: \"x\": value must be empty when `operator` is 'Exists'")]
    [InlineData("containers: [{name: a, image: x}]\ndnsPolicy: None", "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None")]
    [InlineData("containers: [{name: a, image: x}]\nephemeralContainers: [{name: e, image: x}]", "spec.ephemeralContainers: Forbidden: cannot be set on create")]
    [InlineData("containers: [{name: a, image: x}]", "")]
    public void PodsAreValidated(string spec, string expected)
    {
        var pod = Json.Named($"spec:\n  {spec.Replace("\n", "\n  ")}");
        Assert.Equal(expected, string.Join('|', Json.Shown(Rules.Validate(pod))));
    }

    [Theory]
    [InlineData("spec: {containers: [{name: a, image: y}]}", "")]
    [InlineData("metadata: {labels: {a: b}}", "")]
    [InlineData("spec: {activeDeadlineSeconds: 5}", "")]
    [InlineData("spec: {tolerations: [{key: k, operator: Exists}, {key: l, operator: Exists}]}", "")]
    [InlineData("spec: {tolerations: []}", "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds")]
    [InlineData("spec: {activeDeadlineSeconds: 50}", "spec.activeDeadlineSeconds: Invalid value: 50: must be less than or equal to previous value")]
    [InlineData("spec: {containers: [{name: a, image: x}, {name: b, image: x}]}", "spec.containers: Forbidden: pod updates may not add or remove containers")]
    [InlineData("spec: {nodeName: n2}", "this one changes `spec.nodeName`")]
    [InlineData("spec: {containers: [{name: a, image: x, command: [y]}]}", "this one changes `spec.containers[0].command`")]
    public void UpdatesOfPodsAreHeldToWhatMayChange(string change, string expected)
    {
        var old = Json.Named("spec: {nodeName: n1, activeDeadlineSeconds: 10, containers: [{name: a, image: x}], tolerations: [{key: k, operator: Exists}]}");
        var updated = Slipway.Api.Patches.MergePatch.Apply(old, Json.Of(change))!.AsObject();
        var causes = string.Join('|', Json.Shown(Rules.ValidateUpdate(old, updated)));
        if (expected.Length == 0) Assert.Equal("", causes);
        else Assert.EndsWith(expected, causes);
    }

    [Theory]
    [InlineData("containers: [{name: a}]", "BestEffort")]
    [InlineData("containers: [{resources: {requests: {cpu: 1}}}]", "Burstable")]
    [InlineData("containers: [{resources: {limits: {cpu: 1}}}]", "Burstable")]
    [InlineData("containers: [{resources: {limits: {cpu: 1, memory: 1Gi}}}]", "Guaranteed")]
    [InlineData("containers: [{resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 1000m, memory: 1024Mi}}}]", "Guaranteed")]
    [InlineData("containers: [{resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 500m}}}]", "Burstable")]
    [InlineData("containers: [{resources: {limits: {cpu: 1, memory: 1Gi}}}, {name: b}]", "Burstable")]
    [InlineData("containers: [{resources: {requests: {example.com/gpu: 1}}}]", "BestEffort")]
    [InlineData("{containers: [{name: a}], resources: {limits: {cpu: 1, memory: 1Gi}}}", "Guaranteed")]
    public void TheQualityClassFollowsFromResources(string spec, string expected) => Assert.Equal(expected, PodQuality.ClassOf(Json.Of(spec)));

    [Fact]
    public void ACreatedPodIsPending()
    {
        var pod = Json.Named("spec: {containers: [{name: a, image: x}]}\nstatus: {phase: Running, podIP: 1.2.3.4}");
        Rules.PrepareCreate(pod);
        Json.AssertEqual("""{"phase":"Pending","qosClass":"BestEffort"}""", pod["status"]);
        Assert.Equal(1, pod.Generation);
    }

    [Fact]
    public void AnUpdateLeavesStatusAndAStatusUpdateLeavesTheRest()
    {
        var old = Json.Named("metadata: {generation: 3, ownerReferences: [{name: o}]}\nspec: {nodeName: n}\nstatus: {phase: Pending, qosClass: Burstable}");
        var updated = Json.Named("metadata: {labels: {a: b}}\nspec: {nodeName: m}\nstatus: {phase: Failed}");
        var (main, status) = (updated.DeepClone().AsObject(), updated.DeepClone().AsObject());
        Rules.PrepareUpdate(old, main);
        Assert.Equal(("m", "Pending", 4L), (main.At("spec.nodeName").AsText(), main.At("status.phase").AsText(), main.Generation));
        Rules.PrepareStatusUpdate(old, status);
        Assert.Equal(("n", "Failed", "Burstable", 3L), (status.At("spec.nodeName").AsText(), status.At("status.phase").AsText(), status.At("status.qosClass").AsText(), status.Generation));
        Assert.Equal("""[{"name":"o"}]""", Json.Text(status.OwnerReferences));
    }
}
