using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Slipway.Api;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests;

public sealed class ApplyTests
{
    [Fact]
    public async Task An_apply_creates_then_changes_and_a_second_one_writes_nothing()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var api = await TestApi.StartAsync(clock: clock);
        const string yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: {l: x}\ndata: {k: '1', m: '2'}\n";
        var created = (await api.ApplyAsync($"{ConfigMaps}/a", "me", yaml)).Expect(201);
        Assert.Equal("""{"k":"1","m":"2"}""", created.Json["data"]!.ToJsonString());
        Assert.Equal(
            """[{"manager":"me","operation":"Apply","apiVersion":"v1","time":"2030-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:k":{},"f:m":{}},"f:metadata":{"f:labels":{"f:l":{}}}}}]""",
            created.Json["metadata"]!["managedFields"]!.ToJsonString());

        clock.Advance(TimeSpan.FromMinutes(1));
        var revision = api.Store.Revision;
        var again = (await api.ApplyAsync($"{ConfigMaps}/a", "me", yaml)).Expect(200);
        Assert.Equal(created.Body, again.Body);
        Assert.Equal(revision, api.Store.Revision);

        var changed = (await api.ApplyAsync($"{ConfigMaps}/a", "me", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"3"}}""")).Expect(200);
        Assert.Equal("""{"k":"3"}""", changed.Json["data"]!.ToJsonString());
        Assert.Null(changed["metadata.labels"]);
        Assert.Equal("2030-01-01T00:01:00Z", changed["metadata.managedFields.0.time"]);
        Assert.Equal(changed.Body, (await api.GetAsync($"{ConfigMaps}/a")).Body);
    }

    [Fact]
    public async Task A_conflict_names_the_manager_and_force_takes_the_field()
    {
        await using var api = await TestApi.StartAsync();
        (await api.ApplyAsync($"{ConfigMaps}/a", "one", ConfigMap("a", data: "\"k\":\"1\""))).Expect(201);
        var refused = (await api.ApplyAsync($"{ConfigMaps}/a", "two", ConfigMap("a", data: "\"k\":\"2\""))).Expect(409);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"one\": .data.k", refused["message"]);
        Assert.Equal("Conflict", refused["reason"]);
        Assert.Equal("""[{"reason":"FieldManagerConflict","message":"conflict with \"one\"","field":".data.k"}]""", refused.Json["details"]!["causes"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

        var forced = (await api.ApplyAsync($"{ConfigMaps}/a", "two", ConfigMap("a", data: "\"k\":\"2\""), "&force=true")).Expect(200);
        Assert.Equal("2", forced["data.k"]);
        Assert.Equal(["two"], Managers(forced).Where(m => m.Fields.Contains("f:data", StringComparison.Ordinal)).Select(m => m.Manager));
    }

    [Fact]
    public async Task Creates_updates_and_patches_are_owned_by_whom_they_come_from()
    {
        await using var api = await TestApi.StartAsync();
        await api.SendAsync("POST", ConfigMaps, ConfigMap("a", data: "\"k\":\"1\",\"m\":\"1\""), userAgent: "kubectl/v1.35 (linux)");
        (await api.SendAsync("PATCH", $"{ConfigMaps}/a?fieldManager=patcher", """{"data":{"m":"2"}}""", MediaTypes.MergePatch)).Expect(200);
        var current = await api.GetAsync($"{ConfigMaps}/a");
        Assert.Equal(
            ["""kubectl Update {"f:data":{".":{},"f:k":{}}}""", """patcher Update {"f:data":{"f:m":{}}}"""],
            Managers(current).Select(m => $"{m.Manager} {m.Operation} {m.Fields}"));

        // A client that has not heard of managed fields leaves them as they are.
        var replaced = (JsonObject)current.Json.DeepClone();
        ((JsonObject)replaced["metadata"]!).Remove("managedFields");
        Assert.Equal(current.Body, (await api.PutAsync($"{ConfigMaps}/a", replaced.ToJsonString())).Expect(200).Body);
        var refused = (await api.ApplyAsync($"{ConfigMaps}/a", "me", ConfigMap("a", data: "\"m\":\"3\""))).Expect(409);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"patcher\" using v1: .data.m", refused["message"]);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[{}]")]
    public async Task Managed_fields_can_be_cleared(string cleared)
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a", data: "\"k\":\"1\""));
        var after = (await api.MergeAsync($"{ConfigMaps}/a", $$"""{"metadata":{"managedFields":{{cleared}} } }""")).Expect(200);
        Assert.Null(after["metadata.managedFields"]);
        var applied = (await api.ApplyAsync($"{ConfigMaps}/a", "me", ConfigMap("a", data: "\"k\":\"1\""))).Expect(200);
        Assert.Equal(["before-first-apply", "me"], Managers(applied).Select(m => m.Manager).Order());
    }

    [Fact]
    public async Task Helm_moves_ownership_with_a_JSON_patch()
    {
        await using var api = await TestApi.StartAsync();
        var created = await api.SendAsync("POST", $"{ConfigMaps}?fieldManager=helm", ConfigMap("a", data: "\"k\":\"1\",\"m\":\"1\""));
        var upgraded = (JsonArray)created.Json["metadata"]!["managedFields"]!.DeepClone();
        upgraded[0]!["operation"] = "Apply";
        var patch = new JsonArray(
            new JsonObject { ["op"] = "replace", ["path"] = "/metadata/managedFields", ["value"] = upgraded },
            new JsonObject { ["op"] = "replace", ["path"] = "/metadata/resourceVersion", ["value"] = created.Version });
        var moved = (await api.SendAsync("PATCH", $"{ConfigMaps}/a?fieldManager=helm", patch.ToJsonString(), MediaTypes.JsonPatch)).Expect(200);
        Assert.Equal("helm Apply", string.Join(',', Managers(moved).Select(m => $"{m.Manager} {m.Operation}")));
        (await api.SendAsync("PATCH", $"{ConfigMaps}/a", patch.ToJsonString(), MediaTypes.JsonPatch)).Expect(409);

        var applied = (await api.ApplyAsync($"{ConfigMaps}/a", "helm", ConfigMap("a", data: "\"m\":\"2\""))).Expect(200);
        Assert.Equal("""{"m":"2"}""", applied.Json["data"]!.ToJsonString());
    }

    [Fact]
    public async Task Status_is_applied_through_its_subresource()
    {
        await using var api = await TestApi.StartAsync();
        await api.ApplyAsync($"{Pods}/p", "me", Pod("p"));
        const string status = """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"nodeName":"n"},"status":{"conditions":[{"type":"Ready","status":"True"}]}}""";
        var applied = (await api.ApplyAsync($"{Pods}/p/status", "agent", status)).Expect(200);
        Assert.Null(applied["spec.nodeName"]);
        Assert.Equal("True", applied["status.conditions.0.status"]);
        var agent = Assert.Single(Managers(applied), m => m.Manager == "agent");
        Assert.Equal("""{"f:status":{"f:conditions":{"k:{\"type\":\"Ready\"}":{".":{},"f:status":{},"f:type":{}}}}}""", agent.Fields);
        Assert.Equal("status", applied.Json["metadata"]!["managedFields"]!.AsArray().Single(m => (string?)m!["manager"] == "agent")!["subresource"]!.ToString());

        var main = (await api.ApplyAsync($"{Pods}/p", "me", Pod("p").Replace("\"spec\"", "\"status\":{\"phase\":\"Failed\"},\"spec\"", StringComparison.Ordinal))).Expect(200);
        Assert.NotEqual("Failed", main["status.phase"]);
        (await api.ApplyAsync($"{Pods}/none/status", "agent", status.Replace("\"p\"", "\"none\"", StringComparison.Ordinal))).Expect(404);
    }

    [Fact]
    public async Task Custom_resources_are_applied_by_their_schema()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        var created = (await api.ApplyAsync($"{CronTabs}/c", "me", CronTab("c"))).Expect(201);
        Assert.Equal("1", created["spec.replicas"]);
        Assert.Equal("""{"f:spec":{"f:cronSpec":{}}}""", Assert.Single(Managers(created)).Fields);
        Assert.Contains(".spec.cron: field not declared in schema", (await api.ApplyAsync($"{CronTabs}/c", "me", CronTab("c", "\"cron\":\"x\""))).Expect(400)["message"], StringComparison.Ordinal);
        var merged = (await api.MergeAsync($"{CronTabs}/c?fieldManager=scaler", """{"spec":{"replicas":3}}""")).Expect(200);
        Assert.Equal("2", merged["metadata.generation"]);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"scaler\" using stable.example.com/v1: .spec.replicas",
            (await api.ApplyAsync($"{CronTabs}/c", "me", CronTab("c", "\"cronSpec\":\"x\",\"replicas\":2"))).Expect(409)["message"]);
        var status = (await api.MergeAsync($"{CronTabs}/c/status?fieldManager=controller", """{"status":{"conditions":[{"type":"Ready","status":"True"}]}}""")).Expect(200);
        Assert.Equal("""{"f:status":{".":{},"f:conditions":{}}}""", Assert.Single(Managers(status), m => m.Manager == "controller").Fields);
    }

    [Fact]
    public async Task A_dry_run_shows_what_an_apply_would_do()
    {
        await using var api = await TestApi.StartAsync();
        Assert.Equal("1", (await api.ApplyAsync($"{ConfigMaps}/a", "me", ConfigMap("a", data: "\"k\":\"1\""), "&dryRun=All")).Expect(201)["data.k"]);
        (await api.GetAsync($"{ConfigMaps}/a")).Expect(404);
        await api.ApplyAsync($"{ConfigMaps}/a", "me", ConfigMap("a", data: "\"k\":\"1\""));
        Assert.Equal("2", (await api.ApplyAsync($"{ConfigMaps}/a", "me", ConfigMap("a", data: "\"k\":\"2\""), "&dryRun=All")).Expect(200)["data.k"]);
        Assert.Equal("1", (await api.GetAsync($"{ConfigMaps}/a"))["data.k"]);
    }

    [Theory]
    [InlineData("", "{}", 400, "invalid object type: /, Kind=")]
    [InlineData("", """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"}}""", 400, "invalid object type: apps/v1, Kind=Deployment")]
    [InlineData("", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}""", 400, "the name of the object (b) does not match the name on the URL (a)")]
    [InlineData("", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","managedFields":[]}}""", 400, "metadata.managedFields must be nil")]
    [InlineData("", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","resourceVersion":"1"}}""", 409, "the object has been modified")]
    [InlineData("", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","uid":"other"}}""", 409, "UID in precondition: other")]
    [InlineData("", "a: [", 400, "error decoding YAML")]
    [InlineData("", "", 400, "error decoding YAML")]
    [InlineData("", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"dta":{}}""", 400, ".dta: field not declared in schema")]
    [InlineData("&fieldValidation=Strict", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {}\ndata: {k: v}", 400, "error strict decoding YAML: line 5: key \"data\" already set in map")]
    public async Task A_configuration_that_cannot_be_applied_is_refused(string query, string body, int code, string message)
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a"));
        Assert.Contains(message, (await api.ApplyAsync($"{ConfigMaps}/a", "me", body, query)).Expect(code)["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x?fieldManager=me", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","uid":"u"}}""", 409, "uid mismatch: the provided object specified uid u, and no existing object was found")]
    [InlineData("a?fieldManager=me&dryRun=Some", "{}", 422, "PatchOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: []string{\"Some\"}: supported values: \"All\"")]
    [InlineData("a?fieldManager=a%0Ab", "{}", 422, "invalid character U+000A (at position 1)")]
    [InlineData("a?fieldManager=mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm", "{}", 422, "fieldManager: Too long: may not be more than 128 bytes")]
    public async Task The_parameters_of_an_apply_are_checked(string path, string body, int code, string message)
    {
        await using var api = await TestApi.StartAsync();
        Assert.Contains(message, (await api.SendAsync("PATCH", $"{ConfigMaps}/{path}", body, MediaTypes.ApplyPatch)).Expect(code)["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Appliers_at_once_all_take_effect()
    {
        await using var api = await TestApi.StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => api.ApplyAsync($"{ConfigMaps}/a", $"m{i}", ConfigMap("a", data: $"\"k{i}\":\"v\"")))));
        Assert.All(answers, a => Assert.True(a.Code is 200 or 201, a.Body));
        var current = await api.GetAsync($"{ConfigMaps}/a");
        Assert.Equal(60, current.Json["data"]!.AsObject().Count);
        Assert.Equal(60, Managers(current).Count());
    }

    private static IEnumerable<(string Manager, string Operation, string Fields)> Managers(Answer answer) =>
        answer.Json["metadata"]!["managedFields"]!.AsArray().Select(m => (m!["manager"]!.ToString(), m["operation"]!.ToString(),
            m["fieldsV1"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })));
}
