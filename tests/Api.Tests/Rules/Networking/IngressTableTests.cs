namespace Slipway.Api.Tests.Rules.Networking;

/// <summary>Ingresses, with what Kubernetes' own validation says of them.</summary>
public sealed class IngressTableTests
{
    private const string Backend = "backend: {service: {name: s, port: {number: 80}}}";

    private static readonly RuleTable Table = new("networking.k8s.io", "Ingress", $"spec: {{defaultBackend: {{service: {{name: s, port: {{number: 80}}}}}}, rules: [{{host: foo.bar.com, http: {{paths: [{{path: /foo, pathType: ImplementationSpecific, {Backend}}}]}}}}]}}");

    [Theory]
    [InlineData("", "")]
    [InlineData("metadata: {name: dotted.name}", "")]
    [InlineData("metadata: {name: Upper}", "metadata.name: Invalid value: \"Upper\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {defaultBackend: null, rules: null}", "spec: Invalid value: []: either `defaultBackend` or `rules` must be specified")]
    [InlineData("spec: {rules: null}", "")]
    [InlineData("spec: {rules: [{host: 127.0.0.1}]}", "spec.rules[0].host: Invalid value: \"127.0.0.1\": must be a DNS name, not an IP address")]
    [InlineData("spec: {rules: [{host: 'foobar:80'}]}", "spec.rules[0].host: Invalid value: \"foobar:80\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {rules: [{host: '*.bar.com'}]}", "")]
    [InlineData("spec: {rules: [{host: '*.foo*.bar.com'}]}", "spec.rules[0].host: Invalid value: \"*.foo*.bar.com\": a wildcard DNS-1123 subdomain must start with '*.'")]
    [InlineData("spec: {rules: [{host: foo.*.bar.com}]}", "spec.rules[0].host: Invalid value: \"foo.*.bar.com\": a wildcard DNS-1123 subdomain must start with '*.'")]
    [InlineData("spec: {rules: [{host: '*'}]}", "spec.rules[0].host: Invalid value: \"*\": a wildcard DNS-1123 subdomain must start with '*.'")]
    [InlineData("spec: {rules: [{host: a, http: {paths: []}}]}", "spec.rules[0].http.paths: Required value")]
    [InlineData($"spec: {{rules: [{{http: {{paths: [{{path: foo, pathType: ImplementationSpecific, {Backend}}}]}}}}]}}", "spec.rules[0].http.paths[0].path: Invalid value: \"foo\": must be an absolute path")]
    [InlineData($"spec: {{rules: [{{http: {{paths: [{{path: foo, pathType: Exact, {Backend}}}]}}}}]}}", "spec.rules[0].http.paths[0].path: Invalid value: \"foo\": must be an absolute path")]
    [InlineData($"spec: {{rules: [{{http: {{paths: [{{pathType: Prefix, {Backend}}}]}}}}]}}", "spec.rules[0].http.paths[0].path: Invalid value: \"\": must be an absolute path")]
    [InlineData($"spec: {{rules: [{{http: {{paths: [{{pathType: ImplementationSpecific, {Backend}}}]}}}}]}}", "")]
    [InlineData($"spec: {{rules: [{{http: {{paths: [{{path: /a//b, pathType: Prefix, {Backend}}}]}}}}]}}", "spec.rules[0].http.paths[0].path: Invalid value: \"/a//b\": must not contain '//'")]
    [InlineData($"spec: {{rules: [{{http: {{paths: [{{path: /a/./b, pathType: Prefix, {Backend}}}]}}}}]}}", "spec.rules[0].http.paths[0].path: Invalid value: \"/a/./b\": must not contain '/./'")]
    [InlineData($"spec: {{rules: [{{http: {{paths: [{{path: /a/../b, pathType: Exact, {Backend}}}]}}}}]}}", "spec.rules[0].http.paths[0].path: Invalid value: \"/a/../b\": must not contain '/../'")]
    [InlineData($"spec: {{rules: [{{http: {{paths: [{{path: /foo%2fbar, pathType: Exact, {Backend}}}]}}}}]}}", "spec.rules[0].http.paths[0].path: Invalid value: \"/foo%2fbar\": must not contain '%2f'")]
    [InlineData($"spec: {{rules: [{{http: {{paths: [{{path: /foo/.., pathType: Exact, {Backend}}}]}}}}]}}", "spec.rules[0].http.paths[0].path: Invalid value: \"/foo/..\": cannot end with '/..'")]
    [InlineData($"spec: {{rules: [{{http: {{paths: [{{path: /foo/., pathType: Exact, {Backend}}}]}}}}]}}", "spec.rules[0].http.paths[0].path: Invalid value: \"/foo/.\": cannot end with '/.'")]
    [InlineData($"spec: {{rules: [{{http: {{paths: [{{path: /foo, {Backend}}}]}}}}]}}", "spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified")]
    [InlineData($"spec: {{rules: [{{http: {{paths: [{{path: /foo, pathType: foo, {Backend}}}]}}}}]}}", "spec.rules[0].http.paths[0].pathType: Unsupported value: \"foo\": supported values: \"Exact\", \"ImplementationSpecific\", \"Prefix\"")]
    [InlineData("spec: {rules: [{http: {paths: [{path: /foo, pathType: Exact, backend: {}}]}}]}", "spec.rules[0].http.paths[0].backend: Invalid value: \"\": resource or service backend is required")]
    [InlineData("spec: {defaultBackend: {service: {name: '', port: {number: 80}}}}", "spec.defaultBackend.service.name: Required value")]
    [InlineData("spec: {defaultBackend: {service: {name: defaultbackend%, port: {number: 80}}}}", "spec.defaultBackend.service.name: Invalid value: \"defaultbackend%\": a DNS-1035 label must consist of")]
    [InlineData("spec: {defaultBackend: {service: {port: null}}}", "spec.defaultBackend: Required value: port name or number is required")]
    [InlineData("spec: {defaultBackend: {service: {port: {name: http}}}}", "spec.defaultBackend: Invalid value: \"\": cannot set both port name & port number")]
    [InlineData("spec: {defaultBackend: {service: {port: {number: 65536}}}}", "spec.defaultBackend.service.port.number: Invalid value: 65536: must be between 1 and 65535, inclusive")]
    [InlineData("spec: {defaultBackend: {service: {port: {number: null, name: fake-port-name-too-long}}}}", "spec.defaultBackend.service.port.name: Invalid value: \"fake-port-name-too-long\": must be no more than 15 characters")]
    [InlineData("spec: {defaultBackend: {resource: {kind: K, name: n}}}", "spec.defaultBackend: Invalid value: \"\": cannot set both resource and service backends")]
    [InlineData("spec: {defaultBackend: {service: null, resource: {apiGroup: example.com, kind: Foo, name: bar}}}", "")]
    [InlineData("spec: {defaultBackend: {service: null, resource: {kind: Foo}}}", "spec.defaultBackend.resource.name: Required value")]
    [InlineData("spec: {defaultBackend: {service: null, resource: {apiGroup: 'a b', name: bar}}}", "spec.defaultBackend.resource.apiGroup: Invalid value: \"a b\"\nspec.defaultBackend.resource.kind: Required value")]
    [InlineData("spec: {tls: [{hosts: ['*.bar.com', foo.bar.com], secretName: s}]}", "")]
    [InlineData("spec: {tls: [{hosts: ['*']}]}", "spec.tls[0].hosts[0]: Invalid value: \"*\": a wildcard DNS-1123 subdomain must start with '*.'")]
    [InlineData("spec: {tls: [{hosts: ['a_b']}]}", "spec.tls[0].hosts[0]: Invalid value: \"a_b\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {tls: [{secretName: 'invalid name'}]}", "spec.tls[0].secretName: Invalid value: \"invalid name\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {ingressClassName: 'bad class'}", "spec.ingressClassName: Invalid value: \"bad class\": a lowercase RFC 1123 subdomain")]
    [InlineData("metadata: {annotations: {kubernetes.io/ingress.class: foo}}\nspec: {ingressClassName: bar}", "annotations.kubernetes.io/ingress.class: Invalid value: \"foo\": must match `ingressClassName` when both are specified")]
    [InlineData("metadata: {annotations: {kubernetes.io/ingress.class: foo}}\nspec: {ingressClassName: foo}", "")]
    public void Creation(string change, string expected) => Table.Check(change, expected);

    [Theory]
    [InlineData("metadata: {annotations: {kubernetes.io/ingress.class: foo}}", "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead")]
    [InlineData("", "")]
    public void Warnings(string change, string expected) => Table.CheckWarnings(change, expected);
}
