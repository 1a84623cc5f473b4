using Slipway.Api.Documents;
using Slipway.Api.Patches;
using Slipway.Api.Rules;

namespace Slipway.Api.Tests.Rules;

public sealed class KindRulesTests
{
    [Theory]
    [InlineData("metadata: {name: Bad}", "metadata.name: Invalid value: \"Bad\": a lowercase RFC 1123 subdomain")]
    [InlineData("metadata: {name: a..b}", "metadata.name: Invalid value: \"a..b\": a lowercase RFC 1123 subdomain")]
    [InlineData("metadata: {generateName: Bad-, name: x}", "metadata.generateName: Invalid value: \"Bad-\": a lowercase RFC 1123 subdomain")]
    [InlineData("metadata: {generateName: good-, name: x}", "")]
    [InlineData("metadata: {name: x, labels: {'a b': c}}", "metadata.labels: Invalid value: \"a b\": name part must consist of")]
    [InlineData("metadata: {name: x, labels: {a: 'b c'}}", "metadata.labels: Invalid value: \"b c\": a valid label must be")]
    [InlineData("metadata: {name: x, labels: {Example.com/x: c}}", "metadata.labels: Invalid value: \"Example.com/x\": prefix part a lowercase")]
    [InlineData("metadata: {name: x, annotations: {Example.com/x: anything at all}}", "")]
    [InlineData("metadata: {name: x, annotations: {'a/b/c': x}}", "metadata.annotations: Invalid value: \"a/b/c\": a qualified name")]
    [InlineData("metadata: {name: x, finalizers: ['a b']}", "metadata.finalizers[0]: Invalid value: \"a b\": name part")]
    [InlineData("metadata: {name: x, ownerReferences: [{apiVersion: v1, kind: Pod, name: p}]}", "metadata.ownerReferences[0].uid: Invalid value: \"\": must not be empty")]
    [InlineData("metadata: {name: x, ownerReferences: [{apiVersion: v1, kind: Pod, name: p, uid: u, controller: true}, {apiVersion: v1, kind: Pod, name: q, uid: v, controller: true}]}", "metadata.ownerReferences: Invalid value: \"q\": Only one reference can have Controller set to true")]
    public void MetadataIsValidated(string yaml, string expected) => AssertCauses(expected, KindRules.For("", "ServiceAccount").Validate(Json.Named(yaml)));

    [Fact]
    public void NamesAndAnnotationsHaveLimits()
    {
        AssertCauses("metadata.name: Invalid value:", KindRules.For("", "ServiceAccount").Validate(Json.Named($"metadata: {{name: {new string('a', 254)}}}")));
        AssertCauses("metadata.annotations: Too long: may not be more than 262144 bytes", KindRules.For("", "ServiceAccount").Validate(Json.Named($"metadata: {{annotations: {{a: {new string('a', 262144)}}}}}")));
    }

    [Theory]
    [InlineData("", "Namespace", "metadata: {name: x, namespace: y}", "metadata.namespace: Forbidden: not allowed on this type")]
    [InlineData("", "Namespace", "metadata: {name: a.b}", "metadata.name: Invalid value: \"a.b\": must not contain dots")]
    [InlineData("", "Node", "metadata: {name: a.b}\nspec: {taints: [{key: k, effect: NoSchedule}, {key: k, effect: NoSchedule}]}", "spec.taints[1]: Duplicate value:")]
    [InlineData("", "Node", "metadata: {name: a.b}\nspec: {taints: [{key: k}]}", "spec.taints[0].effect: Required value")]
    [InlineData("", "Node", "metadata: {name: a.b}\nspec: {podCIDR: x, podCIDRs: [x]}", "spec.podCIDRs[0]: Invalid value: \"x\"")]
    public void ClusterScopedKindsAreValidated(string group, string kind, string yaml, string expected) => AssertCauses(expected, KindRules.For(group, kind).Validate(Json.Of(yaml)));

    [Theory]
    [InlineData("node.k8s.io", "RuntimeClass", "x", true)]
    [InlineData("coordination.k8s.io", "Lease", "x", true)]
    [InlineData("admissionregistration.k8s.io", "MutatingWebhookConfiguration", "x", true)]
    [InlineData("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "x", true)]
    [InlineData("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "x", true)]
    [InlineData("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding", "x", true)]
    [InlineData("admissionregistration.k8s.io", "MutatingAdmissionPolicy", "x", true)]
    [InlineData("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding", "x", true)]
    [InlineData("apiextensions.k8s.io", "CustomResourceDefinition", "x", true)]
    [InlineData("node.k8s.io", "RuntimeClass", "a b", false)]
    [InlineData("", "ConfigMap", "x", false)]
    [InlineData("", "ConfigMap", "x/y", true)]
    [InlineData("apps", "Deployment", "x", false)]
    [InlineData("apps", "Deployment", "foregroundDeletion", true)]
    public void FinalizersHaveADomainExceptWhereKubernetesNeverAskedForOne(string group, string kind, string finalizer, bool isAllowed)
    {
        var document = Json.Named("{}");
        document.Metadata["finalizers"] = new System.Text.Json.Nodes.JsonArray(finalizer);
        Assert.Equal(isAllowed, !KindRules.For(group, kind).Validate(document).Any(c => c.Field == "metadata.finalizers[0]"));
    }

    [Theory]
    [InlineData("", "ConfigMap", "data: {'a b': c}", "data[a b]: Invalid value: \"a b\": a valid config key must consist of")]
    [InlineData("", "ConfigMap", "data: {a: c}\nbinaryData: {a: Yw==}", "data[a]: Invalid value: \"a\": duplicate of key present in binaryData")]
    [InlineData("", "ConfigMap", "data: {..a: c}", "data[..a]: Invalid value: \"..a\": must not start with '..'")]
    [InlineData("", "Secret", "data: {'a/b': Yw==}", "data[a/b]: Invalid value: \"a/b\": a valid config key")]
    [InlineData("", "Secret", "type: kubernetes.io/tls\ndata: {tls.crt: Yw==}", "data[tls.key]: Required value")]
    [InlineData("", "Secret", "type: kubernetes.io/dockerconfigjson\ndata: {.dockerconfigjson: Yw==}", "data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": must be a JSON object")]
    [InlineData("", "Event", "involvedObject: {namespace: other}", "involvedObject.namespace: Invalid value: \"other\": does not match event.namespace")]
    [InlineData("", "Event", "involvedObject: {namespace: default}", "")]
    [InlineData("events.k8s.io", "Event", "regarding: {namespace: default}\neventTime: '2026-01-01T00:00:00.000000Z'\nreportingController: c\nreportingInstance: i\naction: a\nreason: r\ntype: Odd", "type: Invalid value: \"Odd\": must be Normal or Warning")]
    [InlineData("coordination.k8s.io", "Lease", "spec: {leaseDurationSeconds: 0}", "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0")]
    [InlineData("coordination.k8s.io", "Lease", "spec: {leaseTransitions: -1}", "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0")]
    public void NamespacedKindsAreValidated(string group, string kind, string yaml, string expected) => AssertCauses(expected, KindRules.For(group, kind).Validate(Json.Named(yaml)));

    [Theory]
    [InlineData("ConfigMap", "immutable: true\ndata: {a: b}", "data: {a: c}", "data: Forbidden: field is immutable when `immutable` is set")]
    [InlineData("ConfigMap", "immutable: true\ndata: {a: b}", "immutable: false", "immutable: Forbidden: field is immutable when `immutable` is set")]
    [InlineData("ConfigMap", "immutable: true\ndata: {a: b}", "metadata: {labels: {x: y}}", "")]
    [InlineData("ConfigMap", "data: {a: b}", "data: {a: c}", "")]
    [InlineData("Secret", "immutable: true\ndata: {a: Yg==}", "data: {b: Yg==}", "data: Forbidden: field is immutable when `immutable` is set")]
    [InlineData("Secret", "type: Opaque", "type: other", "type: Invalid value: \"other\": field is immutable")]
    [InlineData("ServiceAccount", "metadata: {name: x}", "metadata: {name: y}", "metadata.name: Invalid value: \"y\": field is immutable")]
    [InlineData("ServiceAccount", "metadata: {deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [a.b/c]}", "metadata: {finalizers: [a.b/c, a.b/d]}", "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"a.b/d\"}")]
    public void UpdatesAreValidated(string kind, string yaml, string change, string expected)
    {
        var old = Json.Named(yaml);
        AssertCauses(expected, KindRules.For("", kind).ValidateUpdate(old, MergePatch.Apply(old, Json.Of(change))!.AsObject()));
    }

    [Fact]
    public void TextOfSecretsBecomesData()
    {
        var secret = Json.Named("data: {a: Yg==, b: Yg==}\nstringData: {a: x}");
        KindRules.For("", "Secret").Default(secret);
        Json.AssertEqual("""{"a":"eA==","b":"Yg=="}""", secret["data"]);
        Assert.Equal("Opaque", secret.Text("type"));
        Assert.False(secret.ContainsKey("stringData"));
    }

    [Fact]
    public void ANamespaceIsBornActiveWithItsFinalizerAndLabel()
    {
        var ns = Json.Of("metadata: {name: x}");
        var rules = KindRules.For("", "Namespace");
        rules.Default(ns);
        rules.PrepareCreate(ns);
        Json.AssertEqual("""{"metadata":{"name":"x","labels":{"kubernetes.io/metadata.name":"x"}},"status":{"phase":"Active"},"spec":{"finalizers":["kubernetes"]}}""", ns);
        var updated = Json.Of("metadata: {name: x}\nspec: {}\nstatus: {phase: Terminating}");
        rules.PrepareUpdate(ns, updated);
        Json.AssertEqual("""["kubernetes"]""", updated.At("spec.finalizers"));
        Assert.Equal("Active", updated.At("status.phase").AsText());
        AssertCauses("status.Phase: Invalid value: \"Terminating\": may only be 'Active'", rules.ValidateStatusUpdate(ns, Json.Of("metadata: {name: x}\nstatus: {phase: Terminating}")));
    }

    [Fact]
    public void ANodeRegistersWithItsStatus()
    {
        var node = Json.Of("metadata: {name: n}\nstatus: {capacity: {cpu: '2'}}");
        KindRules.For("", "Node").PrepareCreate(node);
        Assert.Equal("2", node.At("status.capacity.cpu").AsText());
    }

    [Theory]
    [InlineData("spec: {x: 1}\nstatus: {y: 1}", "spec: {x: 2}\nstatus: {y: 2}", 8, """{"y":1}""")]
    [InlineData("spec: {x: 1}\nstatus: {y: 1}", "metadata: {labels: {a: b}}\nspec: {x: 1}", 7, """{"y":1}""")]
    [InlineData("other: 1", "other: 2", 8, "null")]
    public void CustomResourcesCountTheirGeneration(string before, string after, long generation, string status)
    {
        var old = Json.Named(before);
        old.Generation = 7;
        var updated = Json.Named(after);
        KindRules.ForCustom("example.com", "Widget", namespaced: true, hasStatus: true).PrepareUpdate(old, updated);
        Assert.Equal(generation, updated.Generation);
        Json.AssertEqual(status, updated["status"]);
    }

    [Fact]
    public void AStatusWriteOfACustomResourceTouchesStatusOnly()
    {
        var old = Json.Named("metadata: {labels: {a: b}}\nspec: {x: 1}\nother: 1");
        var updated = Json.Named("metadata: {labels: {a: c}, managedFields: [{}]}\nspec: {x: 2}\nmore: 1\nstatus: {y: 1}");
        KindRules.ForCustom("example.com", "Widget", namespaced: true, hasStatus: true).PrepareStatusUpdate(old, updated);
        Json.AssertEqual("""{"metadata":{"name":"x","namespace":"default","labels":{"a":"b"},"managedFields":[{}]},"spec":{"x":1},"other":1,"status":{"y":1}}""", updated);
    }

    [Fact]
    public void OwnKindsHaveTheirOwnRules()
    {
        var flow = Json.Named("spec: {tasks: [{name: a, image: x, command: [y]}, {name: a, image: x, command: [y]}]}");
        AssertCauses("spec.tasks[1].name: Duplicate value: \"a\"", KindRules.ForCustom("slipway.dev", "Flow", namespaced: true, hasStatus: true).Validate(flow));
        var (run, changed) = (Json.Named("spec: {flow: a}"), Json.Named("spec: {flow: b}"));
        AssertCauses("spec: Forbidden: a run cannot be changed", KindRules.ForCustom("slipway.dev", "FlowRun", namespaced: true, hasStatus: true).ValidateUpdate(run, changed));
    }

    internal static void AssertCauses(string expected, IReadOnlyList<StatusCause> causes)
    {
        if (expected.Length == 0) Assert.Empty(Json.Shown(causes));
        else Assert.StartsWith(expected, Assert.Single(Json.Shown(causes)));
    }
}
