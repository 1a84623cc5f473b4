using Slipway.Api;
using Slipway.Fuzzing.Documents;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.Subresources;

public sealed class SubresourceTests
{
    private const string Requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

    [Fact]
    public async Task Containers_for_a_look_inside_are_added_and_stay()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Pods, Pod("p"))).Expect(201);
        const string path = $"{Pods}/p/ephemeralcontainers";
        var added = (await api.SendAsync("PATCH", path, """{"metadata":{"labels":{"no":"no"}},"spec":{"ephemeralContainers":[{"name":"debug","image":"busybox","targetContainerName":"c"}],"nodeName":"no"}}""", MediaTypes.StrategicMergePatch)).Expect(200);
        Assert.Equal(("debug", null, null, "2"), (added["spec.ephemeralContainers.0.name"], added["spec.nodeName"], added["metadata.labels"], added["metadata.generation"]));
        Assert.Equal("debug", (await api.GetAsync(path)).Expect(200)["spec.ephemeralContainers.0.name"]);
        Assert.Contains("existing ephemeral containers \"debug\" may not be changed", (await api.SendAsync("PATCH", path, """{"spec":{"ephemeralContainers":[{"name":"debug","image":"other"}]}}""", MediaTypes.StrategicMergePatch)).Expect(422)["message"]);
        Assert.Contains("existing ephemeral containers \"debug\" may not be removed", (await api.MergeAsync(path, """{"spec":{"ephemeralContainers":null}}""")).Expect(422)["message"]);
    }

    [Theory]
    [InlineData("""{"name":"c","image":"i"}""", "spec.ephemeralContainers[0].name: Duplicate value: \"c\"")]
    [InlineData("""{"name":"d"}""", "spec.ephemeralContainers[0].image: Required value")]
    [InlineData("""{"name":"d","image":"i","targetContainerName":"none"}""", "spec.ephemeralContainers[0].targetContainerName: Not found: \"none\"")]
    [InlineData("""{"name":"d","image":"i","ports":[{"containerPort":80}]}""", "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container")]
    [InlineData("""{"name":"d","image":"i","resources":{"limits":{"cpu":"1"}}}""", "spec.ephemeralContainers[0].resources: Forbidden: cannot be set for an Ephemeral Container")]
    [InlineData("""{"name":"d","image":"i","livenessProbe":{"exec":{"command":["a"]}}}""", "spec.ephemeralContainers[0].livenessProbe: Forbidden: cannot be set for an Ephemeral Container")]
    public async Task Containers_for_a_look_inside_are_checked(string container, string cause)
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Pods, Pod("p"));
        Assert.Contains(cause, (await api.MergeAsync($"{Pods}/p/ephemeralcontainers", $$$"""{"spec":{"ephemeralContainers":[{{{container}}}]}}""")).Expect(422)["message"]);
    }

    [Theory]
    [InlineData("""{"requests":{"cpu":"2","memory":"1Gi"}}""", 200, "")]
    [InlineData("""{"requests":{"cpu":"2","memory":"1Gi"},"limits":{"cpu":"2","memory":"1Gi"}}""", 422, "Pod QOS Class may not change as a result of resizing")]
    [InlineData("""{"requests":{"cpu":"1","memory":null}}""", 422, "resource requests cannot be removed")]
    [InlineData("""{"requests":{"cpu":"1","memory":"1Gi","ephemeral-storage":"1Gi"}}""", 422, "only cpu and memory resources are mutable")]
    public async Task Resources_of_a_pod_change_through_resize(string resources, int code, string message)
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Pods, """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"1","memory":"1Gi"}}}]}}""");
        var answer = (await api.SendAsync("PATCH", $"{Pods}/p/resize", $$$"""{"spec":{"nodeName":"no","containers":[{"name":"c","image":"no","resources":{{{resources}}}}]}}""", MediaTypes.StrategicMergePatch)).Expect(code);
        if (code != 200) Assert.Contains(message, answer["message"]);
        else Assert.Equal(("2", "i", null, "2"), (answer["spec.containers.0.resources.requests.cpu"], answer["spec.containers.0.image"], answer["spec.nodeName"], answer["metadata.generation"]));
    }

    [Fact]
    public async Task A_signing_request_says_who_made_it()
    {
        await using var api = await TestApi.StartAsync();
        var forged = CertificateRequest.Document("r").Replace("\"spec\":{", "\"spec\":{\"username\":\"other\",\"uid\":\"1\",\"groups\":[\"others\"],\"extra\":{\"a\":[\"b\"]},", StringComparison.Ordinal);
        var user = TestApi.Admin with { Uid = "42", Extra = new Dictionary<string, IReadOnlyList<string>> { ["example.com/team"] = ["blue"] } };
        var made = (await api.SendAsync("POST", Requests, forged, user: user)).Expect(201);
        Assert.Equal(("admin", "42", "system:masters", "system:authenticated"), (made["spec.username"], made["spec.uid"], made["spec.groups.0"], made["spec.groups.1"]));
        Assert.Equal("""{"example.com/team":["blue"]}""", made.Json["spec"]!["extra"]!.ToJsonString());
        var changed = (await api.MergeAsync($"{Requests}/r", """{"spec":{"username":"other"}}""")).Expect(200);
        Assert.Equal("admin", changed["spec.username"]);
    }

    [Fact]
    public async Task A_signing_request_is_approved_once_and_for_all()
    {
        await using var api = await TestApi.StartAsync();
        var request = (await api.PostAsync(Requests, CertificateRequest.Document("r"))).Expect(201);
        request.Json["status"] = System.Text.Json.Nodes.JsonNode.Parse("""{"certificate":"bm90IHRha2Vu","conditions":[{"type":"Approved","status":"True","reason":"r","message":"m"}]}""");
        var approved = (await api.PutAsync($"{Requests}/r/approval", request.Json.ToJsonString())).Expect(200);
        Assert.Equal(("Approved", null), (approved["status.conditions.0.type"], approved["status.certificate"]));
        Assert.NotNull(approved["status.conditions.0.lastTransitionTime"]);
        Assert.Contains("mutually exclusive", (await api.SendAsync("PATCH", $"{Requests}/r/approval", """[{"op":"add","path":"/status/conditions/-","value":{"type":"Denied","status":"True"}}]""", MediaTypes.JsonPatch)).Expect(422)["message"]);
        Assert.Contains("may not remove a condition of type \"Approved\"", (await api.MergeAsync($"{Requests}/r/approval", """{"status":{"conditions":[]}}""")).Expect(422)["message"]);
    }

    [Fact]
    public async Task A_binding_of_old_names_its_pod_in_the_body()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Pods, Pod("p"));
        (await api.PostAsync("/api/v1/namespaces/default/bindings", """{"apiVersion":"v1","kind":"Binding","metadata":{"name":"p"},"target":{"kind":"Node","name":"n"}}""")).Expect(201);
        Assert.Equal("n", (await api.GetAsync($"{Pods}/p"))["spec.nodeName"]);
        (await api.PostAsync("/api/v1/namespaces/default/bindings", "{}")).Expect(400);
        (await api.GetAsync("/api/v1/namespaces/default/bindings")).Expect(405);
    }

    [Fact]
    public async Task A_pod_behind_gates_says_so_and_is_bound_when_they_are_gone()
    {
        await using var api = await TestApi.StartAsync();
        const string binding = """{"apiVersion":"v1","kind":"Binding","metadata":{"name":"p"},"target":{"kind":"Node","name":"n"}}""";
        var made = (await api.PostAsync(Pods, """{"metadata":{"name":"p"},"spec":{"schedulingGates":[{"name":"example.com/wait"}],"containers":[{"name":"c","image":"i"}]}}""")).Expect(201);
        Assert.Equal(("PodScheduled", "False", "SchedulingGated"), (made["status.conditions.0.type"], made["status.conditions.0.status"], made["status.conditions.0.reason"]));
        Assert.Equal(made["metadata.creationTimestamp"], made["status.conditions.0.lastTransitionTime"]);
        Assert.Equal("Operation cannot be fulfilled on pods/binding \"p\": pod p has non-empty .spec.schedulingGates", (await api.PostAsync($"{Pods}/p/binding", binding)).Expect(409)["message"]);
        (await api.MergeAsync($"{Pods}/p", """{"spec":{"schedulingGates":null}}""")).Expect(200);
        (await api.PostAsync($"{Pods}/p/binding", binding)).Expect(201);
        var bound = (await api.GetAsync($"{Pods}/p")).Expect(200);
        Assert.Equal(("True", null, 1), (bound["status.conditions.0.status"], bound["status.conditions.0.reason"], bound.Json["status"]!["conditions"]!.AsArray().Count));
    }

    [Fact]
    public async Task Components_are_asked_for_their_health()
    {
        await using var api = await TestApi.StartAsync();
        Assert.Equal(["etcd-0"], (await api.GetAsync("/api/v1/componentstatuses")).Expect(200).Names);
        Assert.Equal("True", (await api.GetAsync("/api/v1/componentstatuses/etcd-0")).Expect(200)["conditions.0.status"]);
        (await api.GetAsync("/api/v1/componentstatuses/other")).Expect(404);
        (await api.PostAsync("/api/v1/componentstatuses", "{}")).Expect(405);
    }
}
