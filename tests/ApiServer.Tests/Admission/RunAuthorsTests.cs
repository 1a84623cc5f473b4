using Slipway.Api;

namespace Slipway.ApiServer.Tests.Admission;

public sealed class RunAuthorsTests : IAsyncLifetime
{
    private const string Runs = "/apis/slipway.dev/v1alpha1/namespaces/default/flowruns";
    private const string Approval = """{"spec":{"approvals":[{"task":"publish","approved":true,"by":"carl","at":"2020-01-01T00:00:00Z"}]}}""";
    private static readonly UserInfo Anna = new("anna", [UserInfo.Authenticated]);
    private static readonly UserInfo Ben = new("ben", [UserInfo.Authenticated]);
    private static readonly UserInfo Controllers = UserInfo.ServiceAccount("slipway-system", "flows");
    private TestApi _api = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await TestApi.StartAsync(new ApiServerOptions { Flows = true });
        await AllowAsync("anna", "create, get, patch, update");
        await AllowAsync("ben", "get, patch, approve");
    }

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task Who_starts_a_run_is_who_was_authenticated_and_the_controllers_name_what_started_theirs()
    {
        var annas = (await CreateAsync(Anna, "a", """{"flow":"f","cause":{"type":"Schedule","by":"nightly","message":"why"}}""")).Expect(201);
        Assert.Equal(("User", "anna", "why"), (annas["spec.cause.type"], annas["spec.cause.by"], annas["spec.cause.message"]));
        Assert.Equal("anna", (await CreateAsync(Anna, "b", """{"flow":"f"}""")).Expect(201)["spec.cause.by"]);
        var scheduled = (await CreateAsync(Controllers, "c", """{"flow":"f","cause":{"type":"Schedule","by":"nightly"}}""")).Expect(201);
        Assert.Equal(("Schedule", "nightly"), (scheduled["spec.cause.type"], scheduled["spec.cause.by"]));

        // Not even an administrator is somebody else, by an apply or a change.
        var applied = (await _api.ApplyAsync($"{Runs}/d", "m", """{"apiVersion":"slipway.dev/v1alpha1","kind":"FlowRun","metadata":{"name":"d"},"spec":{"flow":"f","cause":{"type":"User","by":"anna"}}}""")).Expect(201);
        Assert.Equal(TestApi.Admin.Name, applied["spec.cause.by"]);
        (await _api.MergeAsync($"{Runs}/d", """{"spec":{"cause":{"by":"anna"}}}""")).Expect(422);
    }

    [Fact]
    public async Task Who_decides_needs_a_verb_of_its_own_and_is_who_was_authenticated()
    {
        (await CreateAsync(Anna, "a", """{"flow":"f"}""")).Expect(201);
        Assert.Equal(
            "flowruns.slipway.dev \"a\" is forbidden: user \"anna\" may not decide on its tasks: it takes the verb \"approve\" on flowruns.slipway.dev in namespace \"default\"",
            (await PatchAsync(Anna, Approval)).Expect(403)["message"]);
        (await CreateAsync(Anna, "b", """{"flow":"f","approvals":[{"task":"publish","approved":true}]}""")).Expect(403);
        (await CreateAsync(Anna, "b", """{"flow":"f","fakes":{}}""")).Expect(403);

        var decided = (await PatchAsync(Ben, Approval)).Expect(200);
        Assert.Equal("ben", decided["spec.approvals.0.by"]);
        Assert.DoesNotContain("2020", decided["spec.approvals.0.at"], StringComparison.Ordinal);

        // What others change leaves decisions as they are, and stopping takes no more than changing.
        (await PatchAsync(Anna, """{"metadata":{"labels":{"a":"b"}}}""")).Expect(200);
        var stopped = (await PatchAsync(Anna, """{"spec":{"stop":{"message":"wrong data"}}}""")).Expect(200);
        Assert.Equal(("ben", decided["spec.approvals.0.at"], "anna", "wrong data"), (stopped["spec.approvals.0.by"], stopped["spec.approvals.0.at"], stopped["spec.stop.by"], stopped["spec.stop.message"]));
        (await PatchAsync(Ben, """{"spec":{"approvals":[{"task":"publish","approved":false}]}}""")).Expect(422);

        // The controllers say for themselves why they stop one.
        (await CreateAsync(Anna, "c", """{"flow":"f"}""")).Expect(201);
        Assert.Equal("flow-controller", (await PatchAsync(Controllers, """{"spec":{"stop":{"by":"flow-controller","at":"2026-01-31T06:00:00Z"}}}""", "c")).Expect(200)["spec.stop.by"]);
    }

    [Fact]
    public async Task Where_an_operator_has_the_flows_it_has_this_too()
    {
        await using var api = await TestApi.StartAsync();
        var made = await api.PostAsync(Runs, """{"apiVersion":"slipway.dev/v1alpha1","kind":"FlowRun","metadata":{"name":"a"},"spec":{"flow":"f","cause":{"type":"Schedule","by":"nightly"}}}""");
        Assert.Equal("nightly", made.Expect(201)["spec.cause.by"]);
    }

    private Task<Answer> CreateAsync(UserInfo user, string name, string spec) =>
        _api.SendAsync("POST", Runs, $$"""{"apiVersion":"slipway.dev/v1alpha1","kind":"FlowRun","metadata":{"name":"{{name}}"},"spec":{{spec}}}""", user: user);

    private Task<Answer> PatchAsync(UserInfo user, string body, string name = "a") => _api.SendAsync("PATCH", $"{Runs}/{name}", body, MediaTypes.MergePatch, user: user);

    private async Task AllowAsync(string user, string verbs)
    {
        const string rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
        var quoted = string.Join(',', verbs.Split(", ").Select(v => $"\"{v}\""));
        (await _api.PostAsync($"{rbac}/roles", $$"""{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"{{user}}"},"rules":[{"apiGroups":["slipway.dev"],"resources":["flowruns"],"verbs":[{{quoted}}]}]}""")).Expect(201);
        (await _api.PostAsync($"{rbac}/rolebindings", $$"""{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"{{user}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"{{user}}"},"subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"{{user}}"}]}""")).Expect(201);
    }
}
