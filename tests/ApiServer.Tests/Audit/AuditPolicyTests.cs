using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Audit;

namespace Slipway.ApiServer.Tests.Audit;

public sealed class AuditPolicyTests
{
    private const string Rules = """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [RequestReceived]
        rules:
          - { level: None, users: [quiet] }
          - { level: Request, userGroups: [team], verbs: [create], omitStages: [ResponseStarted] }
          - { level: RequestResponse, resources: [{ group: "", resources: [pods/*, "*/scale"] }] }
          - { level: Metadata, resources: [{ group: "", resources: [secrets], resourceNames: [db] }], namespaces: [prod], omitManagedFields: true }
          - { level: Metadata, nonResourceURLs: ["/api*", /version] }
          - { level: Metadata, resources: [{ group: apps }] }
        """;

    public static TheoryData<string, string, string, string, string, string, string, AuditLevel> Requests => new()
    {
        // user, group of the user, verb, API group, resource, namespace, name
        { "quiet", "team", "create", "", "pods", "prod", "", AuditLevel.None },
        { "a", "team", "create", "", "pods", "prod", "", AuditLevel.Request },
        { "a", "team", "get", "", "pods", "prod", "p", AuditLevel.None },
        { "a", "", "get", "", "pods/log", "prod", "p", AuditLevel.RequestResponse },
        { "a", "", "update", "", "replicationcontrollers/scale", "prod", "p", AuditLevel.RequestResponse },
        { "a", "", "update", "apps", "deployments/scale", "prod", "p", AuditLevel.Metadata },
        { "a", "", "get", "", "secrets", "prod", "db", AuditLevel.Metadata },
        { "a", "", "get", "", "secrets", "test", "db", AuditLevel.None },
        { "a", "", "list", "", "secrets", "prod", "", AuditLevel.None },
        { "a", "", "list", "apps", "deployments", "prod", "", AuditLevel.Metadata },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public void The_first_rule_that_matches_decides(string user, string userGroup, string verb, string group, string resource, string ns, string name, AuditLevel level) =>
        Assert.Equal(level, Policy(Rules).Decide(new(new(user, [userGroup]), verb, null, group, resource, ns, name)).Level);

    [Theory]
    [InlineData("/api/v1", AuditLevel.Metadata)]
    [InlineData("/version", AuditLevel.Metadata)]
    [InlineData("/version/x", AuditLevel.None)]
    [InlineData("/livez", AuditLevel.None)]
    public void Paths_have_rules_of_their_own(string path, AuditLevel level) =>
        Assert.Equal(level, Policy(Rules).Decide(new(new("a", []), "get", path, "", "", "", "")).Level);

    [Fact]
    public void Stages_are_left_out_by_the_policy_and_by_the_rule() =>
        Assert.Equal(AuditStages.RequestReceived | AuditStages.ResponseStarted, Policy(Rules).Decide(new(new("a", ["team"]), "create", null, "", "pods", "", "")).Omitted);

    [Theory]
    [InlineData("admin", "create", "", "pods", AuditLevel.Metadata)]
    [InlineData("admin", "get", "", "pods", AuditLevel.None)]
    [InlineData("admin", "get", "", "secrets", AuditLevel.Metadata)]
    [InlineData("admin", "create", "", "serviceaccounts/token", AuditLevel.Metadata)]
    [InlineData("admin", "create", "", "events", AuditLevel.None)]
    [InlineData("system:kube-scheduler", "create", "", "pods/binding", AuditLevel.None)]
    public void Without_a_policy_it_is_recorded_who_changed_what(string user, string verb, string group, string resource, AuditLevel level) =>
        Assert.Equal(level, AuditPolicy.Default.Decide(new(new(user, []), verb, null, group, resource, "default", "x")).Level);

    [Theory]
    [InlineData("kind: Policy\napiVersion: v1", "an audit policy must be a Policy of audit.k8s.io/v1, not Policy of v1")]
    [InlineData("kind: Policy\napiVersion: audit.k8s.io/v1", "rules: Required value")]
    [InlineData("kind: Policy\napiVersion: audit.k8s.io/v1\nrules: [{ level: All }]", "rules[0].level: Unsupported value: \"All\": supported values: \"None\", \"Metadata\", \"Request\", \"RequestResponse\"")]
    [InlineData("kind: Policy\napiVersion: audit.k8s.io/v1\nrules: [{ level: \"1\" }]", "rules[0].level: Unsupported value: \"1\"")]
    [InlineData("kind: Policy\napiVersion: audit.k8s.io/v1\nrules: [{ users: [a] }]", "rules[0].level: Required value")]
    [InlineData("kind: Policy\napiVersion: audit.k8s.io/v1\nrules: [{ level: None, user: [a] }]", "unknown field \"rules[0].user\"")]
    [InlineData("kind: Policy\napiVersion: audit.k8s.io/v1\nrules: [{ level: None, omitStages: [Later] }]", "rules[0].omitStages[0]: Unsupported value: \"Later\"")]
    [InlineData("kind: Policy\napiVersion: audit.k8s.io/v1\nrules: [{ level: None, nonResourceURLs: [/x], namespaces: [a] }]", "rules cannot apply to both regular resources and non-resource URLs")]
    [InlineData("kind: Policy\napiVersion: audit.k8s.io/v1\nrules: [{ level: None, resources: [{ resourceNames: [a] }] }]", "using resourceNames requires at least one resource")]
    public void A_mistake_is_named(string policy, string said) =>
        Assert.Contains(said, Assert.Throws<ApiException>(() => Policy(policy)).Message, StringComparison.Ordinal);

    private static AuditPolicy Policy(string yaml) => AuditPolicy.Parse(DocumentReader.ParseYaml(yaml)[0]);
}
