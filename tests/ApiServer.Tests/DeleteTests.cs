using Microsoft.Extensions.Time.Testing;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests;

public sealed class DeleteTests
{
    [Theory]
    [InlineData("deletionTimestamp", "\"2030-01-01T00:00:00Z\"")]
    [InlineData("deletionGracePeriodSeconds", "7")]
    public async Task An_object_is_not_deleted_by_a_change(string field, string value)
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Samples.ConfigMaps, Samples.ConfigMap("a"))).Expect(201);
        Assert.Equal($"ConfigMap \"a\" is invalid: metadata.{field}: Invalid value: {value}: field is immutable",
            (await api.MergeAsync($"{Samples.ConfigMaps}/a", $$$"""{"metadata":{"{{{field}}}":{{{value}}}}}""")).Expect(422)["message"]);
    }

    [Fact]
    public async Task Without_finalizers_an_object_goes_at_once()
    {
        await using var api = await TestApi.StartAsync();
        var created = await api.PostAsync(ConfigMaps, ConfigMap("a"));
        var deleted = (await api.DeleteAsync($"{ConfigMaps}/a")).Expect(200);
        Assert.Equal("Success", deleted["status"]);
        Assert.Equal(created["metadata.uid"], deleted["details.uid"]);
        (await api.GetAsync($"{ConfigMaps}/a")).Expect(404);
        (await api.DeleteAsync($"{ConfigMaps}/a")).Expect(404);
    }

    [Fact]
    public async Task Finalizers_hold_an_object_until_the_last_is_taken_away()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","finalizers":["example.com/x","example.com/y"]}}""");
        var marked = (await api.DeleteAsync($"{ConfigMaps}/a")).Expect(200);
        Assert.NotNull(marked["metadata.deletionTimestamp"]);
        Assert.Equal("0", marked["metadata.deletionGracePeriodSeconds"]);
        Assert.Equal(marked.Version, (await api.DeleteAsync($"{ConfigMaps}/a")).Expect(200).Version);

        var added = (await api.MergeAsync($"{ConfigMaps}/a", """{"metadata":{"finalizers":["example.com/x","example.com/z"]}}""")).Expect(422);
        Assert.Contains("no new finalizers can be added if the object is being deleted", added["message"], StringComparison.Ordinal);
        (await api.MergeAsync($"{ConfigMaps}/a", """{"metadata":{"finalizers":["example.com/x"]}}""")).Expect(200);
        (await api.GetAsync($"{ConfigMaps}/a")).Expect(200);
        (await api.MergeAsync($"{ConfigMaps}/a", """{"metadata":{"finalizers":null}}""")).Expect(200);
        (await api.GetAsync($"{ConfigMaps}/a")).Expect(404);
    }

    [Theory]
    [InlineData("Orphan", "orphan")]
    [InlineData("Foreground", "foregroundDeletion")]
    public async Task A_propagation_policy_is_left_to_the_garbage_collector_as_a_finalizer(string policy, string finalizer)
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a"));
        var marked = (await api.DeleteAsync($"{ConfigMaps}/a", $$"""{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"{{policy}}"}""")).Expect(200);
        Assert.Equal(finalizer, marked["metadata.finalizers.0"]);
        (await api.GetAsync($"{ConfigMaps}/a")).Expect(200);
    }

    [Theory]
    [InlineData("""{"preconditions":{"uid":"other"}}""", 409, "Operation cannot be fulfilled on ConfigMap \"a\": the UID in the precondition (other) does not match the UID in record (")]
    [InlineData("""{"preconditions":{"resourceVersion":"1"}}""", 409, "the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (")]
    [InlineData("""{"propagationPolicy":"Sometimes"}""", 422, "Sometimes")]
    [InlineData("""{"propagationPolicy":"Orphan","orphanDependents":true}""", 422, "orphanDependents and deletionPropagation cannot be both set")]
    [InlineData("""{"kind":"Pod"}""", 400, "DeleteOptions")]
    [InlineData("""{"kind":"DeleteOptions","apiVersion":"none.example.com/v1"}""", 400, "no kind \"DeleteOptions\" is registered for version \"none.example.com/v1\"")]
    [InlineData("""{"gracePeriodSeconds":"soon"}""", 400, "gracePeriodSeconds")]
    [InlineData("""{"dryRun":["Some"]}""", 422, "DeleteOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: []string{\"Some\"}: supported values: \"All\"")]
    [InlineData("""{"ignoreStoreReadErrorWithClusterBreakingPotential":true}""", 422, "ignoreStoreReadErrorWithClusterBreakingPotential: Forbidden")]
    public async Task Preconditions_and_options_are_checked(string options, int code, string message)
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a"));
        Assert.Contains(message, (await api.DeleteAsync($"{ConfigMaps}/a", options)).Expect(code)["message"], StringComparison.Ordinal);
        (await api.GetAsync($"{ConfigMaps}/a")).Expect(200);
    }

    [Fact]
    public async Task A_pod_without_a_node_goes_at_once_and_one_with_a_node_when_its_agent_says_so()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var api = await TestApi.StartAsync(clock: clock);
        await api.PostAsync(Pods, Pod("waiting"));
        (await api.DeleteAsync($"{Pods}/waiting")).Expect(200);
        (await api.GetAsync($"{Pods}/waiting")).Expect(404);

        await api.PostAsync(Pods, Pod("p", ",\"nodeName\":\"n\",\"terminationGracePeriodSeconds\":20"));
        var marked = (await api.DeleteAsync($"{Pods}/p")).Expect(200);
        Assert.Equal("2030-01-01T00:00:20Z", marked["metadata.deletionTimestamp"]);
        Assert.Equal("20", marked["metadata.deletionGracePeriodSeconds"]);

        var shorter = (await api.DeleteAsync($"{Pods}/p?gracePeriodSeconds=5")).Expect(200);
        Assert.Equal("2030-01-01T00:00:05Z", shorter["metadata.deletionTimestamp"]);
        var longer = (await api.DeleteAsync($"{Pods}/p?gracePeriodSeconds=50")).Expect(200);
        Assert.Equal("5", longer["metadata.deletionGracePeriodSeconds"]);

        var gone = (await api.DeleteAsync($"{Pods}/p", """{"gracePeriodSeconds":0}""")).Expect(200);
        Assert.Equal("Pod", gone["kind"]);
        (await api.GetAsync($"{Pods}/p")).Expect(404);
    }

    [Fact]
    public async Task A_collection_is_deleted_by_selector()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a", "\"x\":\"1\""));
        await api.PostAsync(ConfigMaps, ConfigMap("b", "\"x\":\"1\""));
        await api.PostAsync(ConfigMaps, ConfigMap("c"));
        Assert.Equal(["a", "b"], (await api.DeleteAsync($"{ConfigMaps}?labelSelector=x%3D1")).Expect(200).Names);
        Assert.Equal(["c"], (await api.GetAsync(ConfigMaps)).Names);
    }

    [Fact]
    public async Task A_namespace_is_terminating_until_it_is_finalized()
    {
        await using var api = await TestApi.StartAsync();
        var created = (await api.PostAsync("/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"n"}}""")).Expect(201);
        Assert.Equal("kubernetes", created["spec.finalizers.0"]);
        Assert.Equal("Active", created["status.phase"]);
        var marked = (await api.DeleteAsync("/api/v1/namespaces/n")).Expect(200);
        Assert.Equal("Terminating", marked["status.phase"]);
        (await api.PutAsync("/api/v1/namespaces/n/finalize", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"n"},"spec":{"finalizers":[]}}""")).Expect(200);
        (await api.GetAsync("/api/v1/namespaces/n")).Expect(404);
        (await api.DeleteAsync("/api/v1/namespaces/default")).Expect(403);
    }

    [Fact]
    public async Task An_unfinished_deletion_is_accepted_where_the_old_way_to_cascade_was_asked_for()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","finalizers":["example.com/x"]}}""");
        var marked = (await api.DeleteAsync($"{ConfigMaps}/a", """{"orphanDependents":false,"kind":"DeleteOptions","apiVersion":"v1"}""")).Expect(202);
        Assert.Equal("example.com/x", marked["metadata.finalizers.0"]);
        await api.PostAsync(ConfigMaps, ConfigMap("b"));
        Assert.Equal("orphan", (await api.DeleteAsync($"{ConfigMaps}/b?orphanDependents=true")).Expect(200)["metadata.finalizers.0"]);
    }

    [Fact]
    public async Task Kinds_differ_in_what_a_deletion_leaves_and_shows()
    {
        await using var api = await TestApi.StartAsync();
        const string job = """{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j"},"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}}}""";
        (await api.PostAsync("/apis/batch/v1/namespaces/default/jobs", job)).Expect(201);
        Assert.Equal("orphan", (await api.DeleteAsync("/apis/batch/v1/namespaces/default/jobs/j")).Expect(200)["metadata.finalizers.0"]);
        (await api.PostAsync("/api/v1/namespaces/default/serviceaccounts", """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"s"}}""")).Expect(201);
        Assert.Equal("ServiceAccount", (await api.DeleteAsync("/api/v1/namespaces/default/serviceaccounts/s")).Expect(200)["kind"]);
        const string e = """{"apiVersion":"v1","kind":"Event","metadata":{"name":"e"},"involvedObject":{"namespace":"default"}}""";
        (await api.PostAsync("/api/v1/namespaces/default/events", e)).Expect(201);
        Assert.Equal("Success", (await api.DeleteAsync("/api/v1/namespaces/default/events/e?propagationPolicy=Foreground")).Expect(200)["status"]);
    }

    [Fact]
    public async Task A_collection_is_deleted_in_parts()
    {
        await using var api = await TestApi.StartAsync();
        foreach (var name in (string[])["a", "b", "c"]) await api.PostAsync(ConfigMaps, ConfigMap(name));
        Assert.Equal(["b"], (await api.DeleteAsync($"{ConfigMaps}?fieldSelector=metadata.name%3Db", """{"dryRun":["All"]}""")).Expect(200).Names);
        var first = (await api.DeleteAsync($"{ConfigMaps}?limit=2")).Expect(200);
        Assert.Equal(["a", "b"], first.Names);
        Assert.Equal(["c"], (await api.DeleteAsync($"{ConfigMaps}?limit=2&continue={first["metadata.continue"]}")).Expect(200).Names);
        Assert.Empty((await api.GetAsync(ConfigMaps)).Names);
    }

    [Fact]
    public async Task A_dry_run_deletes_nothing()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a"));
        (await api.DeleteAsync($"{ConfigMaps}/a?dryRun=All")).Expect(200);
        (await api.DeleteAsync($"{ConfigMaps}/a", """{"kind":"DeleteOptions","apiVersion":"v1","dryRun":["All"]}""")).Expect(200);
        (await api.GetAsync($"{ConfigMaps}/a")).Expect(200);
    }

    [Theory]
    [InlineData("/api/v1/configmaps")]
    [InlineData("/apis/apps/v1/deployments?dryRun=All")]
    public async Task The_objects_of_all_namespaces_are_not_deleted_at_once(string path)
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(ConfigMaps, ConfigMap("kept"))).Expect(201);
        Assert.Equal("MethodNotAllowed", (await api.DeleteAsync(path)).Expect(405)["reason"]);
        (await api.GetAsync($"{ConfigMaps}/kept")).Expect(200);
    }
}
