using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Storage;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.CustomResources;

public sealed class CustomResourceTests
{
    [Fact]
    public async Task A_definition_is_served_as_soon_as_it_is_created()
    {
        await using var api = await TestApi.StartAsync();
        (await api.GetAsync(CronTabs)).Expect(404);
        var definition = (await api.PostAsync(Definitions, Definition())).Expect(201);
        Assert.Equal(["NamesAccepted True", "Established True"],
            definition.Json["status"]!["conditions"]!.AsArray().Select(c => $"{c!["type"]} {c["status"]}"));
        Assert.Equal("v1", definition["status.storedVersions.0"]);
        Assert.Equal("CronTab", definition["status.acceptedNames.kind"]);

        var created = (await api.PostAsync(CronTabs, CronTab("a"))).Expect(201);
        Assert.Equal("1", created["spec.replicas"]);
        Assert.Equal("1", created["metadata.generation"]);
        Assert.Equal(["a"], (await api.GetAsync(CronTabs)).Expect(200).Names);
        Assert.Equal("CronTabList", (await api.GetAsync(CronTabs))["kind"]);
        Assert.Contains("crontabs", (await api.GetAsync("/apis/stable.example.com/v1")).Expect(200).Body, StringComparison.Ordinal);
        Assert.Contains("com.example.stable.v1.CronTab", (await api.GetAsync("/openapi/v3/apis/stable.example.com/v1")).Expect(200).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Objects_are_validated_pruned_and_counted()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Definitions, Definition());
        var invalid = (await api.PostAsync(CronTabs, CronTab("a", "\"replicas\":0"))).Expect(422);
        Assert.Equal("CronTab", invalid["details.kind"]);
        Assert.Equal(["spec.cronSpec", "spec.replicas"], invalid.Json["details"]!["causes"]!.AsArray().Select(c => c!["field"]!.ToString()).Order());

        (await api.PostAsync($"{CronTabs}?fieldValidation=Strict", CronTab("a", "\"cronSpec\":\"x\",\"colour\":1"))).Expect(400);
        var created = (await api.PostAsync(CronTabs, CronTab("a", "\"cronSpec\":\"x\",\"colour\":1", ",\"status\":{}"))).Expect(201);
        Assert.Null(created["spec.colour"]);
        Assert.Null(created["status"]);

        var status = (await api.MergeAsync($"{CronTabs}/a/status", """{"spec":{"cronSpec":"y"},"metadata":{"labels":{"a":"b"}},"status":{"conditions":[{"type":"Ready","status":"True"}]}}""")).Expect(200);
        Assert.Equal("x", status["spec.cronSpec"]);
        Assert.Null(status["metadata.labels"]);
        Assert.Equal("1", status["metadata.generation"]);
        var changed = (await api.MergeAsync($"{CronTabs}/a", """{"spec":{"cronSpec":"z"},"status":null}""")).Expect(200);
        Assert.Equal("2", changed["metadata.generation"]);
        Assert.Equal("Ready", changed["status.conditions.0.type"]);
        (await api.SendAsync("PATCH", $"{CronTabs}/a", "{}", "application/strategic-merge-patch+json")).Expect(415);
        Assert.Equal(["a"], (await api.GetAsync($"{CronTabs}?fieldSelector=spec.image%3D")).Expect(200).Names);
    }

    [Fact]
    public async Task Finalizers_without_a_domain_are_warned_of_when_they_are_new()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Definitions, Definition());
        var created = (await api.PostAsync(CronTabs, CronTab("a").Replace("\"metadata\":{", "\"metadata\":{\"finalizers\":[\"mine\",\"a.example.com\",\"example.com/a\",\"kubernetes\"],", StringComparison.Ordinal))).Expect(201);
        Assert.Equal(
        [
            "299 - \"metadata.finalizers: \\\"a.example.com\\\": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers\"",
            "299 - \"metadata.finalizers: \\\"mine\\\": prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers\"",
        ], Warnings(created));
        Assert.Empty(Warnings((await api.MergeAsync($"{CronTabs}/a", """{"metadata":{"labels":{"l":"m"}}}""")).Expect(200)));

        static IEnumerable<string> Warnings(Answer answer) => answer.Headers.Where(h => h.Key == "Warning").Select(h => h.Value);
    }

    [Fact]
    public async Task Every_served_version_shows_every_object_with_its_own_schema()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, Definition("""
            ,{"name":"v1beta1","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{
              "cronSpec":{"type":"string"},"legacy":{"type":"string","default":"old"}}}}}}}
            """))).Expect(201);
        const string beta = "/apis/stable.example.com/v1beta1/namespaces/default/crontabs";
        await api.PostAsync(CronTabs, CronTab("a"));
        var old = (await api.GetAsync($"{beta}/a")).Expect(200);
        Assert.Equal("stable.example.com/v1beta1", old["apiVersion"]);
        Assert.Equal("old", old["spec.legacy"]);
        Assert.Null(old["spec.replicas"]);

        (await api.PostAsync(beta, CronTab("b").Replace("/v1\"", "/v1beta1\""))).Expect(201);
        var list = (await api.GetAsync(CronTabs)).Expect(200);
        Assert.Equal(["a", "b"], list.Names);
        Assert.All(list.Json["items"]!.AsArray(), i => Assert.Equal("stable.example.com/v1", i!["apiVersion"]!.ToString()));
        Assert.Equal("1", list["items.1.spec.replicas"]);
        Assert.Equal(["v1", "v1beta1"], (await api.GetAsync("/apis/stable.example.com")).Json["versions"]!.AsArray().Select(v => v!["version"]!.ToString()));
    }

    [Fact]
    public async Task A_changed_schema_holds_for_stored_objects_too()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Definitions, Definition());
        await api.PostAsync(CronTabs, CronTab("a"));
        (await api.SendAsync("PATCH", $"{Definitions}/crontabs.stable.example.com",
            """[{"op":"add","path":"/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/zone","value":{"type":"string","default":"UTC"}}]""",
            "application/json-patch+json")).Expect(200);
        Assert.Equal("UTC", (await api.GetAsync($"{CronTabs}/a"))["spec.zone"]);
        Assert.Equal("UTC", (await api.GetAsync(CronTabs))["items.0.spec.zone"]);
    }

    [Fact]
    public async Task Deleting_a_definition_removes_its_objects_first()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Definitions, Definition());
        await api.PostAsync(CronTabs, CronTab("a"));
        await using var watch = await api.WatchAsync($"{Definitions}?watch=true&fieldSelector=metadata.name%3Dcrontabs.stable.example.com");
        Assert.Equal("ADDED crontabs.stable.example.com", await watch.NextTextAsync());
        var marked = (await api.DeleteAsync($"{Definitions}/crontabs.stable.example.com")).Expect(200);
        Assert.NotNull(marked["metadata.deletionTimestamp"]);
        string type;
        do type = (await watch.NextAsync())!.Type;
        while (type == "MODIFIED");
        Assert.Equal("DELETED", type);
        (await api.GetAsync(CronTabs)).Expect(404);
        Assert.Empty((await api.Store.ListAsync("/registry/stable.example.com/", null, 10, 0, TestContext.Current.CancellationToken)).Records);

        (await api.PostAsync(Definitions, Definition())).Expect(201);
        Assert.Empty((await api.GetAsync(CronTabs)).Expect(200).Names);
    }

    [Fact]
    public async Task Names_that_are_taken_are_not_served()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Definitions, Definition());
        var second = (await api.PostAsync(Definitions, Definition()
            .Replace("crontabs.stable", "others.stable").Replace("\"plural\":\"crontabs\"", "\"plural\":\"others\""))).Expect(201);
        Assert.Equal("NamesAccepted False", $"{second["status.conditions.0.type"]} {second["status.conditions.0.status"]}");
        (await api.GetAsync("/apis/stable.example.com/v1/namespaces/default/others")).Expect(404);
    }

    [Fact]
    public async Task A_schema_that_is_not_structural_is_refused()
    {
        await using var api = await TestApi.StartAsync();
        var refused = (await api.PostAsync(Definitions, Definition().Replace("\"cronSpec\":{\"type\":\"string\"}", "\"cronSpec\":{}"))).Expect(422);
        Assert.Contains("cronSpec", refused["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slipways_own_kinds_are_served()
    {
        await using var api = await TestApi.StartAsync();
        Assert.Empty((await api.GetAsync("/apis/slipway.dev/v1alpha1/flows")).Expect(200).Names);
        Assert.Empty((await api.GetAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flowruns")).Expect(200).Names);
    }

    [Fact]
    public async Task Definitions_are_served_again_after_a_restart()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("slipway-apiserver-").FullName, "state.db");
        await using (var api = await TestApi.StartAsync(store: SqliteStore.Open(file)))
        {
            (await api.PostAsync(Definitions, Definition())).Expect(201);
            (await api.PostAsync(CronTabs, CronTab("a"))).Expect(201);
        }
        await using (var api = await TestApi.StartAsync(store: SqliteStore.Open(file)))
        {
            Assert.Equal(["a"], (await api.GetAsync(CronTabs)).Expect(200).Names);
            (await api.MergeAsync($"{CronTabs}/a", """{"spec":{"image":"i"}}""")).Expect(200);
        }
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public async Task An_object_as_deep_as_may_be_is_served_in_every_way()
    {
        await using var api = await TestApi.StartAsync();
        const string collection = "/apis/stable.example.com/v1/namespaces/default/crontabs";
        var definition = JsonNode.Parse(Definition())!;
        definition["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"] = JsonNode.Parse("""{"type":"object","x-kubernetes-preserve-unknown-fields":true}""");
        definition["spec"]!["versions"]![0]!.AsObject().Remove("selectableFields");
        (await api.PostAsync(Definitions, definition.ToJsonString())).Expect(201);
        string Deep(int depth) => CronTab("deep", rest: $",\"a\":{string.Concat(Enumerable.Repeat("{\"a\":", depth))}1{new string('}', depth)}");

        (await api.PostAsync(collection, Deep(256))).Expect(400);
        var created = (await api.SendAsync("POST", collection, Deep(255))).Expect(201);
        foreach (var accept in new[] { MediaTypes.Json, MediaTypes.Yaml, "application/json;as=Table;v=v1;g=meta.k8s.io", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" })
        {
            (await api.GetAsync($"{collection}/deep?pretty=true", accept)).Expect(200);
            (await api.GetAsync(collection, accept)).Expect(200);
        }
        (await api.MergeAsync($"{collection}/deep", """{"metadata":{"labels":{"a":"b"}}}""")).Expect(200);
        (await api.ApplyAsync($"{collection}/deep", "m", CronTab("deep"), "&force=true")).Expect(200);
        (await api.GetAsync($"{collection}?labelSelector=a%3Db&fieldSelector=metadata.name%3Ddeep")).Expect(200);
        (await api.DeleteAsync(collection)).Expect(200);
        (await api.GetAsync($"{collection}/deep")).Expect(404);
    }
}
