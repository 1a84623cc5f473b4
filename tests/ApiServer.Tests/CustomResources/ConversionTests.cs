using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;

namespace Slipway.ApiServer.Tests.CustomResources;

public sealed class ConversionTests : ConversionTest
{
    [Fact]
    public async Task Objects_are_stored_in_one_version_and_shown_in_every_other()
    {
        var created = (await Api.PostAsync(Two, GateTwo("a", "h", "1"))).Expect(201);
        Assert.Equal(("example.com/v2", "h", "1", "1"), (created["apiVersion"], created["spec.host"], created["spec.port"], created["spec.replicas"]));
        var stored = await Api.Store.GetAsync("/registry/example.com/gates/default/a", TestContext.Current.CancellationToken);
        Assert.StartsWith("{\"apiVersion\":\"example.com/v1\"", Encoding.UTF8.GetString(stored!.Value.Span), StringComparison.Ordinal);

        var one = (await Api.GetAsync($"{One}/a")).Expect(200);
        Assert.Equal(("h:1", null, created["metadata.uid"]), (one["spec.address"], one["spec.host"], one["metadata.uid"]));
        Assert.Equal(created.Version, one.Version);
        Assert.Equal("h", (await Api.GetAsync($"{Two}/a"))["spec.host"]);
    }

    [Fact]
    public async Task A_list_is_converted_by_one_call_and_not_again()
    {
        for (var i = 0; i < 5; i++) (await Api.PostAsync(One, Gate($"g{i}", $"h{i}:{i}"))).Expect(201);
        Assert.Equal(0, Calls);
        var list = (await Api.GetAsync(Two)).Expect(200);
        Assert.Equal(["h0", "h1", "h2", "h3", "h4"], list.Json["items"]!.AsArray().Select(i => i!["spec"]!["host"]!.ToString()));
        Assert.Equal(1, Calls);
        Assert.Equal(5, Hooks.Reviews[^1]["request"]!["objects"]!.AsArray().Count);

        (await Api.GetAsync(Two)).Expect(200);
        Assert.Equal("h3", (await Api.GetAsync($"{Two}/g3"))["spec.host"]);
        Assert.Equal(["g2"], (await Api.GetAsync($"{Two}?fieldSelector=spec.host%3Dh2")).Expect(200).Names);
        Assert.Equal(1, Calls);
        (await Api.MergeAsync($"{One}/g3", """{"spec":{"address":"other:9"}}""")).Expect(200);
        Assert.Equal("other", (await Api.GetAsync(Two)).Expect(200)["items.3.spec.host"]);
        Assert.Equal(2, Calls);
        Assert.Single(Hooks.Reviews[^1]["request"]!["objects"]!.AsArray());
    }

    [Fact]
    public async Task A_list_in_pieces_asks_for_what_it_shows()
    {
        for (var i = 0; i < 5; i++) (await Api.PostAsync(One, Gate($"g{i}", $"h{i}:{i}"))).Expect(201);
        var first = (await Api.GetAsync($"{Two}?limit=2")).Expect(200);
        Assert.Equal((2, "h1"), (Hooks.Reviews[^1]["request"]!["objects"]!.AsArray().Count, first["items.1.spec.host"]));
        (await Api.PostAsync(One, Gate("g9", "h:9"))).Expect(201);
        var second = (await Api.GetAsync($"{Two}?limit=9&continue={first["metadata.continue"]}")).Expect(200);
        Assert.Equal(["g2", "g3", "g4"], second.Names);
        Assert.Equal("h4", second["items.2.spec.host"]);
    }

    [Fact]
    public async Task Watches_show_their_version_and_share_what_is_converted()
    {
        (await Api.PostAsync(One, Gate("a", "x:1"))).Expect(201);
        await using var all = await Api.WatchAsync($"{Two}?watch=true");
        await using var some = await Api.WatchAsync($"{Two}?watch=true&fieldSelector=spec.host%3Dx");
        Assert.Equal("x", (await all.NextAsync())!.Object["spec"]!["host"]!.ToString());
        Assert.Equal("ADDED a", await some.NextTextAsync());
        Assert.Equal(1, Calls);

        (await Api.MergeAsync($"{One}/a", """{"spec":{"address":"y:2"}}""")).Expect(200);
        Assert.Equal("y", (await all.NextAsync())!.Object["spec"]!["host"]!.ToString());
        var left = (await some.NextAsync())!;
        Assert.Equal(("DELETED", "x"), (left.Type, left.Object["spec"]!["host"]!.ToString()));
        Assert.Equal(2, Calls);
        (await Api.MergeAsync($"{One}/a", """{"spec":{"address":"x:3"}}""")).Expect(200);
        Assert.Equal("ADDED a", await some.NextTextAsync());
        (await Api.DeleteAsync($"{One}/a")).Expect(200);
        var gone = (await some.NextAsync())!;
        Assert.Equal(("DELETED", "x"), (gone.Type, gone.Object["spec"]!["host"]!.ToString()));
        Assert.Equal(3, Calls);

        await using var past = await Api.WatchAsync($"{Two}?watch=true&resourceVersion={left.Version}&fieldSelector=spec.host%3Dx");
        Assert.Equal("ADDED a", await past.NextTextAsync());
        Assert.Equal("DELETED a", await past.NextTextAsync());
        Assert.Equal(3, Calls);
    }

    [Fact]
    public async Task Every_kind_of_write_goes_in_any_version()
    {
        (await Api.PostAsync(One, Gate("a", "h:1"))).Expect(201);
        var two = (await Api.GetAsync($"{Two}/a")).Expect(200);
        two.Json["spec"]!["port"] = "2";
        two = (await Api.PutAsync($"{Two}/a", two.Json.ToJsonString())).Expect(200);
        Assert.Equal(("2", "2"), (two["spec.port"], two["metadata.generation"]));
        Assert.Equal("h:2", (await Api.GetAsync($"{One}/a"))["spec.address"]);
        Assert.Equal("k", (await Api.MergeAsync($"{Two}/a", """{"spec":{"host":"k"}}""")).Expect(200)["spec.host"]);
        (await Api.SendAsync("PATCH", $"{Two}/a", """[{"op":"replace","path":"/spec/port","value":"3"}]""", MediaTypes.JsonPatch)).Expect(200);
        Assert.Equal("k:3", (await Api.GetAsync($"{One}/a"))["spec.address"]);
        (await Api.ApplyAsync($"{Two}/a", "tests", """{"apiVersion":"example.com/v2","kind":"Gate","metadata":{"name":"a"},"spec":{"host":"m"}}""", "&force=true")).Expect(200);
        Assert.Equal("m:3", (await Api.GetAsync($"{One}/a"))["spec.address"]);

        var status = (await Api.MergeAsync($"{Two}/a/status", """{"spec":{"host":"no"},"status":{"text":"ready","replicas":4}}""")).Expect(200);
        Assert.Equal(("m", "ready"), (status["spec.host"], status["status.text"]));
        Assert.Equal(("6", "4"), ((await Api.MergeAsync($"{Two}/a/scale", """{"spec":{"replicas":6}}""")).Expect(200)["spec.replicas"], (await Api.GetAsync($"{Two}/a/scale"))["status.replicas"]));
        var one = (await Api.GetAsync($"{One}/a")).Expect(200);
        Assert.Equal(("m:3", "ready", "6"), (one["spec.address"], one["status.text"], one["spec.replicas"]));

        (await Api.MergeAsync($"{Two}/a?dryRun=All", """{"spec":{"host":"dry"}}""")).Expect(200);
        Assert.Equal(one.Version, (await Api.GetAsync($"{One}/a")).Version);
        (await Api.DeleteAsync($"{Two}/a")).Expect(200);
        (await Api.GetAsync($"{One}/a")).Expect(404);
    }

    [Fact]
    public async Task A_webhook_may_change_labels_and_no_other_metadata()
    {
        Hooks.OnRaw("convert", (review, _) =>
        {
            var answer = Answered(review);
            foreach (var item in answer["response"]!["convertedObjects"]!.AsArray())
            {
                item!["metadata"]!["labels"] = new JsonObject { ["seen"] = "true" };
                item["metadata"]!["finalizers"] = new JsonArray("hold.example.com/it");
                item["metadata"]!["generation"] = 77;
            }
            return Task.FromResult(answer.ToJsonString());
        });
        (await Api.PostAsync(One, Gate("a", "h:1", "\"own\":\"x\""))).Expect(201);
        var two = (await Api.GetAsync($"{Two}/a")).Expect(200);
        Assert.Equal(("true", null, null, "1"), (two["metadata.labels.seen"], two["metadata.labels.own"], two["metadata.finalizers"], two["metadata.generation"]));
        Assert.Equal(["a"], (await Api.GetAsync($"{Two}?labelSelector=seen")).Expect(200).Names);
        Assert.Empty((await Api.GetAsync($"{One}?labelSelector=seen")).Expect(200).Names);
    }

    [Fact]
    public async Task Whoever_asks_at_the_same_time_shares_one_call()
    {
        (await Api.PostAsync(One, Gate("a", "h:1"))).Expect(201);
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        Hooks.OnRaw("convert", async (review, _) =>
        {
            asked.TrySetResult();
            await answer.Task;
            return Answered(review).ToJsonString();
        });
        using var impatient = new CancellationTokenSource();
        var first = Api.Api.SendAsync(new ApiRequest("GET", $"{Two}/a"), impatient.Token).AsTask();
        await asked.Task;
        var others = Enumerable.Range(0, 20).Select(i => Api.GetAsync(i % 2 == 0 ? $"{Two}/a" : Two)).ToArray();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        answer.SetResult();
        foreach (var other in others) (await other).Expect(200);
        Assert.Equal(1, Calls);
    }

    [Fact]
    public async Task Initial_events_tables_and_collections_are_converted_too()
    {
        (await Api.PostAsync(One, Gate("a", "x:1"))).Expect(201);
        (await Api.PostAsync(One, Gate("b", "y:1"))).Expect(201);
        await using var watch = await Api.WatchAsync($"{Two}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=spec.host%3Dy");
        Assert.Equal("y", (await watch.NextAsync())!.Object["spec"]!["host"]!.ToString());
        Assert.Equal("BOOKMARK", (await watch.NextAsync())!.Type);
        var table = (await Api.GetAsync($"{Two}?includeObject=Object", "application/json;as=Table;g=meta.k8s.io;v=v1")).Expect(200);
        Assert.Equal(("Table", "x"), (table["kind"], table["rows.0.object.spec.host"]));
        Assert.Equal(["a"], (await Api.SendAsync("DELETE", $"{Two}?fieldSelector=spec.host%3Dx")).Expect(200).Names);
        Assert.Equal(["b"], (await Api.GetAsync(One)).Expect(200).Names);
        Assert.Equal(1, Calls);
    }

    [Fact]
    public async Task An_object_of_a_version_that_is_gone_cannot_be_shown()
    {
        (await Api.PostAsync(One, Gate("a", "h:1"))).Expect(201);
        (await Api.SendAsync("PATCH", Definition, """
            [{"op":"replace","path":"/spec/versions/0/storage","value":false},{"op":"replace","path":"/spec/versions/1/storage","value":true}]
            """, MediaTypes.JsonPatch)).Expect(200);
        (await Api.MergeAsync($"{Definition}/status", """{"status":{"storedVersions":["v2"]}}""")).Expect(200);
        (await Api.SendAsync("PATCH", Definition, """[{"op":"remove","path":"/spec/versions/0"}]""", MediaTypes.JsonPatch)).Expect(200);
        Assert.Equal("request to convert CR from an invalid group/version: example.com/v1", (await Api.GetAsync($"{Two}/a")).Expect(500)["message"]);
    }

    [Fact]
    public async Task The_storage_version_can_be_changed()
    {
        (await Api.PostAsync(One, Gate("a", "h:1"))).Expect(201);
        var changed = (await Api.SendAsync("PATCH", Definition, """
            [{"op":"replace","path":"/spec/versions/0/storage","value":false},{"op":"replace","path":"/spec/versions/1/storage","value":true}]
            """, MediaTypes.JsonPatch)).Expect(200);
        Assert.Equal(["v1", "v2"], changed.Json["status"]!["storedVersions"]!.AsArray().Select(v => v!.ToString()));
        Assert.Equal("h", (await Api.GetAsync($"{Two}/a")).Expect(200)["spec.host"]);
        Assert.Equal("h:1", (await Api.GetAsync($"{One}/a")).Expect(200)["spec.address"]);
        (await Api.PostAsync(One, Gate("b", "k:2"))).Expect(201);
        Assert.Contains("\"host\":\"k\"", await StoredAsync("b"), StringComparison.Ordinal);

        // A write of an object moves it, after which its old version may go.
        var old = (await Api.GetAsync($"{One}/a")).Expect(200);
        (await Api.MergeAsync($"{One}/a", """{"metadata":{"annotations":{"moved":"yes"}}}""")).Expect(200);
        Assert.NotNull(old);
        Assert.Contains("\"host\":\"h\"", await StoredAsync("a"), StringComparison.Ordinal);
        (await Api.SendAsync("PATCH", Definition, """[{"op":"remove","path":"/spec/versions/0"}]""", MediaTypes.JsonPatch)).Expect(422);
        (await Api.MergeAsync($"{Definition}/status", """{"status":{"storedVersions":["v2"]}}""")).Expect(200);
        (await Api.SendAsync("PATCH", Definition, """[{"op":"remove","path":"/spec/versions/0"}]""", MediaTypes.JsonPatch)).Expect(200);
        Assert.Equal(["a", "b"], (await Api.GetAsync(Two)).Expect(200).Names);
        (await Api.GetAsync(One)).Expect(404);
    }

    [Fact]
    public async Task A_write_that_changes_nothing_moves_an_object_to_the_storage_version_once()
    {
        var first = (await Api.PostAsync(One, Gate("a", "h:1"))).Expect(201)["metadata.resourceVersion"];
        Assert.Equal(first, (await Api.MergeAsync($"{One}/a", "{}")).Expect(200)["metadata.resourceVersion"]);
        (await Api.SendAsync("PATCH", Definition, """
            [{"op":"replace","path":"/spec/versions/0/storage","value":false},{"op":"replace","path":"/spec/versions/1/storage","value":true}]
            """, MediaTypes.JsonPatch)).Expect(200);
        Assert.Contains("\"address\":\"h:1\"", await StoredAsync("a"), StringComparison.Ordinal);
        var moved = (await Api.MergeAsync($"{One}/a", "{}")).Expect(200)["metadata.resourceVersion"];
        Assert.NotEqual(first, moved);
        Assert.Contains("\"host\":\"h\"", await StoredAsync("a"), StringComparison.Ordinal);
        foreach (var version in (string[])[One, Two])
            Assert.Equal(moved, (await Api.MergeAsync($"{version}/a", "{}")).Expect(200)["metadata.resourceVersion"]);
    }

    private async Task<string> StoredAsync(string name) =>
        Encoding.UTF8.GetString((await Api.Store.GetAsync($"/registry/example.com/gates/default/{name}", TestContext.Current.CancellationToken))!.Value.Span);

    [Fact]
    public async Task Admission_webhooks_see_the_version_that_they_ask_for()
    {
        Hooks.On("mutate", _ => Webhooks.WebhookServer.Patch("""[{"op":"add","path":"/spec/address","value":"patched:7"}]"""));
        (await Api.PostAsync("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", $$$"""
            {"apiVersion":"admissionregistration.k8s.io/v1","kind":"MutatingWebhookConfiguration","metadata":{"name":"m"},
             "webhooks":[{"name":"m.example.com","clientConfig":{"url":"{{{Hooks.Url("mutate")}}}","caBundle":"{{{Hooks.CaBundle}}}"},
              "rules":[{"operations":["CREATE"],"apiGroups":["example.com"],"apiVersions":["v1"],"resources":["gates"]}],"sideEffects":"None","admissionReviewVersions":["v1"]}]}
            """)).Expect(201);
        var created = (await Api.PostAsync(Two, GateTwo("a", "h", "1"))).Expect(201);
        Assert.Equal(("patched", "7"), (created["spec.host"], created["spec.port"]));
        var asked = Hooks.Reviews.Single(r => r["kind"]!.ToString() == "AdmissionReview")["request"]!;
        Assert.Equal(("example.com/v1", "h:1"), (asked["object"]!["apiVersion"]!.ToString(), asked["object"]!["spec"]!["address"]!.ToString()));
    }
}
