using System.Text.Json.Nodes;
using Slipway.Api;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests;

public sealed class UpdateTests
{
    [Fact]
    public async Task A_pod_that_is_sent_without_its_default_tolerations_keeps_them()
    {
        await using var api = await TestApi.StartAsync();
        const string pods = "/api/v1/namespaces/default/pods";
        (await api.PostAsync(pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}""")).Expect(201);
        var pod = (await api.GetAsync($"{pods}/p")).Expect(200).Json.AsObject();
        pod["spec"]!["tolerations"] = JsonNode.Parse("""[{"key":"mine","operator":"Exists"}]""");
        var changed = (await api.SendAsync("PUT", $"{pods}/p", pod.ToJsonString())).Expect(200).Json;
        Assert.Equal(["mine", "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"], changed["spec"]!["tolerations"]!.AsArray().Select(t => (string)t!["key"]!));
    }

    [Theory]
    [InlineData("/apis/storage.k8s.io/v1/csinodes", """{"metadata":{"name":"n"},"spec":{"drivers":null}}""", "drivers")]
    [InlineData("/apis/storage.k8s.io/v1/csinodes", """{"metadata":{"name":"n"}}""", "drivers")]
    [InlineData("/api/v1/namespaces/default/limitranges", """{"metadata":{"name":"n"},"spec":{"limits":null}}""", "limits")]
    public async Task A_required_list_of_none_may_be_null(string path, string document, string list)
    {
        await using var api = await TestApi.StartAsync();
        Assert.Empty((await api.PostAsync(path, document)).Expect(201).Json["spec"]![list]!.AsArray());
    }

    [Fact]
    public async Task A_replacement_with_an_old_version_conflicts_and_one_without_a_version_does_not()
    {
        await using var api = await TestApi.StartAsync();
        var first = (await api.PostAsync(ConfigMaps, ConfigMap("a"))).Expect(201);
        var second = (await api.PutAsync($"{ConfigMaps}/a", first.Body.Replace("\"data\":{}", "\"data\":{\"k\":\"2\"}"))).Expect(200);
        Assert.NotEqual(first.Version, second.Version);
        var refused = (await api.PutAsync($"{ConfigMaps}/a", first.Body)).Expect(409);
        Assert.Equal("Conflict", refused["reason"]);
        Assert.Equal("Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again", refused["message"]);

        var forced = (await api.PutAsync($"{ConfigMaps}/a", ConfigMap("a", data: "\"k\":\"3\""))).Expect(200);
        Assert.Equal("3", forced["data.k"]);
        Assert.Equal(first["metadata.uid"], forced["metadata.uid"]);
        Assert.Equal(first["metadata.creationTimestamp"], forced["metadata.creationTimestamp"]);
    }

    [Fact]
    public async Task A_write_that_changes_nothing_commits_nothing()
    {
        await using var api = await TestApi.StartAsync();
        var created = (await api.PostAsync(ConfigMaps, ConfigMap("a", data: "\"k\":\"1\""))).Expect(201);
        var revision = api.Store.Revision;
        Assert.Equal(created.Version, (await api.PutAsync($"{ConfigMaps}/a", created.Body)).Expect(200).Version);
        Assert.Equal(created.Version, (await api.MergeAsync($"{ConfigMaps}/a", """{"data":{"k":"1"}}""")).Expect(200).Version);
        Assert.Equal(revision, api.Store.Revision);
    }

    [Theory]
    [InlineData(MediaTypes.MergePatch, """{"data":{"k":null,"l":"2"}}""")]
    [InlineData(MediaTypes.StrategicMergePatch, """{"data":{"k":null,"l":"2"}}""")]
    [InlineData(MediaTypes.JsonPatch, """[{"op":"remove","path":"/data/k"},{"op":"add","path":"/data/l","value":"2"}]""")]
    public async Task Three_kinds_of_patch_change_an_object(string mediaType, string patch)
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a", data: "\"k\":\"1\""));
        var patched = (await api.SendAsync("PATCH", $"{ConfigMaps}/a", patch, mediaType)).Expect(200);
        Assert.Equal("""{"l":"2"}""", patched.Json["data"]!.ToJsonString());
    }

    [Theory]
    [InlineData(MediaTypes.ApplyPatch, "{}", 422, "fieldManager: Required value: is required for apply patch")]
    [InlineData("text/plain", "{}", 415, "accepted media types")]
    [InlineData(MediaTypes.JsonPatch, "{}", 400, "list")]
    [InlineData(MediaTypes.MergePatch, "{", 400, "line 1")]
    [InlineData(MediaTypes.MergePatch, """{"metadata":{"resourceVersion":"1"}}""", 409, "modified")]
    [InlineData(MediaTypes.MergePatch, """{"metadata":{"uid":"other"}}""", 409, "UID in precondition: other")]
    [InlineData(MediaTypes.MergePatch, """{"metadata":{"generation":"x"}}""", 422, "metadata.generation: Invalid value: \"x\": must be of type integer, not string")]
    [InlineData(MediaTypes.MergePatch, """{"metadata":{"name":"other"}}""", 400, "name of the object (other)")]
    [InlineData(MediaTypes.MergePatch, """{"kind":"Secret"}""", 400, "Secret")]
    public async Task A_patch_that_cannot_be_applied_is_refused(string mediaType, string patch, int code, string message)
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a"));
        var refused = (await api.SendAsync("PATCH", $"{ConfigMaps}/a", patch, mediaType)).Expect(code);
        Assert.Contains(message, refused["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Patches_from_many_clients_at_once_all_take_effect()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => api.MergeAsync($"{ConfigMaps}/a", $$$"""{"data":{"k{{{i}}}":"v"}}"""))));
        Assert.All(answers, a => a.Expect(200));
        Assert.Equal(60, (await api.GetAsync($"{ConfigMaps}/a")).Json["data"]!.AsObject().Count);
    }

    [Fact]
    public async Task Status_is_written_through_its_subresource_alone()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Pods, Pod("p"));
        var main = (await api.MergeAsync($"{Pods}/p", """{"metadata":{"labels":{"a":"b"}},"status":{"phase":"Running"}}""")).Expect(200);
        Assert.NotEqual("Running", main["status.phase"]);
        Assert.Equal("b", main["metadata.labels.a"]);

        var status = (await api.MergeAsync($"{Pods}/p/status", """{"spec":{"nodeName":"n"},"status":{"phase":"Running"}}""")).Expect(200);
        Assert.Equal("Running", status["status.phase"]);
        Assert.Null(status["spec.nodeName"]);
        Assert.Equal("Running", (await api.GetAsync($"{Pods}/p/status")).Expect(200)["status.phase"]);
    }

    [Fact]
    public async Task An_object_that_is_not_there_can_be_neither_replaced_nor_patched()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PutAsync($"{ConfigMaps}/a", ConfigMap("a"))).Expect(404);
        Assert.Equal("configmaps \"a\" not found", (await api.MergeAsync($"{ConfigMaps}/a", "{}")).Expect(404)["message"]);
    }

    [Fact]
    public async Task A_dry_run_of_a_patch_shows_the_result_and_keeps_the_object()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a"));
        Assert.Equal("v", (await api.MergeAsync($"{ConfigMaps}/a?dryRun=All", """{"data":{"k":"v"}}""")).Expect(200)["data.k"]);
        Assert.Null((await api.GetAsync($"{ConfigMaps}/a"))["data.k"]);
    }

    [Fact]
    public async Task A_pod_is_bound_once()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Pods, Pod("p"));
        (await api.MergeAsync($"{Pods}/p/status", """{"status":{"nominatedNodeName":"n1"}}""")).Expect(200);
        const string binding = """{"apiVersion":"v1","kind":"Binding","metadata":{"name":"p"},"target":{"kind":"Node","name":"n1"}}""";
        (await api.PostAsync($"{Pods}/p/binding", binding)).Expect(201);
        var pod = await api.GetAsync($"{Pods}/p");
        Assert.Equal(("n1", null), (pod["spec.nodeName"], pod["status.nominatedNodeName"]));
        Assert.Contains(pod.Json["status"]!["conditions"]!.AsArray(), c => (string?)c!["type"] == "PodScheduled" && (string?)c["status"] == "True");
        var again = (await api.PostAsync($"{Pods}/p/binding", binding)).Expect(409);
        Assert.Contains("already assigned to node \"n1\"", again["message"], StringComparison.Ordinal);
        (await api.PostAsync($"{Pods}/none/binding", binding)).Expect(400);
        (await api.PostAsync($"{Pods}/none/binding", """{"target":{"name":"n1"}}""")).Expect(404);
        (await api.PostAsync($"{Pods}/p/binding", """{"target":{}}""")).Expect(422);
    }
}
