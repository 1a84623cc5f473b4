using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Controllers.Tests.GarbageCollection;

public sealed class GarbageCollectorTests : ControllersTest
{
    private static readonly Resource<PartialObjectMetadata> Secrets = PartialObjectMetadata.ResourceOf("", "v1", "secrets", "Secret", namespaced: true);

    private static readonly Resource<PartialObjectMetadata> ThingsV1 = PartialObjectMetadata.ResourceOf("example.dev", "v1", "things", "Thing", namespaced: true);

    private const string Things = "/apis/example.dev";
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    private protected override void Register(ControllerHost host) => GarbageCollector.Register(host);

    [Fact]
    public async Task What_an_object_owned_goes_after_it()
    {
        var owner = await CreateAsync("owner");
        var middle = await CreateAsync("middle", owner);
        await CreateAsync("leaf", middle);
        await CreateAsync("free");
        await DeleteAsync("owner", "Background");
        await WaitUntilOnlyAsync("free");
    }

    [Fact]
    public async Task An_object_with_another_owner_stays_without_the_reference()
    {
        var gone = await CreateAsync("gone");
        var stays = await CreateAsync("stays");
        await CreateAsync("both", gone, stays);
        await DeleteAsync("gone", "Background");
        var both = await Cluster.WaitAsync(Kinds.ConfigMaps, "default", "both", map => map?.Metadata.OwnerReferences.Count == 1);
        Assert.Equal("stays", both!.Metadata.OwnerReferences[0].Name);
    }

    [Fact]
    public async Task An_object_whose_owner_never_was_goes()
    {
        await CreateAsync("child", Owner("absent", "00000000-0000-0000-0000-000000000000"));
        await WaitUntilOnlyAsync();
    }

    [Fact]
    public async Task A_namesake_of_the_owner_is_not_the_owner()
    {
        await CreateAsync("owner");
        await CreateAsync("child", Owner("owner", "00000000-0000-0000-0000-000000000000"));
        await WaitUntilOnlyAsync("owner");
    }

    [Fact]
    public async Task Foreground_deletion_waits_for_what_blocks_it()
    {
        var owner = await CreateAsync("owner");
        await CreateAsync("child", Blocking(owner));
        await Cluster.PatchAsync($"{Maps}/child", """{"metadata":{"finalizers":["example.com/hold"]}}""");
        await DeleteAsync("owner", "Foreground");
        await Cluster.WaitAsync(Kinds.ConfigMaps, "default", "child", map => map?.Metadata.DeletionTimestamp is not null);
        Assert.NotNull(await Cluster.Admin.GetAsync(Kinds.ConfigMaps, "default", "owner"));
        await Cluster.PatchAsync($"{Maps}/child", """{"metadata":{"finalizers":null}}""");
        await WaitUntilOnlyAsync();
    }

    [Fact]
    public async Task Orphaned_objects_stay_without_the_reference()
    {
        var owner = await CreateAsync("owner");
        await CreateAsync("child", owner);
        await DeleteAsync("owner", "Orphan");
        await WaitUntilOnlyAsync("child");
        var child = await Cluster.Admin.GetAsync(Kinds.ConfigMaps, "default", "child");
        Assert.Empty(child!.Metadata.OwnerReferences ?? []);
    }

    [Fact]
    public async Task What_the_watches_have_not_shown_yet_is_orphaned_too()
    {
        await WaitUntilCollectedAsync();
        Watches.Hold("secrets", metadataOnly: true);
        var owner = await CreateAsync("owner");
        await CreateSecretAsync("child", owner);
        await DeleteAsync("owner", "Orphan");
        await WaitUntilOnlyAsync();
        Watches.Release("secrets", metadataOnly: true);
        await CreateSecretAsync("probe", Absent);
        await Cluster.WaitAsync(Secrets, "default", "probe", probe => probe is null);
        await WaitUntilCollectedAsync();
        var child = await Cluster.Admin.GetAsync(Secrets, "default", "child");
        Assert.NotNull(child);
        Assert.Empty(child.Metadata.OwnerReferences ?? []);
    }

    [Fact]
    public async Task What_is_of_a_kind_whose_watch_has_just_begun_is_orphaned_too()
    {
        Watches.Hold("things", metadataOnly: true);
        await CreateDefinitionAsync("v1");
        await CreateAsync("probe", AbsentThing);
        await Cluster.WhileTimePassesAsync(WaitUntilOnlyAsync(), TimeSpan.FromSeconds(1)); // the collector knows things
        var owner = await CreateAsync("owner");
        await CreateThingAsync("child", owner);
        await DeleteAsync("owner", "Orphan");
        await WaitUntilOnlyAsync();
        Watches.Release("things", metadataOnly: true);
        await CreateThingAsync("probe", Absent);
        await Cluster.WaitAsync(ThingsV1, "default", "probe", probe => probe is null);
        await WaitUntilCollectedAsync();
        var child = await Cluster.Admin.GetAsync(ThingsV1, "default", "child");
        Assert.NotNull(child);
        Assert.Empty(child.Metadata.OwnerReferences ?? []);
    }

    [Fact]
    public async Task Orphaning_does_not_wait_for_what_cannot_be_listed()
    {
        await WaitUntilCollectedAsync();
        Watches.Hold("secrets", metadataOnly: true);
        Watches.FailLists("secrets");
        var owner = await CreateAsync("owner");
        await CreateAsync("child", owner);
        await DeleteAsync("owner", "Orphan");
        await WaitUntilOnlyAsync("child");
    }

    [Fact]
    public async Task A_resource_that_cannot_be_read_does_not_hold_up_the_others()
    {
        await StopControllersAsync();
        Watches.Hold("secrets", metadataOnly: true);
        StartControllers();
        var owner = await CreateAsync("owner");
        await CreateAsync("child", owner);
        await DeleteAsync("owner", "Background");
        await Cluster.WhileTimePassesAsync(WaitUntilOnlyAsync(), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task What_the_watches_show_late_of_an_owner_that_went_goes_then()
    {
        await WaitUntilCollectedAsync();
        Watches.Hold("secrets", metadataOnly: true);
        var owner = await CreateAsync("owner");
        await CreateSecretAsync("child", Blocking(owner));
        await DeleteAsync("owner", "Foreground");
        await WaitUntilOnlyAsync();
        Watches.Release("secrets", metadataOnly: true);
        await Cluster.WaitAsync(Secrets, "default", "child", child => child is null);
    }

    [Fact]
    public async Task An_object_that_others_write_meanwhile_is_freed_as_it_is_now()
    {
        var gone = await CreateAsync("gone");
        var stays = await CreateAsync("stays");
        await CreateSecretAsync("both", gone, stays);
        await CreateSecretAsync("probe", Absent);
        await Cluster.WaitAsync(Secrets, "default", "probe", probe => probe is null);
        Watches.Hold("secrets", metadataOnly: true);
        await Cluster.PatchAsync("/api/v1/namespaces/default/secrets/both", """{"metadata":{"labels":{"a":"b"}}}""");
        await DeleteAsync("gone", "Background");
        var both = await Cluster.WaitAsync(Secrets, "default", "both", secret => secret?.Metadata.OwnerReferences.Count == 1);
        Assert.Equal("stays", both!.Metadata.OwnerReferences[0].Name);
    }

    [Fact]
    public async Task An_owner_of_a_kind_that_has_just_gone_is_gone()
    {
        await CreateDefinitionAsync("v1");
        await CreateAsync("probe", AbsentThing);
        await WaitUntilOnlyAsync(); // the collector knows things
        Watches.Hold("customresourcedefinitions", metadataOnly: true);
        await Cluster.Admin.SendForBodyAsync(new("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.dev"));
        await UntilUnservedAsync();
        await CreateAsync("child", AbsentThing);
        await WaitUntilOnlyAsync();
    }

    [Fact]
    public async Task An_owner_in_a_version_that_has_just_come_is_not_taken_for_gone()
    {
        await CreateDefinitionAsync("v1");
        await CreateAsync("probe", AbsentThing);
        await WaitUntilOnlyAsync(); // the collector knows things
        Watches.Hold("customresourcedefinitions", metadataOnly: true);
        await Cluster.PatchAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.dev", $$$"""{"spec":{"versions":[{{{VersionOf("v2")}}}, {{{VersionOf("v1").Replace("true", "false")}}}]} }""");
        var thing = await WhenServedAsync(() => Cluster.CreateAsync($"{Things}/v2/namespaces/default/things", """{"apiVersion":"example.dev/v2","kind":"Thing","metadata":{"name":"t"}}"""));
        await CreateAsync("child", Reference("example.dev/v2", "Thing", "t", (string)thing["metadata"]!["uid"]!));
        await WaitUntilCollectedAsync();
        await WaitUntilOnlyAsync("child");
    }

    [Theory]
    [InlineData("Background")]
    [InlineData("Foreground")]
    public async Task A_circle_of_owners_goes_as_a_whole(string policy)
    {
        var one = await CreateAsync("one");
        var two = await CreateAsync("two", Blocking(one));
        await Cluster.PatchAsync($"{Maps}/one", $$"""{"metadata":{"ownerReferences":[{{Blocking(two).ToJsonString()}}]} }""");
        await DeleteAsync("one", policy);
        await WaitUntilOnlyAsync();
    }

    [Fact]
    public async Task An_object_whose_owner_is_in_another_namespace_goes_and_an_event_says_why()
    {
        await Cluster.CreateAsync("/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"far"}}""");
        var created = await Cluster.CreateAsync("/api/v1/namespaces/far/configmaps", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"owner"}}""");
        var uid = (string)created["metadata"]!["uid"]!;
        // The collector knows the owner when its own object has gone with one that it owned.
        var probe = await Cluster.CreateAsync("/api/v1/namespaces/far/configmaps", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"seen","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"absent","uid":"00000000-0000-0000-0000-000000000000"}]}}""");
        Assert.NotNull(probe);
        await Cluster.WaitAsync(Kinds.ConfigMaps, "far", "seen", map => map is null);
        await CreateAsync("child", Owner("owner", uid));
        await WaitUntilOnlyAsync();
        await Cluster.WaitForAllAsync(EventView.Resource, "default", events => events.Exists(e => e is { Reason: "OwnerRefInvalidNamespace" }
            && e.Message == $"ownerRef [v1/ConfigMap, namespace: default, name: owner, uid: {uid}] does not exist in namespace \"default\""));
    }

    [Fact]
    public async Task Custom_resources_own_and_are_owned_from_the_moment_that_they_are_served()
    {
        await CreateDefinitionAsync("v1");
        var thing = await Cluster.CreateAsync("/apis/example.dev/v1/namespaces/default/things", """{"apiVersion":"example.dev/v1","kind":"Thing","metadata":{"name":"t"}}""");
        var owner = Reference("example.dev/v1", "Thing", "t", (string)thing["metadata"]!["uid"]!);
        await CreateAsync("child", owner);
        await Cluster.Admin.SendForBodyAsync(new("DELETE", "/apis/example.dev/v1/namespaces/default/things/t"));
        await WaitUntilOnlyAsync();
    }

    [Fact]
    public async Task A_kind_that_is_not_served_says_nothing_of_its_objects()
    {
        await CreateAsync("child", Reference("unknown.dev/v1", "Unknown", "u", "00000000-0000-0000-0000-000000000000"));
        var owner = await CreateAsync("owner");
        await CreateAsync("other", owner);
        await DeleteAsync("owner", "Background");
        await WaitUntilOnlyAsync("child");
    }

    [Fact]
    public async Task What_was_deleted_while_nobody_looked_is_made_up_for()
    {
        var owner = await CreateAsync("owner");
        await CreateAsync("child", owner);
        await StopControllersAsync();
        await DeleteAsync("owner", "Background");
        Assert.NotNull(await Cluster.Admin.GetAsync(Kinds.ConfigMaps, "default", "child"));
        StartControllers();
        await WaitUntilOnlyAsync();
    }

    private async Task CreateDefinitionAsync(string version)
    {
        await Cluster.CreateAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", $$$"""
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"things.example.dev"},
             "spec":{"group":"example.dev","scope":"Namespaced","names":{"plural":"things","singular":"thing","kind":"Thing","listKind":"ThingList"},"versions":[{{{VersionOf(version)}}}]} }
            """);
        await WhenServedAsync(async () => await Cluster.Admin.SendForBodyAsync(new("GET", $"{Things}/{version}/namespaces/default/things")));
    }

    private async Task UntilUnservedAsync()
    {
        var started = Cluster.Clock.GetTimestamp();
        try
        {
            while (Cluster.Clock.GetElapsedTime(started) < TestCluster.Patience)
                await Cluster.Admin.ListAsync(ThingsV1, "default");
            Assert.Fail("things are still served");
        }
        catch (ApiException e) when (e.Code == 404)
        {
            // As wished.
        }
    }

    private static string VersionOf(string name) => $$$"""{"name":"{{{name}}}","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"} } }""";

    private async Task<T> WhenServedAsync<T>(Func<Task<T>> ask)
    {
        var started = Cluster.Clock.GetTimestamp();
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (ApiException e) when (e.Code == 404 && Cluster.Clock.GetElapsedTime(started) < TestCluster.Patience)
            {
                await Task.Yield();
            }
        }
    }

    // The collector has come to everything that it knew before when an object that came later, of whose owner it asks the API, is gone.
    private async Task WaitUntilCollectedAsync()
    {
        for (var round = 0; round < 3; round++)
        {
            await Cluster.CreateAsync("/api/v1/namespaces/default/serviceaccounts", $$"""
                {"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"probe","ownerReferences":[{{Absent.ToJsonString()}}]} }
                """);
            await Cluster.WaitAsync(Kinds.ServiceAccounts, "default", "probe", probe => probe is null);
        }
    }

    private Task CreateSecretAsync(string name, params JsonObject[] owners)
    {
        var references = new JsonArray([.. owners.Select(owner => owner.DeepClone())]);
        return Cluster.CreateAsync("/api/v1/namespaces/default/secrets", $$"""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"{{name}}","ownerReferences":{{references.ToJsonString()}} } }""");
    }

    private Task CreateThingAsync(string name, JsonObject owner) =>
        Cluster.CreateAsync($"{Things}/v1/namespaces/default/things", $$"""{"apiVersion":"example.dev/v1","kind":"Thing","metadata":{"name":"{{name}}","ownerReferences":[{{owner.ToJsonString()}}]} }""");

    private async Task<JsonObject> CreateAsync(string name, params JsonObject[] owners)
    {
        var references = new JsonArray([.. owners.Select(owner => owner.DeepClone())]);
        var created = await Cluster.CreateAsync(Maps, $$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{name}}","ownerReferences":{{references.ToJsonString()}} } }""");
        return Owner(name, (string)created["metadata"]!["uid"]!);
    }

    private Task DeleteAsync(string name, string policy) =>
        Cluster.Admin.DeleteAsync(Kinds.ConfigMaps, "default", name, new() { PropagationPolicy = policy }).AsTask();

    private Task<List<V1ConfigMap>> WaitUntilOnlyAsync(params string[] names) =>
        Cluster.WaitForAllAsync(Kinds.ConfigMaps, "default", maps => maps.Select(map => map.Metadata.Name).Order().SequenceEqual(names.Order()));

    private static JsonObject AbsentThing => Reference("example.dev/v1", "Thing", "absent", "00000000-0000-0000-0000-000000000000");

    private static JsonObject Absent => Owner("absent", "00000000-0000-0000-0000-000000000000");

    private static JsonObject Owner(string name, string uid) => Reference("v1", "ConfigMap", name, uid);

    private static JsonObject Blocking(JsonObject owner)
    {
        var copy = (JsonObject)owner.DeepClone();
        copy["blockOwnerDeletion"] = true;
        return copy;
    }

    private static JsonObject Reference(string apiVersion, string kind, string name, string uid) =>
        new() { ["apiVersion"] = apiVersion, ["kind"] = kind, ["name"] = name, ["uid"] = uid };
}
