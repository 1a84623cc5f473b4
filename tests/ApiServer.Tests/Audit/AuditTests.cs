using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Audit;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.Audit;

public sealed class AuditTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-audit-").FullName;

    private string LogPath => Path.Combine(_directory, "audit.log");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Who_changed_what_is_a_line()
    {
        var events = await RecordAsync(null, async api => (await api.PostAsync(ConfigMaps, ConfigMap("a"))).Expect(201));
        var line = Assert.Single(events);
        Assert.Equal("Event", line.Kind);
        Assert.Equal("audit.k8s.io/v1", line.ApiVersion);
        Assert.Equal(
            ("Metadata", "ResponseComplete", "create", ConfigMaps, "admin"),
            (line.Text("level"), line.Text("stage"), line.Text("verb"), line.Text("requestURI"), line.Object("user")!.Text("username")));
        var what = line.Object("objectRef")!;
        Assert.Equal(("configmaps", "default", "v1"), (what.Text("resource"), what.Text("namespace"), what.Text("apiVersion")));
        Assert.Equal(201, line.Object("responseStatus")!.Integer("code"));
        Assert.Null(line["requestObject"]);
        Assert.NotEmpty(line.Text("auditID")!);
        Assert.NotNull(Meta.ParseTime(line.Text("stageTimestamp")!));
    }

    [Fact]
    public async Task A_refusal_is_recorded_with_its_reason()
    {
        var events = await RecordAsync(null, async api => (await api.PostAsync(ConfigMaps, "{")).Expect(400));
        var status = Assert.Single(events).Object("responseStatus")!;
        Assert.Equal((400L, "BadRequest"), (status.Integer("code"), status.Text("reason")));
        Assert.StartsWith("malformed JSON", status.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bodies_are_recorded_where_the_policy_says_so()
    {
        const string policy = """
            apiVersion: audit.k8s.io/v1
            kind: Policy
            rules: [{ level: RequestResponse, verbs: [create, list], resources: [{ group: "", resources: [configmaps] }], omitManagedFields: true }]
            """;
        var events = await RecordAsync(policy, async api =>
        {
            (await api.PostAsync(ConfigMaps, ConfigMap("a"))).Expect(201);
            (await api.GetAsync(ConfigMaps)).Expect(200);
        });
        Assert.Equal(["RequestReceived", "ResponseComplete", "RequestReceived", "ResponseComplete"], events.Select(e => e.Text("stage")));
        Assert.Equal("a", events[1].Object("requestObject")!.Name);
        Assert.NotEmpty(events[1].Object("responseObject")!.Uid);
        Assert.Equal(("a", events[1].Object("responseObject")!.Uid), (events[1].Object("objectRef")!.Text("name"), events[1].Object("objectRef")!.Text("uid")));
        Assert.Null(events[1].Object("responseObject")!.Metadata["managedFields"]);
        Assert.Equal("a", Assert.Single(events[3].Object("responseObject")!.Objects("items")).Name);
        Assert.Equal(events[0].Text("auditID"), events[1].Text("auditID"));
    }

    [Fact]
    public async Task A_watch_is_recorded_when_it_begins_and_when_it_ends()
    {
        const string policy = """
            apiVersion: audit.k8s.io/v1
            kind: Policy
            omitStages: [RequestReceived]
            rules: [{ level: Metadata, verbs: [watch] }]
            """;
        var events = await RecordAsync(policy, async api =>
        {
            await using (var watch = await api.WatchAsync($"{ConfigMaps}?watch=true"))
            {
                (await api.PostAsync(ConfigMaps, ConfigMap("a"))).Expect(201);
                Assert.Equal("ADDED", (await watch.NextAsync())!.Type);
            }
            // The server notices by itself that the reader has gone.
            while (!File.Exists(LogPath) || !(await File.ReadAllTextAsync(LogPath, TestContext.Current.CancellationToken)).Contains("ResponseComplete", StringComparison.Ordinal))
                await Task.Yield();
        });
        Assert.Equal(["ResponseStarted", "ResponseComplete"], events.Select(e => e.Text("stage")));
    }

    [Fact]
    public async Task The_answer_names_its_record()
    {
        var id = "";
        var events = await RecordAsync(null, async api => id = (await api.PostAsync(ConfigMaps, ConfigMap("a"))).Headers.Single(h => h.Key == "Audit-Id").Value);
        Assert.Equal(id, Assert.Single(events).Text("auditID"));
    }

    [Fact]
    public async Task What_was_decided_on_the_way_is_annotated()
    {
        var events = await RecordAsync(null, async api =>
        {
            (await api.PostAsync("/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"strict","labels":{"pod-security.kubernetes.io/audit":"restricted"}}}""")).Expect(201);
            (await api.PostAsync("/api/v1/namespaces/strict/pods", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"c","image":"i"}]}}""")).Expect(201);
            (await api.PostAsync("/api/v1/namespaces/default/endpoints", """{"apiVersion":"v1","kind":"Endpoints","metadata":{"name":"a"}}""")).Expect(201);
            (await api.SendAsync("POST", ConfigMaps, ConfigMap("b"), user: new("jane", [UserInfo.Authenticated]))).Expect(403);
        });
        string? Annotation(int i, string key) => events[i].Object("annotations")?.Text(key);
        Assert.Equal(("allow", ""), (Annotation(0, "authorization.k8s.io/decision"), Annotation(0, "authorization.k8s.io/reason")));
        Assert.StartsWith("would violate PodSecurity \"restricted:latest\"", Annotation(1, "pod-security.kubernetes.io/audit-violations"), StringComparison.Ordinal);
        Assert.Equal("true", Annotation(2, "k8s.io/deprecated"));
        Assert.Equal(("forbid", 403L), (Annotation(3, "authorization.k8s.io/decision"), events[3].Object("responseStatus")!.Integer("code")));
    }

    [Fact]
    public async Task A_request_that_is_given_up_is_recorded()
    {
        var events = await RecordAsync(null, async api =>
        {
            using var gone = new CancellationTokenSource();
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await api.Api.SendAsync(
                new("POST", ConfigMaps) { Body = System.Text.Encoding.UTF8.GetBytes(ConfigMap("a")) }, gone.Token));
        });
        Assert.Equal(504, Assert.Single(events).Object("responseStatus")!.Integer("code"));
    }

    private async Task<IReadOnlyList<JsonObject>> RecordAsync(string? policy, Func<TestApi, Task> act)
    {
        var file = new AuditFileOptions(LogPath);
        var audit = new AuditOptions { File = file };
        if (policy is not null) audit = audit with { Policy = AuditPolicy.Parse(DocumentReader.ParseYaml(policy)[0]) };
        await using (var api = await TestApi.StartAsync(new ApiServerOptions { Audit = audit })) await act(api);
        // What the server does itself at start is not what is looked for.
        return [.. File.ReadLines(file.Path).Select(l => (JsonObject)JsonNode.Parse(l)!).Where(e => e.Object("user")!.Text("username") is "admin" or "jane")];
    }
}
