using Slipway.ApiServer.Authorization;
using Slipway.ApiServer.Authorization.Rbac;

namespace Slipway.ApiServer.Tests.Authorization;

public sealed class PolicySnapshotTests
{
    // verbs | groups | resources | names, each separated by commas; or verbs | paths.
    public static TheoryData<string, string, bool> Rules() => new()
    {
        { "get||pods", "get pods", true },
        { "get||pods", "list pods", false },
        { "get||pods", "get pods.apps", false },
        { "get||pods", "get pods/log", false },
        { "get||pods/log", "get pods/log", true },
        { "get||pods/log", "get pods", false },
        { "get||log", "get pods/log", false },
        { "*|*|*", "escalate clusterroles.rbac.authorization.k8s.io", true },
        { "*|*|*", "get pods/log", true },
        { "get,update|*|*/scale", "update deployments.apps/scale", true },
        { "get,update|*|*/scale", "update deployments.apps", false },
        { "get,update|*|*/scale", "update deployments.apps/status", false },
        { "get||pods/*", "get pods/log", false },
        { "get||secrets|a,b", "get secrets b", true },
        { "get||secrets|a,b", "get secrets c", false },
        { "list||secrets|a", "list secrets", false },
        { "create||secrets|a", "create secrets", false },
        { "*|*|*", "get /metrics", false },
        { "get|/metrics", "get /metrics", true },
        { "get|/metrics", "get /metrics/slis", false },
        { "get|/apis/*", "get /apis/apps/v1", true },
        { "get|/apis/*", "get /apis", false },
        { "get|/apis*", "get /apisix", true },
        { "get|*", "get /anything", true },
        { "get|/metrics", "post /metrics", false },
        { "impersonate|authentication.k8s.io|userextras/example.com/team", "impersonate userextras.authentication.k8s.io/example.com/team blue", true },
        { "impersonate|authentication.k8s.io|userextras/team", "impersonate userextras.authentication.k8s.io/scopes blue", false },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_rule_allows_what_it_says(string rule, string request, bool allowed) =>
        Assert.Equal(allowed, Rule(rule).Allows(Request(request, new UserInfo("u", []))));

    public static TheoryData<string, string, string, bool> Bindings() => new()
    {
        { "", "User/alice", "alice", true },
        { "", "User/alice", "bob", false },
        { "", "Group/devs", "bob:devs", true },
        { "", "Group/alice", "alice", false },
        { "", "ServiceAccount/ns1/builder", "system:serviceaccount:ns1:builder", true },
        { "", "ServiceAccount/ns2/builder", "system:serviceaccount:ns1:builder", false },
        { "ns1", "User/alice", "alice", true },
        { "ns2", "User/alice", "alice", false },
        { "ns1", "ServiceAccount/ns1/builder", "system:serviceaccount:ns1:builder", true },
    };

    [Theory]
    [MemberData(nameof(Bindings))]
    public void A_binding_gives_its_role_to_its_subjects(string bindingNamespace, string subject, string user, bool allowed)
    {
        var parts = subject.Split('/');
        var binding = new RoleBinding(bindingNamespace, "b", new RoleKey("", "reader"), [parts.Length == 3 ? new(parts[0], parts[1], parts[2]) : new(parts[0], "", parts[1])]);
        var policy = PolicySnapshot.Empty.With(new RoleKey("", "reader"), [Rule("get||pods")]).With(bindingNamespace, "b", binding);
        Assert.Equal(allowed, policy.Decide(Request("get pods", UserOf(user)) with { Namespace = "ns1" }).IsAllowed);
        Assert.False(policy.With(bindingNamespace, "b", null).Decide(Request("get pods", UserOf(user)) with { Namespace = "ns1" }).IsAllowed);
    }

    [Fact]
    public void A_binding_that_changes_takes_away_what_it_no_longer_gives()
    {
        var role = new RoleKey("", "reader");
        var policy = PolicySnapshot.Empty.With(role, [Rule("get||pods")])
            .With("", "b", new RoleBinding("", "b", role, [new("User", "", "alice"), new("Group", "", "devs")]))
            .With("", "c", new RoleBinding("", "c", role, [new("User", "", "alice")]))
            .With("", "b", new RoleBinding("", "b", role, [new("User", "", "bob")]));
        Assert.True(policy.Decide(Request("get pods", UserOf("alice"))).IsAllowed);   // by c still
        Assert.True(policy.Decide(Request("get pods", UserOf("bob"))).IsAllowed);
        Assert.False(policy.Decide(Request("get pods", UserOf("carol:devs"))).IsAllowed);
        Assert.False(policy.With("", "c", null).Decide(Request("get pods", UserOf("alice"))).IsAllowed);
    }

    [Fact]
    public void A_reason_names_the_binding_or_the_role_that_is_missing()
    {
        var policy = PolicySnapshot.Empty.With(new RoleKey("ns1", "reader"), [Rule("get||pods")])
            .With("ns1", "b", new RoleBinding("ns1", "b", new RoleKey("ns1", "reader"), [new("ServiceAccount", "ns1", "builder")]));
        var builder = UserOf("system:serviceaccount:ns1:builder");
        Assert.Equal("RBAC: allowed by RoleBinding \"b/ns1\" of Role \"reader\" to ServiceAccount \"builder/ns1\"",
            policy.Decide(Request("get pods", builder) with { Namespace = "ns1" }).Reason);
        var without = policy.With(new RoleKey("ns1", "reader"), null).Decide(Request("get pods", builder) with { Namespace = "ns1" });
        Assert.Equal("RBAC: role.rbac.authorization.k8s.io \"reader\" not found", without.Reason);
        Assert.False(without.IsAllowed);
    }

    public static TheoryData<string, string, string> Coverage() => new()
    {
        { "get,list||pods", "get||pods", "" },
        { "get||pods", "get,list,watch||pods", "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"list\" \"watch\"]}" },
        { "get||pods", "get||pods,secrets", "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}" },
        { "get||pods", "get||pods/log", "{APIGroups:[\"\"], Resources:[\"pods/log\"], Verbs:[\"get\"]}" },
        { "get|*|*/scale", "get|apps|deployments/scale", "" },
        { "*|*|*", "get,escalate|apps|deployments/scale|one", "" },
        { "*|*|*", "get|/metrics", "{NonResourceURLs:[\"/metrics\"], Verbs:[\"get\"]}" },
        { "get|/api/*", "get|/api/v1", "" },
        { "get|/api/*", "get|*", "{NonResourceURLs:[\"*\"], Verbs:[\"get\"]}" },
        { "get||secrets|a", "get||secrets|a,b", "{APIGroups:[\"\"], Resources:[\"secrets\"], ResourceNames:[\"b\"], Verbs:[\"get\"]}" },
        { "get||secrets|a", "get||secrets", "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}" },
        { "get||secrets", "get||secrets|a", "" },
        { "get||pods;list||pods", "get,list||pods", "" },
        { "", "*|*|*", "{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}" },
    };

    [Theory]
    [MemberData(nameof(Coverage))]
    public void What_is_missing_is_told_in_the_words_of_Kubernetes(string held, string wanted, string missing) =>
        Assert.Equal(missing, string.Join('\n', RuleCoverage.Describe(RuleCoverage.Missing(
            [.. held.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(Rule)], [Rule(wanted)]))));

    private static PolicyRule Rule(string text)
    {
        var parts = text.Split('|').Select(p => p.Split(',')).ToArray();
        return parts is [var verbs, [{ } first, ..] paths] && (first.StartsWith('/') || first == "*")
            ? new PolicyRule { Verbs = verbs, NonResourceUrls = paths }
            : new PolicyRule { Verbs = parts[0], ApiGroups = parts[1], Resources = parts[2], ResourceNames = parts.Length > 3 ? parts[3] : [] };
    }

    // VERB resource[.group][/subresource] [name], or VERB /path.
    private static AccessRequest Request(string text, UserInfo user)
    {
        var words = text.Split(' ');
        if (words[1].StartsWith('/')) return new AccessRequest(user, words[0]) { NonResourcePath = words[1] };
        var resource = words[1].Split('/', 2);
        var names = resource[0].Split('.', 2);
        return new AccessRequest(user, words[0])
        {
            Resource = names[0],
            Group = names.Length > 1 ? names[1] : "",
            Subresource = resource.Length > 1 ? resource[1] : "",
            Name = words.Length > 2 ? words[2] : "",
        };
    }

    private static UserInfo UserOf(string text) => text.StartsWith("system:", StringComparison.Ordinal)
        ? new UserInfo(text, [])
        : new UserInfo(text.Split(':')[0], [.. text.Split(':').Skip(1)]);
}
