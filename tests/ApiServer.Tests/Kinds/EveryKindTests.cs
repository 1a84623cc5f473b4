using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;
using Slipway.Fuzzing.Documents;

namespace Slipway.ApiServer.Tests.Kinds;

/// <summary>What holds for every kind, whatever it is.</summary>
public sealed class EveryKindTests(EveryKindTests.SharedApi shared) : IClassFixture<EveryKindTests.SharedApi>
{
    private readonly TestApi _api = shared.Api;

    public static TheoryData<string> Stored => [.. BuiltInKinds.All.Where(t => t.IsStored).Select(t => $"{t.ApiVersion} {t.Plural}")];

    [Theory]
    [MemberData(nameof(Stored))]
    public async Task It_is_created_read_listed_changed_and_deleted(string resource)
    {
        var api = _api;
        var (type, collection) = Find(resource);
        var name = MinimalObjects.NameOf(type);
        var path = $"{collection}/{name}";

        var created = (await api.PostAsync($"{collection}?fieldValidation=Strict", MinimalObjects.Of(type).ToJsonString())).Expect(201);
        Assert.Equal((type.ApiVersion, type.Kind, name), (created["apiVersion"], created["kind"], created["metadata.name"]));
        Assert.Equal(type.Namespaced ? "default" : null, created["metadata.namespace"]);
        Assert.Equal(type.HasGeneration ? "1" : null, created["metadata.generation"]);
        Assert.Equal(created["metadata.uid"], (await api.GetAsync(path)).Expect(200)["metadata.uid"]);
        Assert.Contains(name, (await api.GetAsync(collection)).Expect(200).Names);
        Assert.Equal($"{type.Kind}List", (await api.GetAsync(collection))["kind"]);
        (await api.PostAsync(collection, MinimalObjects.Of(type).ToJsonString())).Expect(409);

        // The server itself sets the status of some kinds meanwhile.
        JsonObject wanted;
        Answer replaced;
        do
        {
            wanted = (JsonObject)(await api.GetAsync(path)).Json;
            wanted.Metadata["annotations"] = new JsonObject { ["test"] = "put" };
            replaced = await api.PutAsync(path, wanted.ToJsonString());
        }
        while (replaced.Code == 409);
        replaced.Expect(200);
        Assert.Equal("put", replaced["metadata.annotations.test"]);
        Assert.Equal(created["metadata.generation"], replaced["metadata.generation"]);
        (await api.PutAsync(path, wanted.ToJsonString())).Expect(409);
        Assert.Equal("merged", (await api.MergeAsync(path, """{"metadata":{"labels":{"test":"merged"}}}""")).Expect(200)["metadata.labels.test"]);
        Assert.Equal("y", (await api.SendAsync("PATCH", path, """{"metadata":{"annotations":{"x":"y"}}}""", MediaTypes.StrategicMergePatch)).Expect(200)["metadata.annotations.x"]);
        Assert.Equal([name], (await api.GetAsync($"{collection}?labelSelector=test%3Dmerged")).Names);
        foreach (var field in type.SelectableFields) (await api.GetAsync($"{collection}?fieldSelector={field}%3Dx")).Expect(200);

        await StatusIsApartAsync(type, path);
        (await api.DeleteAsync(path)).Expect(200);
    }

    private async Task StatusIsApartAsync(ResourceType type, string path)
    {
        var api = _api;
        var created = (await api.GetAsync(path)).Expect(200);
        if (!type.Subresources.Contains("status"))
        {
            (await api.GetAsync($"{path}/status")).Expect(404);
            return;
        }

        // A status write takes nothing but the status, and no label is lost.
        (await api.MergeAsync(path, """{"metadata":{"labels":{"kept":"yes"}}}""")).Expect(200);
        // What the server itself says of some objects comes a little after them, and stays while it is there.
        if (type.Kind switch { "FlowSchema" => "status.conditions.0.type", "ValidatingAdmissionPolicy" => "status.observedGeneration", _ => null } is { } said)
            await Waiting.UntilAsync(TimeSpan.FromSeconds(30), async () => (await api.GetAsync(path))[said] is not null);
        var before = (await api.GetAsync($"{path}/status")).Expect(200);
        // The conditions of definitions follow from what they say, at each write.
        var conditions = type.Kind != "CustomResourceDefinition" && type.Schema.Properties["status"].Properties.ContainsKey("conditions");
        var write = (JsonObject)before.Json.DeepClone();
        foreach (var (field, value) in write.ToArray())
            if (field is "spec" && value is JsonObject spec) spec.Clear();
        if (conditions) write.ObjectOrNew("status")["conditions"] = new JsonArray([.. write["status"]?["conditions"]?.AsArray().Select(c => c?.DeepClone()) ?? [], Condition(type)]);
        var after = (await api.PutAsync($"{path}/status", write.ToJsonString())).Expect(200);
        Assert.True(JsonNode.DeepEquals(before.Json["spec"], after.Json["spec"]), $"{type.GroupResource}: a status write changed the spec to {after["spec"]}");
        Assert.Equal(before["metadata.generation"], after["metadata.generation"]);
        if (conditions) Assert.Contains(ConditionType(type), after.Json["status"]!["conditions"]!.AsArray().Select(c => c!["type"]!.ToString()));

        // A write of the object takes no status.
        var whole = (JsonObject)after.Json.DeepClone();
        whole.Remove("status");
        var replaced = (await api.PutAsync(path, whole.ToJsonString())).Expect(200);
        Assert.True(JsonNode.DeepEquals(after.Json["status"], replaced.Json["status"]), $"{type.GroupResource}: a write without status changed it to {replaced["status"]}");
        Assert.Equal(created["metadata.uid"], replaced["metadata.uid"]);
    }

    [Fact]
    public async Task Autoscalers_of_both_versions_are_the_same_objects()
    {
        var api = _api;
        const string v1 = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers", v2 = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
        (await api.PostAsync(v1, """{"metadata":{"name":"h"},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"d"},"maxReplicas":3,"targetCPUUtilizationPercentage":40}}""")).Expect(201);
        Assert.Equal("40", (await api.GetAsync($"{v2}/h")).Expect(200)["spec.metrics.0.resource.target.averageUtilization"]);
        (await api.SendAsync("PATCH", $"{v2}/h", """[{"op":"add","path":"/spec/metrics/-","value":{"type":"Resource","resource":{"name":"memory","target":{"type":"AverageValue","averageValue":"1Gi"}}}}]""", MediaTypes.JsonPatch)).Expect(200);
        var shown = (await api.GetAsync($"{v1}/h")).Expect(200);
        Assert.Equal("40", shown["spec.targetCPUUtilizationPercentage"]);
        (await api.MergeAsync($"{v1}/h", """{"spec":{"maxReplicas":7}}""")).Expect(200);
        var kept = (await api.GetAsync($"{v2}/h")).Expect(200);
        Assert.Equal(("7", 2), (kept["spec.maxReplicas"], kept.Json["spec"]!["metrics"]!.AsArray().Count));
    }

    /// <summary>A server for all kinds.</summary>
    public sealed class SharedApi : IAsyncLifetime
    {
        internal TestApi Api { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Api = await TestApi.StartAsync();

        public ValueTask DisposeAsync() => Api.DisposeAsync();
    }

    // Requests of pods are decided, and know no other condition.
    private static string ConditionType(ResourceType type) => type.Kind == "PodCertificateRequest" ? "Denied" : "Test";

    private static JsonObject Condition(ResourceType type)
    {
        var condition = new JsonObject { ["type"] = ConditionType(type), ["status"] = "True", ["reason"] = "Tested", ["message"] = "m", ["lastTransitionTime"] = "2026-01-01T00:00:00Z" };
        var known = type.Schema.Properties["status"].Properties["conditions"].Items!.Properties;
        foreach (var name in condition.Select(p => p.Key).ToArray())
            if (!known.ContainsKey(name)) condition.Remove(name);
        return condition;
    }

    internal static (ResourceType Type, string Collection) Find(string resource)
    {
        var type = BuiltInKinds.All.Single(t => $"{t.ApiVersion} {t.Plural}" == resource);
        var root = type.Group.Length == 0 ? $"/api/{type.Version}" : $"/apis/{type.Group}/{type.Version}";
        return (type, type.Namespaced ? $"{root}/namespaces/default/{type.Plural}" : $"{root}/{type.Plural}");
    }
}
