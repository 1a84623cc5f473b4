namespace Slipway.Api.Tests.Rules.Access;

/// <summary>Roles and their bindings, with what Kubernetes' own validation says of them.</summary>
public sealed class AccessTableTests
{
    private const string Group = "rbac.authorization.k8s.io";

    private static readonly RuleTable Roles = new(Group, "Role", "rules: [{verbs: [get], apiGroups: [''], resources: [pods]}]");

    private static readonly RuleTable ClusterRoles = new(Group, "ClusterRole", "rules: [{verbs: [get], apiGroups: [''], resources: [pods]}]");

    private static readonly RuleTable Bindings = new(Group, "RoleBinding", "roleRef: {kind: Role, name: r}\nsubjects: [{kind: User, name: u}]");

    private static readonly RuleTable ClusterBindings = new(Group, "ClusterRoleBinding", "roleRef: {kind: ClusterRole, name: r}\nsubjects: [{kind: User, name: u}]");

    [Theory]
    [InlineData("", "")]
    [InlineData("metadata: {name: 'system:node:x'}", "")]
    [InlineData("metadata: {name: Any_Case}", "")]
    [InlineData("metadata: {name: a/b}", "metadata.name: Invalid value: \"a/b\": may not contain '/'")]
    [InlineData("metadata: {name: a%b}", "metadata.name: Invalid value: \"a%b\": may not contain '%'")]
    [InlineData("metadata: {name: ..}", "metadata.name: Invalid value: \"..\": may not be '..'")]
    [InlineData("rules: []", "")]
    [InlineData("rules: [{apiGroups: [''], resources: [pods]}]", "rules[0].verbs: Required value: verbs must contain at least one value")]
    [InlineData("rules: [{verbs: [get], resources: [pods]}]", "rules[0].apiGroups: Required value: resource rules must supply at least one api group")]
    [InlineData("rules: [{verbs: [get], apiGroups: ['']}]", "rules[0].resources: Required value: resource rules must supply at least one resource")]
    [InlineData("rules: [{verbs: [get], nonResourceURLs: [/healthz]}]", "rules[0].nonResourceURLs: Invalid value: [\"/healthz\"]: namespaced rules cannot apply to non-resource URLs")]
    [InlineData("rules: [{verbs: [get], apiGroups: [''], resources: [pods], nonResourceURLs: [/healthz]}]", "rules[0].nonResourceURLs: Invalid value: [\"/healthz\"]: namespaced rules cannot apply to non-resource URLs\nrules[0].nonResourceURLs: Invalid value: [\"/healthz\"]: rules cannot apply to both regular resources and non-resource URLs")]
    public void OfRoles(string change, string expected) => Roles.Check(change, expected);

    [Theory]
    [InlineData("", "")]
    [InlineData("rules: [{verbs: [get], nonResourceURLs: [/healthz]}]", "")]
    [InlineData("rules: [{verbs: [get], apiGroups: [''], nonResourceURLs: [/healthz]}]", "rules[0].nonResourceURLs: Invalid value: [\"/healthz\"]: rules cannot apply to both regular resources and non-resource URLs")]
    [InlineData("rules: [{verbs: [get], resourceNames: [a], nonResourceURLs: [/healthz]}]", "rules[0].nonResourceURLs: Invalid value: [\"/healthz\"]: rules cannot apply to both regular resources and non-resource URLs")]
    [InlineData("rules: [{}]", "rules[0].verbs: Required value: verbs must contain at least one value\nrules[0].apiGroups: Required value: resource rules must supply at least one api group\nrules[0].resources: Required value: resource rules must supply at least one resource")]
    [InlineData("aggregationRule: {clusterRoleSelectors: []}", "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil")]
    [InlineData("aggregationRule: {clusterRoleSelectors: [{matchLabels: {foo: bar}}]}", "")]
    [InlineData("aggregationRule: {clusterRoleSelectors: [{matchLabels: {'': bar}}]}", "aggregationRule.clusterRoleSelectors[0].matchLabels: Invalid value: \"\": name part must be non-empty")]
    public void OfClusterRoles(string change, string expected) => ClusterRoles.Check(change, expected);

    [Theory]
    [InlineData("", "")]
    [InlineData("roleRef: {kind: ClusterRole}", "")]
    [InlineData("roleRef: {apiGroup: foo}", "roleRef.apiGroup: Unsupported value: \"foo\": supported values: \"rbac.authorization.k8s.io\"")]
    [InlineData("roleRef: {kind: foo}", "roleRef.kind: Unsupported value: \"foo\": supported values: \"Role\", \"ClusterRole\"")]
    [InlineData("roleRef: {name: null}", "roleRef.name: Required value")]
    [InlineData("roleRef: {name: foo/bar}", "roleRef.name: Invalid value: \"foo/bar\": may not contain '/'")]
    [InlineData("subjects: [{kind: User}]", "subjects[0].name: Required value")]
    [InlineData("subjects: [{kind: Robot, name: r}]", "subjects[0].kind: Unsupported value: \"Robot\": supported values: \"ServiceAccount\", \"User\", \"Group\"")]
    [InlineData("subjects: [{kind: User, name: u, apiGroup: foo}]", "subjects[0].apiGroup: Unsupported value: \"foo\": supported values: \"rbac.authorization.k8s.io\"")]
    [InlineData("subjects: [{kind: Group, name: u, apiGroup: foo}]", "subjects[0].apiGroup: Unsupported value: \"foo\": supported values: \"rbac.authorization.k8s.io\"")]
    [InlineData("subjects: [{kind: ServiceAccount, name: s}]", "")]
    [InlineData("subjects: [{kind: ServiceAccount, name: s, apiGroup: foo}]", "subjects[0].apiGroup: Unsupported value: \"foo\": supported values: \"\"")]
    [InlineData("subjects: [{kind: ServiceAccount, name: 'subject:bad'}]", "subjects[0].name: Invalid value: \"subject:bad\": a lowercase RFC 1123 subdomain")]
    public void OfBindings(string change, string expected) => Bindings.Check(change, expected);

    [Theory]
    [InlineData("", "")]
    [InlineData("roleRef: {kind: Role}", "roleRef.kind: Unsupported value: \"Role\": supported values: \"ClusterRole\"")]
    [InlineData("subjects: [{kind: ServiceAccount, name: s}]", "subjects[0].namespace: Required value")]
    [InlineData("subjects: [{kind: ServiceAccount, name: s, namespace: n}]", "")]
    [InlineData("subjects: null", "")]
    public void OfClusterBindings(string change, string expected) => ClusterBindings.Check(change, expected);

    [Theory]
    [InlineData("subjects: [{kind: User, name: v}]", "")]
    [InlineData("roleRef: {name: other}", "roleRef: Invalid value: {")]
    [InlineData("roleRef: {kind: ClusterRole}", "roleRef: Invalid value: {")]
    public void OfUpdates(string after, string expected) => Bindings.CheckUpdate("", after, expected);
}
