using System.Text.Json.Nodes;
using Slipway.Api;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.CustomResources;

public sealed class DefinitionTests
{
    private const string CronTabDefinition = Definitions + "/crontabs.stable.example.com";

    [Theory]
    [InlineData("""{"plural":"others","singular":"crontab","kind":"Other"}""", "SingularConflict", "\"crontab\" is already in use")]
    [InlineData("""{"plural":"others","singular":"ct","kind":"Other"}""", "SingularConflict", "\"ct\" is already in use")]
    [InlineData("""{"plural":"others","kind":"Other","shortNames":["o","ct"]}""", "ShortNamesConflict", "\"ct\" is already in use")]
    [InlineData("""{"plural":"others","kind":"Other","shortNames":["crontabs","ct"]}""", "ShortNamesConflict", "[\"crontabs\" is already in use, \"ct\" is already in use]")]
    [InlineData("""{"plural":"others","singular":"other","kind":"CronTab","listKind":"OtherList"}""", "KindConflict", "\"CronTab\" is already in use")]
    [InlineData("""{"plural":"others","kind":"Other","listKind":"CronTabList"}""", "ListKindConflict", "\"CronTabList\" is already in use")]
    public async Task A_definition_waits_until_all_its_names_are_free(string names, string reason, string message)
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        var second = JsonNode.Parse(Definition().Replace("crontabs.stable", "others.stable", StringComparison.Ordinal))!;
        second["spec"]!["names"] = JsonNode.Parse(names);
        var created = (await api.PostAsync(Definitions, second.ToJsonString())).Expect(201);
        Assert.Equal($"NamesAccepted False {reason} {message}", Condition(created, "NamesAccepted"));
        Assert.Equal("Established False NotAccepted not all names are accepted", Condition(created, "Established"));
        (await api.GetAsync("/apis/stable.example.com/v1/others")).Expect(404);

        (await api.DeleteAsync(CronTabDefinition)).Expect(200);
        Answer freed;
        do freed = await api.GetAsync($"{Definitions}/others.stable.example.com");
        while (Condition(freed, "Established")?.Contains("True", StringComparison.Ordinal) != true);
        Assert.Equal("NamesAccepted True NoConflicts no conflicts found", Condition(freed, "NamesAccepted"));
        (await api.GetAsync("/apis/stable.example.com/v1/others")).Expect(200);
    }

    [Fact]
    public async Task What_is_served_stays_so_with_the_names_that_it_has()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        (await api.PostAsync(Definitions, Definition().Replace("crontabs", "others", StringComparison.Ordinal).Replace("crontab", "other", StringComparison.Ordinal)
            .Replace("CronTab", "Other", StringComparison.Ordinal).Replace("[\"ct\"]", "[\"o\"]", StringComparison.Ordinal))).Expect(201);
        var changed = (await api.MergeAsync(CronTabDefinition, """{"spec":{"names":{"shortNames":["ct","o"],"categories":["all"]}}}""")).Expect(200);
        Assert.Equal("NamesAccepted False ShortNamesConflict \"o\" is already in use", Condition(changed, "NamesAccepted"));
        Assert.StartsWith("Established True", Condition(changed, "Established"), StringComparison.Ordinal);
        var resource = (await api.GetAsync("/apis/stable.example.com/v1")).Json["resources"]!.AsArray().Single(r => r!["name"]!.ToString() == "crontabs")!;
        Assert.Equal("""["ct"] ["all"]""", $"{resource["shortNames"]!.ToJsonString()} {resource["categories"]!.ToJsonString()}");
    }

    [Theory]
    [InlineData("https://github.com/kubernetes/kubernetes/pull/1", "KubernetesAPIApprovalPolicyConformant True ApprovedAnnotation approved in https://github.com/kubernetes/kubernetes/pull/1")]
    [InlineData("unapproved, an experiment", "KubernetesAPIApprovalPolicyConformant False UnapprovedAnnotation not approved: \"unapproved, an experiment\"")]
    public async Task A_protected_group_says_whether_its_kinds_are_approved(string annotation, string expected)
    {
        await using var api = await TestApi.StartAsync();
        var definition = JsonNode.Parse(Definition().Replace("stable.example.com", "test.k8s.io", StringComparison.Ordinal))!;
        (await api.PostAsync(Definitions, definition.ToJsonString())).Expect(422);
        definition["metadata"]!["annotations"] = new JsonObject { ["api-approved.kubernetes.io"] = annotation };
        Assert.Equal(expected, Condition((await api.PostAsync(Definitions, definition.ToJsonString())).Expect(201), "KubernetesAPIApprovalPolicyConformant"));
    }

    [Fact]
    public async Task A_definition_goes_when_the_finalizers_of_its_objects_let_it()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        (await api.PostAsync(CronTabs, CronTab("held").Replace("\"name\":\"held\"", "\"name\":\"held\",\"finalizers\":[\"example.com/hold\"]", StringComparison.Ordinal))).Expect(201);
        (await api.PostAsync(CronTabs, CronTab("free"))).Expect(201);
        await using var definitions = await api.WatchAsync($"{Definitions}?watch=true&fieldSelector=metadata.name%3Dcrontabs.stable.example.com");
        Assert.Equal("ADDED crontabs.stable.example.com", await definitions.NextTextAsync());

        var marked = (await api.DeleteAsync(CronTabDefinition)).Expect(200);
        Assert.Equal("Terminating True InstanceDeletionPending CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon", Condition(marked, "Terminating"));
        const string forbidden = "crontabs.stable.example.com \"late\" is forbidden: create not allowed while custom resource definition is terminating";
        Assert.Equal(forbidden, (await api.PostAsync(CronTabs, CronTab("late"))).Expect(403)["message"]);
        Assert.Equal(forbidden, (await api.ApplyAsync($"{CronTabs}/late", "tests", CronTab("late"))).Expect(403)["message"]);
        var resource = (await api.GetAsync("/apis/stable.example.com/v1")).Json["resources"]![0]!;
        Assert.Equal("""["delete","deletecollection","get","list","watch"]""", resource["verbs"]!.ToJsonString());
        while ((await api.GetAsync($"{CronTabs}/free")).Code != 404) await Task.Yield();

        while ((await api.GetAsync($"{CronTabs}/held")).Expect(200)["metadata.deletionTimestamp"] is null) await Task.Yield();
        (await api.GetAsync(CronTabDefinition)).Expect(200);
        (await api.MergeAsync($"{CronTabs}/held", """{"metadata":{"finalizers":null}}""")).Expect(200);
        var seen = new List<string>();
        WatchLine line;
        do
        {
            line = (await definitions.NextAsync())!;
            seen.Add($"{line.Type} {line.Object["status"]!["conditions"]!.AsArray().Single(c => c!["type"]!.ToString() == "Terminating")!["reason"]}");
        }
        while (line.Type != "DELETED");
        Assert.Equal(["MODIFIED InstanceDeletionPending", "MODIFIED InstanceDeletionInProgress", "DELETED InstanceDeletionInProgress"], seen);
    }

    [Fact]
    public async Task A_definition_that_is_made_anew_with_another_scope_is_served_in_it()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        (await api.PostAsync(CronTabs, CronTab("a"))).Expect(201);
        await GoneAsync(api);
        (await api.PostAsync(Definitions, Definition().Replace("Namespaced", "Cluster", StringComparison.Ordinal))).Expect(201);
        (await api.PostAsync("/apis/stable.example.com/v1/crontabs", CronTab("a"))).Expect(201);
        await GoneAsync(api);
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        (await api.PostAsync(CronTabs.Replace("default", "no-such-namespace", StringComparison.Ordinal), CronTab("a"))).Expect(404);
        (await api.PostAsync(CronTabs, CronTab("a"))).Expect(201);

        static async Task GoneAsync(TestApi api)
        {
            (await api.DeleteAsync(CronTabDefinition)).Expect(200);
            while ((await api.GetAsync(CronTabDefinition)).Code != 404) await Task.Yield();
        }
    }

    [Theory]
    [InlineData("""{"spec":{"versions":[{"name":"v1","served":false,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}""", null)]
    [InlineData(null, "DELETED a")]
    public async Task A_watch_ends_with_what_it_watches(string? change, string? last)
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        (await api.PostAsync(CronTabs, CronTab("a"))).Expect(201);
        await using var watch = await api.WatchAsync($"{CronTabs}?watch=true");
        Assert.Equal("ADDED a", await watch.NextTextAsync());
        (await api.MergeAsync($"{CronTabDefinition}/status", """{"status":{"storedVersions":["v1"]}}""")).Expect(200);
        (await api.MergeAsync($"{CronTabs}/a", """{"metadata":{"labels":{"a":"b"}}}""")).Expect(200);
        Assert.Equal("MODIFIED a", await watch.NextTextAsync());
        if (change is null) (await api.DeleteAsync(CronTabDefinition)).Expect(200);
        else (await api.MergeAsync(CronTabDefinition, change)).Expect(200);
        if (last is not null) Assert.Equal(last, await watch.NextTextAsync());
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task What_may_not_be_updated_goes_all_the_same()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        (await api.MergeAsync($"{CronTabDefinition}/status", """{"status":{"storedVersions":["v9"]}}""")).Expect(200);
        (await api.MergeAsync(CronTabDefinition, """{"metadata":{"labels":{"a":"b"}}}""")).Expect(422);
        (await api.DeleteAsync(CronTabDefinition)).Expect(200);
        while ((await api.GetAsync(CronTabDefinition)).Code != 404) await Task.Yield();
    }

    [Fact]
    public async Task Finalizers_of_a_definition_that_stays_are_not_changed_with_its_status()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        var kept = (await api.MergeAsync($"{CronTabDefinition}/status", """{"metadata":{"finalizers":[]}}""")).Expect(200);
        Assert.Equal("customresourcecleanup.apiextensions.k8s.io", kept["metadata.finalizers.0"]);
    }

    [Fact]
    public async Task Objects_go_even_if_no_version_is_served()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        (await api.PostAsync(CronTabs, CronTab("a"))).Expect(201);
        (await api.SendAsync("PATCH", CronTabDefinition, """[{"op":"replace","path":"/spec/versions/0/served","value":false}]""", MediaTypes.JsonPatch)).Expect(200);
        (await api.GetAsync(CronTabs)).Expect(404);
        (await api.DeleteAsync(CronTabDefinition)).Expect(200);
        while ((await api.GetAsync(CronTabDefinition)).Code != 404) await Task.Yield();
        Assert.Empty((await api.Store.ListAsync("/registry/stable.example.com/", null, 10, 0, TestContext.Current.CancellationToken)).Records);
    }

    [Fact]
    public async Task Selectable_fields_of_every_type_are_selected_by()
    {
        await using var api = await TestApi.StartAsync();
        var definition = Definition().Replace("[{\"jsonPath\":\".spec.image\"}]", "[{\"jsonPath\":\".spec.image\"},{\"jsonPath\":\".spec.replicas\"},{\"jsonPath\":\".spec.paused\"}]", StringComparison.Ordinal)
            .Replace("\"image\":{\"type\":\"string\"}", "\"image\":{\"type\":\"string\"},\"paused\":{\"type\":\"boolean\"}", StringComparison.Ordinal);
        (await api.PostAsync(Definitions, definition)).Expect(201);
        (await api.PostAsync(CronTabs, CronTab("a", "\"cronSpec\":\"x\",\"paused\":true,\"replicas\":3"))).Expect(201);
        (await api.PostAsync(CronTabs, CronTab("b", "\"cronSpec\":\"x\",\"image\":\"i\""))).Expect(201);
        Assert.Equal(["a"], (await api.GetAsync($"{CronTabs}?fieldSelector=spec.paused%3Dtrue,spec.replicas%3D3")).Expect(200).Names);
        Assert.Equal(["b"], (await api.GetAsync($"{CronTabs}?fieldSelector=spec.paused!%3Dtrue,spec.replicas%3D1")).Expect(200).Names);
        Assert.Equal("field label not supported: spec.cronSpec", (await api.GetAsync($"{CronTabs}?fieldSelector=spec.cronSpec%3Dx")).Expect(400)["message"]);
        (await api.DeleteAsync($"{CronTabs}?fieldSelector=spec.image%3Di")).Expect(200);
        Assert.Equal(["a"], (await api.GetAsync(CronTabs)).Expect(200).Names);
    }

    [Fact]
    public async Task Clients_of_a_deprecated_version_are_warned()
    {
        await using var api = await TestApi.StartAsync();
        const string schema = "\"schema\":{\"openAPIV3Schema\":{\"type\":\"object\",\"x-kubernetes-preserve-unknown-fields\":true}}";
        (await api.PostAsync(Definitions, Definition($$"""
            ,{"name":"v1beta1","served":true,"storage":false,"deprecated":true,{{schema}}}
            ,{"name":"v1alpha1","served":true,"storage":false,"deprecated":true,"deprecationWarning":"it is old",{{schema}}}
            """))).Expect(201);
        Assert.Empty((await api.GetAsync(CronTabs)).Expect(200).Headers);
        Assert.Equal("299 - \"stable.example.com/v1beta1 CronTab is deprecated; use stable.example.com/v1 CronTab\"",
            Assert.Single((await api.GetAsync(CronTabs.Replace("/v1/", "/v1beta1/", StringComparison.Ordinal))).Expect(200).Headers).Value);
        Assert.Equal("299 - \"it is old\"", Assert.Single((await api.GetAsync(CronTabs.Replace("/v1/", "/v1alpha1/", StringComparison.Ordinal))).Expect(200).Headers).Value);
    }

    [Fact]
    public async Task Without_the_subresource_a_status_is_part_of_what_is_desired()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, Definition().Replace("\"subresources\":{\"status\":{}},", "", StringComparison.Ordinal))).Expect(201);
        (await api.PostAsync(CronTabs, CronTab("a"))).Expect(201);
        Assert.Equal("1", (await api.MergeAsync($"{CronTabs}/a", """{"metadata":{"labels":{"a":"b"}}}""")).Expect(200)["metadata.generation"]);
        Assert.Equal("2", (await api.MergeAsync($"{CronTabs}/a", """{"status":{"conditions":[]}}""")).Expect(200)["metadata.generation"]);
    }

    [Fact]
    public async Task What_was_valid_once_is_let_be_until_it_is_changed()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        (await api.PostAsync(CronTabs, CronTab("a", "\"cronSpec\":\"long ago\",\"image\":\"i\""))).Expect(201);
        (await api.SendAsync("PATCH", CronTabDefinition, """[{"op":"add","path":"/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/cronSpec/maxLength","value":3}]""", MediaTypes.JsonPatch)).Expect(200);
        (await api.PostAsync(CronTabs, CronTab("b", "\"cronSpec\":\"long ago\""))).Expect(422);
        (await api.MergeAsync($"{CronTabs}/a", """{"spec":{"image":"j"}}""")).Expect(200);
        Assert.Contains("spec.cronSpec: Too long", (await api.MergeAsync($"{CronTabs}/a", """{"spec":{"cronSpec":"long since"}}""")).Expect(422)["message"], StringComparison.Ordinal);
        (await api.MergeAsync($"{CronTabs}/a", """{"spec":{"cronSpec":"now"}}""")).Expect(200);
    }

    private static string? Condition(Answer definition, string type) =>
        definition.Json["status"]?["conditions"]?.AsArray().FirstOrDefault(c => c!["type"]!.ToString() == type) is { } c ? $"{c["type"]} {c["status"]} {c["reason"]} {c["message"]}" : null;
}
