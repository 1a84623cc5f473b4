namespace Slipway.ApiServer.Tests.Authorization;

public sealed class EscalationTests
{
    private const string Base = "/apis/rbac.authorization.k8s.io/v1";
    private const string Roles = $"{Base}/namespaces/default/roles";
    private const string Bindings = $"{Base}/namespaces/default/rolebindings";
    private static readonly UserInfo Alice = new("alice", ["devs", "system:authenticated"]);

    [Fact]
    public async Task Nobody_grants_what_they_do_not_have()
    {
        await using var api = await StartAsync();
        (await api.SendAsync("POST", Roles, Role("readers", """{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}"""), user: Alice)).Expect(201);
        var refused = (await api.SendAsync("POST", Roles, Role("writers", """{"apiGroups":[""],"resources":["pods","secrets"],"verbs":["get","delete"]}"""), user: Alice)).Expect(403);
        Assert.Equal(
            "roles.rbac.authorization.k8s.io \"writers\" is forbidden: user \"alice\" (groups=[\"devs\" \"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n"
            + "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"delete\"]}\n{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\" \"delete\"]}", refused["message"]);
        (await api.SendAsync("PATCH", $"{Roles}/readers", """{"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}""", Api.MediaTypes.MergePatch, user: Alice)).Expect(403);
        // With the verb escalate she may.
        (await api.PostAsync(Roles, Role("escalator", """{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"verbs":["escalate"]}"""))).Expect(201);
        (await api.PostAsync(Bindings, Binding("escalator", "Role", "escalator"))).Expect(201);
        (await api.SendAsync("PATCH", $"{Roles}/readers", """{"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}""", Api.MediaTypes.MergePatch, user: Alice)).Expect(200);
    }

    [Fact]
    public async Task Nobody_binds_what_they_do_not_have()
    {
        await using var api = await StartAsync();
        (await api.SendAsync("POST", Bindings, Binding("mine", "Role", "pods"), user: Alice)).Expect(201);
        var refused = (await api.SendAsync("POST", Bindings, Binding("all", "ClusterRole", "cluster-admin"), user: Alice)).Expect(403);
        Assert.StartsWith("rolebindings.rbac.authorization.k8s.io \"all\" is forbidden: user \"alice\" (groups=", refused["message"], StringComparison.Ordinal);
        Assert.EndsWith("{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}\n{NonResourceURLs:[\"*\"], Verbs:[\"*\"]}", refused["message"], StringComparison.Ordinal);
        Assert.Equal("roles.rbac.authorization.k8s.io \"none\" not found", (await api.SendAsync("POST", Bindings, Binding("none", "Role", "none"), user: Alice)).Expect(404)["message"]);
        // With the verb bind on that role she may.
        (await api.PostAsync(Roles, Role("binder", """{"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles"],"resourceNames":["view"],"verbs":["bind"]}"""))).Expect(201);
        (await api.PostAsync(Bindings, Binding("binder", "Role", "binder"))).Expect(201);
        (await api.SendAsync("POST", Bindings, Binding("view", "ClusterRole", "view"), user: Alice)).Expect(201);
        (await api.SendAsync("POST", Bindings, Binding("edit", "ClusterRole", "edit"), user: Alice)).Expect(403);
    }

    [Fact]
    public async Task Aggregation_takes_the_rights_of_an_administrator()
    {
        await using var api = await StartAsync();
        (await api.PostAsync($"{Base}/clusterroles", """{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"role-writer"},"rules":[{"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles"],"verbs":["create"]}]}""")).Expect(201);
        (await api.PostAsync($"{Base}/clusterrolebindings", """{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"role-writer"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"role-writer"},"subjects":[{"kind":"User","name":"alice"}]}""")).Expect(201);
        var refused = (await api.SendAsync("POST", $"{Base}/clusterroles",
            """{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"sum"},"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"x":"y"}}]},"rules":[]}""", user: Alice)).Expect(403);
        Assert.EndsWith("must have cluster-admin privileges to use the aggregationRule", refused["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rights_follow_their_roles_at_once()
    {
        await using var api = await StartAsync();
        (await api.SendAsync("GET", "/api/v1/namespaces/default/pods", user: Alice)).Expect(403);
        (await api.SendAsync("GET", "/api/v1/namespaces/default/pods/p", user: Alice)).Expect(404);
        (await api.PostAsync(Bindings, Binding("edit", "ClusterRole", "edit"))).Expect(201);
        (await api.SendAsync("GET", "/api/v1/namespaces/default/pods", user: Alice)).Expect(200);
        (await api.SendAsync("GET", "/api/v1/namespaces/default", user: Alice)).Expect(200);   // a namespace lies within itself
        (await api.SendAsync("GET", "/api/v1/namespaces/kube-system", user: Alice)).Expect(403);
        (await api.SendAsync("GET", "/api/v1/namespaces/default/roles", user: Alice)).Expect(403);
    }

    [Theory]
    [InlineData("view", 403)]
    [InlineData("edit", 201)]
    [InlineData("admin", 201)]
    public async Task Flows_belong_to_the_usual_roles(string role, int whenCreated)
    {
        const string Flows = "/apis/slipway.dev/v1alpha1/namespaces/default/flows";
        const string Flow = """{"apiVersion":"slipway.dev/v1alpha1","kind":"Flow","metadata":{"name":"f"},"spec":{"tasks":[{"name":"a","image":"x:1","command":["a"]}]}}""";
        await using var api = await StartAsync();
        (await api.SendAsync("GET", Flows, user: Alice)).Expect(403);
        (await api.PostAsync(Bindings, Binding("flows", "ClusterRole", role))).Expect(201);
        (await api.SendAsync("GET", Flows, user: Alice)).Expect(200);
        (await api.SendAsync("POST", Flows, Flow, user: Alice)).Expect(whenCreated);
    }

    [Fact]
    public async Task What_was_taken_from_default_roles_comes_back_at_start_unless_it_is_to_stay_so()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("slipway-apiserver-").FullName, "state.db");
        await using (var api = await TestApi.StartAsync(store: Storage.SqliteStore.Open(file)))
        {
            (await api.MergeAsync($"{Base}/clusterroles/system:discovery", """{"rules":[]}""")).Expect(200);
            (await api.DeleteAsync($"{Base}/clusterrolebindings/system:basic-user")).Expect(200);
            (await api.MergeAsync($"{Base}/clusterrolebindings/system:discovery", """{"subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"extra"}]}""")).Expect(200);
            (await api.MergeAsync($"{Base}/clusterroles/system:basic-user", """{"metadata":{"annotations":{"rbac.authorization.kubernetes.io/autoupdate":"false"}},"rules":[]}""")).Expect(200);
        }
        await using (var again = await TestApi.StartAsync(store: Storage.SqliteStore.Open(file)))
        {
            Assert.Contains("/openapi/*", (await again.GetAsync($"{Base}/clusterroles/system:discovery")).Body, StringComparison.Ordinal);
            (await again.GetAsync($"{Base}/clusterrolebindings/system:basic-user")).Expect(200);
            Assert.Equal("extra system:authenticated", string.Join(' ', (await again.GetAsync($"{Base}/clusterrolebindings/system:discovery")).Json["subjects"]!.AsArray().Select(s => s!["name"])));
            Assert.Empty((await again.GetAsync($"{Base}/clusterroles/system:basic-user")).Json["rules"]!.AsArray());
        }
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    private static async Task<TestApi> StartAsync()
    {
        var api = await TestApi.StartAsync();
        (await api.PostAsync(Roles, Role("pods", """{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}""", """{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles","rolebindings"],"verbs":["create","get","patch"]}"""))).Expect(201);
        (await api.PostAsync(Bindings, Binding("pods", "Role", "pods"))).Expect(201);
        return api;
    }

    private static string Role(string name, params string[] rules) =>
        $$$"""{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"{{{name}}}"},"rules":[{{{string.Join(',', rules)}}}]}""";

    private static string Binding(string name, string kind, string role) =>
        $$$"""{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"{{{name}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"{{{kind}}}","name":"{{{role}}}"},"subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"alice"}]}""";
}
