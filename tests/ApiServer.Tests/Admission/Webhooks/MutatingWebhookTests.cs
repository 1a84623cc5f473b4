using System.Text.Json.Nodes;
using Slipway.ApiServer.Tests.Webhooks;

namespace Slipway.ApiServer.Tests.Admission.Webhooks;

public sealed class MutatingWebhookTests : WebhookTest
{
    [Fact]
    public async Task A_patch_changes_what_is_stored()
    {
        Hooks.On("label", _ => WebhookServer.Patch("""[{"op":"add","path":"/metadata/labels","value":{"added":"yes"}},{"op":"add","path":"/unknown","value":1}]"""));
        await ConfigureAsync("Mutating", "label");
        var created = (await CreateAsync("a")).Expect(201);
        Assert.Equal("yes", created["metadata.labels.added"]);
        Assert.Null(created.Json["unknown"]);   // pruned, as if the client had sent it
        Assert.Equal("yes", (await Api.GetAsync($"{Samples.ConfigMaps}/a"))["metadata.labels.added"]);
    }

    [Fact]
    public async Task Webhooks_see_the_work_of_those_before_them_in_the_order_of_their_names()
    {
        Hooks.On("b", _ => WebhookServer.Patch("""[{"op":"add","path":"/data/b","value":"2"}]"""));
        Hooks.On("a", _ => WebhookServer.Patch("""[{"op":"add","path":"/data","value":{"a":"1"}}]"""));
        await ConfigureAsync("Mutating", "b");
        await ConfigureAsync("Mutating", "a");
        Assert.Equal("""{"a":"1","b":"2"}""", (await CreateAsync("x")).Expect(201).Json["data"]!.ToJsonString());
    }

    [Fact]
    public async Task A_mutated_object_is_defaulted_and_validated_again()
    {
        var image = "\"\"";
        Hooks.On("pod", _ => WebhookServer.Patch($$$$"""[{"op":"add","path":"/spec/containers/-","value":{"name":"side","image":{{{{image}}}}}}]"""));
        await ConfigureAsync("Mutating", "pod", """{"operations":["CREATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["pods"]}""");
        var refused = (await Api.PostAsync(Samples.Pods, Samples.Pod("p"))).Expect(422);
        Assert.Contains("spec.containers[1].image", refused["message"], StringComparison.Ordinal);
        image = "\"i:1\"";
        Assert.Equal("IfNotPresent", (await Api.PostAsync(Samples.Pods, Samples.Pod("p"))).Expect(201)["spec.containers.1.imagePullPolicy"]);
    }

    [Fact]
    public async Task A_webhook_that_asks_for_it_is_called_once_more_after_a_later_change()
    {
        static string Count(JsonObject request, string key) =>
            $$"""[{"op":"add","path":"/data/{{key}}","value":"{{int.Parse(request["object"]!["data"]?[key]?.ToString() ?? "0", System.Globalization.CultureInfo.InvariantCulture) + 1}}"}]""";
        Hooks.On("a-again", r => WebhookServer.Patch(Count(r, "again")));
        Hooks.On("b-never", r => WebhookServer.Patch(Count(r, "never")));
        Hooks.On("c-again", r => WebhookServer.Patch(Count(r, "last")));
        await ConfigureAsync("Mutating", "a-again", extra: ",\"reinvocationPolicy\":\"IfNeeded\"");
        await ConfigureAsync("Mutating", "b-never", extra: ",\"reinvocationPolicy\":\"Never\"");
        await ConfigureAsync("Mutating", "c-again", extra: ",\"reinvocationPolicy\":\"IfNeeded\"");
        var created = (await CreateAsync("x", data: "\"k\":\"v\"")).Expect(201);
        // The third was changed after in the second round alone, which is the last.
        Assert.Equal("2", created["data.again"]);
        Assert.Equal("1", created["data.never"]);
        Assert.Equal("2", created["data.last"]);
    }

    [Fact]
    public async Task No_webhook_is_called_again_when_nothing_has_changed()
    {
        Hooks.On("a", _ => WebhookServer.Allow());
        Hooks.On("b", _ => WebhookServer.Patch("""[{"op":"add","path":"/data","value":{"k":"v"}}]"""));
        await ConfigureAsync("Mutating", "a", extra: ",\"reinvocationPolicy\":\"IfNeeded\"");
        await ConfigureAsync("Mutating", "b", extra: ",\"reinvocationPolicy\":\"IfNeeded\"");
        (await CreateAsync("x", data: "\"k\":\"v\"")).Expect(201);
        Assert.Equal(2, Hooks.Reviews.Count);
    }

    [Theory]
    [InlineData("""[{"op":"remove","path":"/data/none"}]""", "Internal error occurred: ")]
    [InlineData("""[{"op":"replace","path":"/kind","value":"Secret"}]""", "Internal error occurred: admission webhook \"bad.example.com\" changed v1, Kind=ConfigMap into v1, Kind=Secret")]
    [InlineData("""{"not":"a list"}""", "Internal error occurred: failed calling webhook \"bad.example.com\": received undecodable patch in webhook response: ")]
    public async Task A_patch_that_does_not_apply_fails_the_request(string patch, string message)
    {
        Hooks.On("bad", _ => WebhookServer.Patch(patch));
        await ConfigureAsync("Mutating", "bad");
        Assert.StartsWith(message, (await CreateAsync("a")).Expect(500)["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deletion_cannot_be_patched()
    {
        (await CreateAsync("a")).Expect(201);
        Hooks.On("delete", _ => WebhookServer.Patch("""[{"op":"add","path":"/data","value":{}}]"""));
        await ConfigureAsync("Mutating", "delete", """{"operations":["DELETE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"]}""");
        Assert.Equal("Internal error occurred: admission webhook \"delete.example.com\" attempted to modify the object, which is not supported for this operation",
            (await Api.DeleteAsync($"{Samples.ConfigMaps}/a")).Expect(500)["message"]);
    }

    [Fact]
    public async Task A_scale_is_seen_and_patched_as_a_scale()
    {
        const string deployments = "/apis/apps/v1/namespaces/default/deployments";
        (await Api.PostAsync(deployments, """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":1,"selector":{"matchLabels":{"a":"b"}},
             "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
            """)).Expect(201);
        Hooks.On("scale", _ => WebhookServer.Patch("""[{"op":"replace","path":"/spec/replicas","value":3}]"""));
        await ConfigureAsync("Mutating", "scale", """{"operations":["UPDATE"],"apiGroups":["apps"],"apiVersions":["*"],"resources":["*/scale"]}""");
        Assert.Equal("3", (await Api.MergeAsync($"{deployments}/d/scale", """{"spec":{"replicas":9}}""")).Expect(200)["spec.replicas"]);
        Assert.Equal("""{"group":"autoscaling","version":"v1","kind":"Scale"}""", LastRequest["kind"]!.ToJsonString());
        Assert.Equal("9", LastRequest["object"]!["spec"]!["replicas"]!.ToString());
        Assert.Equal("1", LastRequest["oldObject"]!["spec"]!["replicas"]!.ToString());
        Assert.Equal("3", (await Api.GetAsync($"{deployments}/d"))["spec.replicas"]);
    }

    [Fact]
    public async Task Custom_resources_are_mutated_too()
    {
        (await Api.PostAsync(Samples.Definitions, Samples.Definition())).Expect(201);
        Hooks.On("cron", _ => WebhookServer.Patch("""[{"op":"add","path":"/spec/image","value":"set"}]"""));
        await ConfigureAsync("Mutating", "cron", """{"operations":["*"],"apiGroups":["stable.example.com"],"apiVersions":["*"],"resources":["*"],"scope":"Namespaced"}""");
        Assert.Equal("set", (await Api.PostAsync(Samples.CronTabs, Samples.CronTab("c"))).Expect(201)["spec.image"]);
    }
}
