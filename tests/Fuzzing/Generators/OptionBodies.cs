using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Fuzzing.Generators;

/// <summary>Documents that ask for something to be done: options of deletions, reviews, scales, evictions, tokens, bindings.</summary>
internal static class OptionBodies
{
    private const string Namespace = "/api/v1/namespaces/fuzz-a";

    private static readonly (string Method, string Path, JsonObject Document)[] Requests =
    [
        Of("DELETE", $"{Namespace}/configmaps/minimal", "{kind: DeleteOptions, apiVersion: v1, gracePeriodSeconds: 0, propagationPolicy: Foreground, preconditions: {uid: x, resourceVersion: '1'}, dryRun: [All]}"),
        Of("DELETE", $"{Namespace}/pods/minimal", "{kind: DeleteOptions, apiVersion: v1, gracePeriodSeconds: 1, orphanDependents: true}"),
        Of("DELETE", $"{Namespace}/secrets", "{kind: DeleteOptions, apiVersion: v1, propagationPolicy: Orphan}"),
        Of("DELETE", "/apis/apps/v1/namespaces/fuzz-a/deployments/minimal", "{kind: DeleteOptions, apiVersion: apps/v1, propagationPolicy: Background}"),
        Of("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "{kind: SelfSubjectAccessReview, apiVersion: authorization.k8s.io/v1, spec: {resourceAttributes: {namespace: fuzz-a, verb: get, resource: pods, fieldSelector: {rawSelector: a=b}, labelSelector: {requirements: [{key: a, operator: In, values: [b]}]}}}}"),
        Of("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", "{kind: SubjectAccessReview, apiVersion: authorization.k8s.io/v1, spec: {user: u, groups: [g], extra: {a: [b]}, nonResourceAttributes: {path: /, verb: get}}}"),
        Of("POST", "/apis/authorization.k8s.io/v1/namespaces/fuzz-a/localsubjectaccessreviews", "{kind: LocalSubjectAccessReview, apiVersion: authorization.k8s.io/v1, metadata: {namespace: fuzz-a}, spec: {user: u, resourceAttributes: {namespace: fuzz-a, verb: '*', group: '*', resource: '*'}}}"),
        Of("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", "{kind: SelfSubjectRulesReview, apiVersion: authorization.k8s.io/v1, spec: {namespace: fuzz-a}}"),
        Of("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{kind: SelfSubjectReview, apiVersion: authentication.k8s.io/v1}"),
        Of("POST", "/apis/authentication.k8s.io/v1/tokenreviews", "{kind: TokenReview, apiVersion: authentication.k8s.io/v1, spec: {token: a.b.c, audiences: [x]}}"),
        Of("PUT", "/apis/apps/v1/namespaces/fuzz-a/deployments/minimal/scale", "{kind: Scale, apiVersion: autoscaling/v1, metadata: {name: minimal, namespace: fuzz-a}, spec: {replicas: 3}}"),
        Of("PATCH", "/apis/fuzz.example.com/v1/namespaces/fuzz-a/widgets/minimal/scale", "{spec: {replicas: 3}}"),
        Of("POST", $"{Namespace}/pods/minimal/eviction", "{kind: Eviction, apiVersion: policy/v1, metadata: {name: minimal, namespace: fuzz-a}, deleteOptions: {gracePeriodSeconds: 3, dryRun: [All]}}"),
        Of("POST", $"{Namespace}/serviceaccounts/default/token", "{kind: TokenRequest, apiVersion: authentication.k8s.io/v1, spec: {audiences: [a], expirationSeconds: 600, boundObjectRef: {kind: Pod, apiVersion: v1, name: minimal}}}"),
        Of("POST", $"{Namespace}/pods/minimal/binding", "{kind: Binding, apiVersion: v1, metadata: {name: minimal}, target: {kind: Node, name: minimal}}"),
        Of("POST", $"{Namespace}/bindings", "{kind: Binding, apiVersion: v1, metadata: {name: a}, target: {kind: Node, name: minimal}}"),
        Of("PUT", "/apis/certificates.k8s.io/v1/certificatesigningrequests/minimal/approval", "{kind: CertificateSigningRequest, apiVersion: certificates.k8s.io/v1, metadata: {name: minimal}, status: {conditions: [{type: Approved, status: 'True', reason: r}]}}"),
        Of("PATCH", $"{Namespace}/pods/minimal/ephemeralcontainers", "{spec: {ephemeralContainers: [{name: e, image: i}]}}"),
        Of("PATCH", $"{Namespace}/pods/minimal/resize", "{spec: {containers: [{name: c, resources: {requests: {cpu: 1m}}}]}}"),
        Of("PUT", "/api/v1/namespaces/fuzz-missing/finalize", "{kind: Namespace, apiVersion: v1, metadata: {name: fuzz-missing}, spec: {finalizers: []}}"),
        Of("POST", $"{Namespace}/pods/minimal/exec", "{kind: PodExecOptions, apiVersion: v1, command: [x]}"),
        Of("GET", $"{Namespace}/pods/minimal/log", "{kind: PodLogOptions, apiVersion: v1}"),
    ];

    public static Draft Next(Random random)
    {
        var (method, path, example) = random.Pick(Requests);
        var document = (JsonObject)example.DeepClone();
        if (!random.OneIn(8)) document = Mutation.Mutated(random, document);
        var draft = new Draft(method, path);
        if (random.OneIn(5)) draft = draft.With(Queries.Parameter(random));
        if (random.OneIn(12)) draft = draft with { Target = draft.Target.Replace("fuzz-a", random.Pick(Vocabulary.Namespaces), StringComparison.Ordinal).Replace("minimal", random.Pick(Vocabulary.Names), StringComparison.Ordinal) };
        return method == "PATCH" ? PatchBodies.Of(random, draft, () => document) : Bodies.Written(random, draft, document);
    }

    private static (string, string, JsonObject) Of(string method, string path, string yaml) => (method, path, DocumentReader.ParseYaml(yaml).Single());
}
