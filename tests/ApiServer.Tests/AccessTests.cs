using System.Text;
using Slipway.Api;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests;

public sealed class AccessTests
{
    private static readonly UserInfo Nobody = new("somebody", ["system:authenticated"]);
    private static readonly UserInfo Scheduler = new("system:kube-scheduler", ["system:authenticated"]);
    private static readonly UserInfo Controllers = new("system:kube-controller-manager", ["system:authenticated"]);
    private static readonly UserInfo Node = new("system:node:n1", ["system:nodes", "system:authenticated"]);
    private static readonly UserInfo Flows = UserInfo.ServiceAccount("slipway-system", "flows");

    public static TheoryData<string, string, string, int> Requests() => new()
    {
        { "anonymous", "GET", "/livez", 200 },
        { "anonymous", "GET", "/version", 200 },
        { "anonymous", "GET", "/api", 403 },
        { "anonymous", "GET", "/api/v1/pods", 403 },
        { "anonymous", "GET", "/openid/v1/jwks", 403 },
        { "nobody", "GET", "/openid/v1/jwks", 403 },
        { "flows", "GET", "/openid/v1/jwks", 200 },
        { "flows", "GET", "/.well-known/openid-configuration", 200 },
        { "nobody", "GET", "/apis", 200 },
        { "nobody", "GET", "/openapi/v3", 200 },
        { "nobody", "GET", "/api/v1/namespaces/default/pods", 403 },
        { "nobody", "POST", "/livez", 403 },
        { "scheduler", "GET", "/api/v1/pods", 200 },
        { "scheduler", "GET", "/api/v1/secrets", 403 },
        { "scheduler", "DELETE", "/api/v1/nodes/n1", 403 },
        { "controllers", "GET", "/api/v1/secrets", 200 },
        { "controllers", "DELETE", "/api/v1/namespaces/default/pods", 200 },
        { "node", "GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1", 200 },
        { "node", "GET", "/api/v1/nodes/n1", 200 },
        { "node", "PATCH", "/api/v1/nodes/n1/status", 200 },
        { "node", "PATCH", "/api/v1/nodes/n2/status", 403 },
        { "node", "GET", "/apis/batch/v1/jobs", 403 },
        { "flows", "GET", "/apis/slipway.dev/v1alpha1/flowruns", 200 },
        { "flows", "GET", "/api/v1/secrets", 403 },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Everybody_may_do_what_is_theirs(string who, string method, string path, int code)
    {
        await using var api = await TestApi.StartAsync(new ApiServerOptions { Flows = true });
        foreach (var name in (string[])["n1", "n2"]) await api.PostAsync("/api/v1/nodes", $$$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{{name}}}"}}""");
        var user = who switch
        {
            "anonymous" => UserInfo.Anonymous,
            "nobody" => Nobody,
            "scheduler" => Scheduler,
            "controllers" => Controllers,
            "node" => Node,
            _ => Flows,
        };
        (await api.SendAsync(method, path, method == "PATCH" ? "{}" : null, MediaTypes.MergePatch, user: user)).Expect(code);
    }

    [Fact]
    public async Task A_refusal_says_who_may_not_do_what()
    {
        await using var api = await TestApi.StartAsync();
        var refused = (await api.SendAsync("GET", "/apis/batch/v1/namespaces/default/jobs/j", user: Nobody)).Expect(403);
        Assert.Equal("jobs.batch \"j\" is forbidden: User \"somebody\" cannot get resource \"jobs\" in API group \"batch\" in the namespace \"default\"", refused["message"]);
        Assert.Equal("Forbidden", refused["reason"]);
    }

    [Fact]
    public async Task Users_may_ask_who_they_are_and_what_they_may()
    {
        await using var api = await TestApi.StartAsync();
        var self = (await api.SendAsync("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
            """{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}""", user: Nobody)).Expect(201);
        Assert.Equal("somebody", self["status.userInfo.username"]);
        const string review = """{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"verb":"list","resource":"secrets"}}}""";
        const string path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        Assert.Equal("false", (await api.SendAsync("POST", path, review, user: Nobody)).Expect(201)["status.allowed"]);
        Assert.Equal("true", (await api.SendAsync("POST", path, review)).Expect(201)["status.allowed"]);
        (await api.SendAsync("POST", path, review, user: UserInfo.Anonymous)).Expect(403);
    }

    [Fact]
    public async Task An_extension_answers_for_its_part_of_the_paths()
    {
        await using var api = await TestApi.StartAsync(new ApiServerOptions { Flows = true, Extensions = [new Echo()] });
        var answer = (await api.GetAsync("/apis/ledger.slipway.dev/v1alpha1/namespaces/n/runs?x=1")).Expect(200);
        Assert.Equal("admin /apis/ledger.slipway.dev/v1alpha1/namespaces/n/runs?x=1", answer.Body);
        (await api.SendAsync("GET", "/apis/ledger.slipway.dev/v1alpha1/namespaces/n/runs", user: Nobody)).Expect(403);
        Assert.Equal("flows", (await api.SendAsync("GET", "/apis/ledger.slipway.dev/v1alpha1/namespaces/n/runs", user: Flows)).Expect(200).Body.Split(':')[3].Split(' ')[0]);
    }

    [Fact]
    public async Task Logs_come_from_the_pods_node()
    {
        var nodes = new Nodes();
        await using var api = await TestApi.StartAsync(new ApiServerOptions { Nodes = nodes });
        await api.PostAsync(Pods, Pod("waiting"));
        Assert.Equal("", (await api.GetAsync($"{Pods}/waiting/log")).Expect(200).Body);
        await api.PostAsync(Pods, Pod("p", ",\"nodeName\":\"n1\""));
        Assert.Equal("n1 /containerLogs/default/p/c?tailLines=5&sinceSeconds=3", (await api.GetAsync($"{Pods}/p/log?tailLines=5&sinceSeconds=3&follow=false")).Expect(200).Body);
        Assert.Contains("container x is not valid for pod p", (await api.GetAsync($"{Pods}/p/log?container=x")).Expect(400)["message"], StringComparison.Ordinal);
        (await api.MergeAsync($"{Pods}/p/ephemeralcontainers", """{"spec":{"ephemeralContainers":[{"name":"debug","image":"i"}]}}""")).Expect(200);
        Assert.Equal("n1 /containerLogs/default/p/debug", (await api.GetAsync($"{Pods}/p/log?container=debug")).Expect(200).Body);
        (await api.GetAsync($"{Pods}/p/log?tailLines=-1")).Expect(422);
        Assert.Contains("stream: Forbidden: may not be specified", (await api.GetAsync($"{Pods}/p/log?stream=Stderr")).Expect(422)["message"], StringComparison.Ordinal);
        (await api.GetAsync($"{Pods}/none/log")).Expect(404);
        nodes.Refusal = "container \"c\" in pod \"p\" is waiting to start: ContainerCreating";
        Assert.Equal(nodes.Refusal, (await api.GetAsync($"{Pods}/p/log")).Expect(400)["message"]);
        (nodes.RefusalCode, nodes.Refusal) = (501, "the node n1 is simulated");
        Assert.Equal(nodes.Refusal, (await api.GetAsync($"{Pods}/p/log")).Expect(501)["message"]);
        nodes.Refusal = null;
        nodes.IsDown = true;
        Assert.Contains("no route", (await api.GetAsync($"{Pods}/p/log")).Expect(500)["message"], StringComparison.Ordinal);

        await api.PostAsync(Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"two"},"spec":{"nodeName":"n1","containers":[{"name":"a","image":"i"},{"name":"b","image":"i"}]}}""");
        Assert.Contains("choose one of: [a b]", (await api.GetAsync($"{Pods}/two/log")).Expect(400)["message"], StringComparison.Ordinal);
    }

    private sealed class Echo : IExtensionApi
    {
        public string PathPrefix => "/apis/ledger.slipway.dev/v1alpha1";

        public ValueTask<ApiResponse> SendAsync(UserInfo user, ApiRequest request, CancellationToken cancellation) =>
            ValueTask.FromResult(new ApiResponse { StatusCode = 200, Body = Encoding.UTF8.GetBytes($"{user.Name} {request.PathAndQuery}") });
    }

    private sealed class Nodes : INodeTransport
    {
        public bool IsDown { get; set; }

        public string? Refusal { get; set; }

        public int RefusalCode { get; set; } = 400;

        public ValueTask<ApiResponse> SendAsync(string node, ApiRequest request, CancellationToken cancellation) => IsDown
            ? throw new IOException("no route")
            : ValueTask.FromResult(new ApiResponse { StatusCode = Refusal is null ? 200 : RefusalCode, Body = Encoding.UTF8.GetBytes(Refusal ?? $"{node} {request.PathAndQuery}") });
    }
}
