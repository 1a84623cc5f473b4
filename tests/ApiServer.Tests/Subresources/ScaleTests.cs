using Slipway.Api;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.Subresources;

public sealed class ScaleTests
{
    private const string Deployments = "/apis/apps/v1/namespaces/default/deployments";
    private const string Deployment = """
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":3,
         "selector":{"matchLabels":{"b":"y","a":"x"},"matchExpressions":[{"key":"c","operator":"In","values":["z"]}]},
         "template":{"metadata":{"labels":{"a":"x","b":"y","c":"z"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
        """;

    [Fact]
    public async Task A_scale_shows_how_many_there_are_and_are_asked_for()
    {
        await using var api = await TestApi.StartAsync();
        var deployment = (await api.PostAsync(Deployments, Deployment)).Expect(201);
        (await api.MergeAsync($"{Deployments}/d/status", """{"status":{"replicas":2}}""")).Expect(200);
        var scale = (await api.GetAsync($"{Deployments}/d/scale")).Expect(200);
        Assert.Equal("autoscaling/v1 Scale d", $"{scale["apiVersion"]} {scale["kind"]} {scale["metadata.name"]}");
        Assert.Equal(("3", "2", "a=x,b=y,c in (z)"), (scale["spec.replicas"], scale["status.replicas"], scale["status.selector"]));
        Assert.Equal((deployment["metadata.uid"], "default"), (scale["metadata.uid"], scale["metadata.namespace"]));
        Assert.Equal("Table", (await api.GetAsync($"{Deployments}/d/scale", "application/json;as=Table;g=meta.k8s.io;v=v1")).Expect(200)["kind"]);
        (await api.GetAsync($"{Deployments}/none/scale")).Expect(404);
    }

    [Fact]
    public async Task Writes_change_the_replicas_alone()
    {
        await using var api = await TestApi.StartAsync();
        var before = (await api.PostAsync(Deployments, Deployment)).Expect(201);
        var scale = (await api.GetAsync($"{Deployments}/d/scale")).Expect(200);
        scale.Json["spec"]!["replicas"] = 5;
        scale.Json["metadata"]!["labels"] = new System.Text.Json.Nodes.JsonObject { ["not"] = "taken" };
        Assert.Equal("5", (await api.PutAsync($"{Deployments}/d/scale", scale.Json.ToJsonString())).Expect(200)["spec.replicas"]);
        var after = (await api.GetAsync($"{Deployments}/d")).Expect(200);
        Assert.Equal(("5", "2", null), (after["spec.replicas"], after["metadata.generation"], after["metadata.labels"]));
        Assert.Equal(before["spec.template"], after["spec.template"]);

        (await api.PutAsync($"{Deployments}/d/scale", scale.Json.ToJsonString())).Expect(409);
        Assert.Equal("0", (await api.MergeAsync($"{Deployments}/d/scale", """{"spec":{"replicas":0}}""")).Expect(200)["status.replicas"]);
        Assert.Null((await api.GetAsync($"{Deployments}/d/scale"))["spec.replicas"]);
        (await api.SendAsync("PATCH", $"{Deployments}/d/scale", """[{"op":"add","path":"/spec/replicas","value":7}]""", MediaTypes.JsonPatch)).Expect(200);
        Assert.Equal("7", (await api.GetAsync($"{Deployments}/d"))["spec.replicas"]);
    }

    [Fact]
    public async Task A_dry_run_shows_what_would_be()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Deployments, Deployment);
        Assert.Equal("9", (await api.MergeAsync($"{Deployments}/d/scale?dryRun=All", """{"spec":{"replicas":9}}""")).Expect(200)["spec.replicas"]);
        Assert.Equal("3", (await api.GetAsync($"{Deployments}/d/scale"))["spec.replicas"]);
    }

    [Theory]
    [InlineData("""{"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"d"},"spec":{"replicas":-1}}""", 422, "spec.replicas: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("""{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"d"}}""", 400, "the body must be a Scale")]
    [InlineData("""{"metadata":{"name":"other"}}""", 400, "does not match the name on the URL")]
    [InlineData("""{"spec":{"replicas":"many"}}""", 400, "must be a 32-bit integer")]
    [InlineData("""{"metadata":{"uid":"other"},"spec":{"replicas":1}}""", 409, "Precondition failed")]
    public async Task A_scale_that_makes_no_sense_is_refused(string body, int code, string message)
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Deployments, Deployment);
        Assert.Contains(message, (await api.PutAsync($"{Deployments}/d/scale", body)).Expect(code)["message"]);
    }

    [Fact]
    public async Task A_custom_resource_says_where_its_replicas_are()
    {
        await using var api = await TestApi.StartAsync();
        var definition = Definition().Replace("\"subresources\":{\"status\":{}}",
            "\"subresources\":{\"status\":{},\"scale\":{\"specReplicasPath\":\".spec.replicas\",\"statusReplicasPath\":\".status.count\",\"labelSelectorPath\":\".status.selector\"}}", StringComparison.Ordinal)
            .Replace("\"status\":{\"type\":\"object\",\"properties\":{", "\"status\":{\"type\":\"object\",\"properties\":{\"count\":{\"type\":\"integer\"},\"selector\":{\"type\":\"string\"},", StringComparison.Ordinal);
        (await api.PostAsync(Definitions, definition)).Expect(201);
        (await api.PostAsync(CronTabs, CronTab("a"))).Expect(201);
        (await api.MergeAsync($"{CronTabs}/a/status", """{"status":{"count":4,"selector":"a=b"}}""")).Expect(200);
        var scale = (await api.MergeAsync($"{CronTabs}/a/scale", """{"spec":{"replicas":6}}""")).Expect(200);
        Assert.Equal(("6", "4", "a=b"), (scale["spec.replicas"], scale["status.replicas"], scale["status.selector"]));
        Assert.Equal("6", (await api.GetAsync($"{CronTabs}/a"))["spec.replicas"]);
        (await api.MergeAsync($"{CronTabs}/a/scale", """{"spec":{"replicas":0}}""")).Expect(422);
    }

    [Fact]
    public async Task An_object_that_asks_for_no_number_yet_can_be_scaled()
    {
        await using var api = await TestApi.StartAsync();
        var definition = Definition().Replace("\"subresources\":{\"status\":{}}",
            "\"subresources\":{\"scale\":{\"specReplicasPath\":\".spec.replicas\",\"statusReplicasPath\":\".status.count\"}}", StringComparison.Ordinal)
            .Replace("\"default\":1,", "", StringComparison.Ordinal);
        (await api.PostAsync(Definitions, definition)).Expect(201);
        (await api.PostAsync(CronTabs, CronTab("a"))).Expect(201);
        (await api.GetAsync($"{CronTabs}/a/scale")).Expect(404);
        Assert.Equal("the spec replicas field \".spec.replicas\" cannot be empty", (await api.MergeAsync($"{CronTabs}/a/scale", "{}")).Expect(400)["message"]);
        Assert.Equal("4", (await api.MergeAsync($"{CronTabs}/a/scale", """{"spec":{"replicas":4}}""")).Expect(200)["spec.replicas"]);
    }

    [Fact]
    public async Task An_applied_scale_owns_the_replicas_of_its_object()
    {
        await using var api = await TestApi.StartAsync();
        (await api.ApplyAsync($"{Deployments}/d", "owner", Deployment)).Expect(201);
        const string scale = """{"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{"name":"d"},"spec":{"replicas":5}}""";
        var conflict = (await api.ApplyAsync($"{Deployments}/d/scale", "scaler", scale)).Expect(409);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"owner\": .spec.replicas", conflict["message"]);
        Assert.Equal("5", (await api.ApplyAsync($"{Deployments}/d/scale", "scaler", scale, "&force=true")).Expect(200)["spec.replicas"]);

        var deployment = (await api.GetAsync($"{Deployments}/d")).Expect(200);
        Assert.Equal("5", deployment["spec.replicas"]);
        var entries = deployment.Json["metadata"]!["managedFields"]!.AsArray().ToDictionary(e => e!["manager"]!.ToString());
        Assert.Equal(("Apply", "apps/v1", "scale", """{"f:spec":{"f:replicas":{}}}"""),
            (entries["scaler"]!["operation"]!.ToString(), entries["scaler"]!["apiVersion"]!.ToString(), entries["scaler"]!["subresource"]!.ToString(), entries["scaler"]!["fieldsV1"]!.ToJsonString()));
        Assert.Null(entries["owner"]!["fieldsV1"]!["f:spec"]!["f:replicas"]);
        Assert.NotNull(entries["owner"]!["fieldsV1"]!["f:spec"]!["f:template"]);

        // What the scaler owns, the object's owner cannot set; and what is applied again changes nothing.
        Assert.Equal("Apply failed with 1 conflict: conflict with \"scaler\" with subresource \"scale\": .spec.replicas", (await api.ApplyAsync($"{Deployments}/d", "owner", Deployment)).Expect(409)["message"]);
        Assert.Equal(deployment.Version, (await api.ApplyAsync($"{Deployments}/d/scale", "scaler", scale)).Expect(200).Version);
        (await api.ApplyAsync($"{Deployments}/none/scale", "scaler", scale.Replace("\"d\"", "\"none\"", StringComparison.Ordinal))).Expect(404);
        (await api.ApplyAsync($"{Deployments}/d/scale", "scaler", scale.Replace("5", "-1", StringComparison.Ordinal), "&force=true")).Expect(422);
        (await api.ApplyAsync($"{Deployments}/d/scale", "scaler", Deployment)).Expect(400);
    }

    [Fact]
    public async Task An_updated_scale_takes_the_replicas_over()
    {
        await using var api = await TestApi.StartAsync();
        (await api.ApplyAsync($"{Deployments}/d", "owner", Deployment)).Expect(201);
        (await api.MergeAsync($"{Deployments}/d/scale?fieldManager=hand", """{"spec":{"replicas":8}}""")).Expect(200);
        var entry = (await api.GetAsync($"{Deployments}/d")).Json["metadata"]!["managedFields"]!.AsArray().Single(e => e!["manager"]!.ToString() == "hand")!;
        Assert.Equal("""Update apps/v1 scale {"f:spec":{"f:replicas":{}}}""", $"{entry["operation"]} {entry["apiVersion"]} {entry["subresource"]} {entry["fieldsV1"]!.ToJsonString()}");
    }
}
