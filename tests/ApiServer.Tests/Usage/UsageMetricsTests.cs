using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Testing;

namespace Slipway.ApiServer.Tests.Usage;

public sealed class UsageMetricsTests
{
    private const string Nodes = "/apis/metrics.k8s.io/v1beta1/nodes";
    private const string Pods = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods";

    [Fact]
    public async Task What_nodes_and_pods_use_is_asked_of_the_nodes()
    {
        await using var cluster = await StartAsync();
        Assert.Equal("a 1500m 1Gi 10s {\"disk\":\"ssd\"}", NodesOf(await GetAsync(cluster, Nodes)));
        Assert.Equal("web main=250m/3Mi side=1n/0", PodsOf(await GetAsync(cluster, Pods)));
        var pod = await GetAsync(cluster, $"{Pods}/web");
        Assert.Equal(("metrics.k8s.io/v1beta1", "PodMetrics", "2026-01-01T00:00:30Z", "10s", "x"),
            ((string?)pod["apiVersion"], (string?)pod["kind"], (string?)pod["timestamp"], (string?)pod["window"], (string?)pod["metadata"]!["labels"]!["app"]));
    }

    [Theory]
    [InlineData(Nodes + "?labelSelector=disk%3Dssd", 1)]
    [InlineData(Nodes + "?labelSelector=disk%3Dhdd", 0)]           // it does not answer
    [InlineData(Nodes + "?fieldSelector=metadata.name%3Da", 1)]
    [InlineData(Pods + "?labelSelector=app%3Dx", 1)]
    [InlineData(Pods + "?labelSelector=app%3Dy", 0)]
    [InlineData("/apis/metrics.k8s.io/v1beta1/pods", 1)]
    [InlineData("/apis/metrics.k8s.io/v1beta1/namespaces/kube-system/pods", 0)]
    public async Task What_is_selected_is_told(string path, int count)
    {
        await using var cluster = await StartAsync();
        Assert.Equal(count, (await GetAsync(cluster, path))["items"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("GET", Nodes + "/b", 404)]      // does not answer
    [InlineData("GET", Nodes + "/c", 404)]      // is not there
    [InlineData("GET", Pods + "/done", 404)]    // does not run
    [InlineData("DELETE", Pods + "/web", 405)]
    [InlineData("GET", Nodes + "?watch=true", 405)]
    public async Task What_is_not_measured_is_not_there(string method, string path, int code)
    {
        await using var cluster = await StartAsync();
        await using var answer = await cluster.Admin.SendAsync(new(method, path), default);
        Assert.Equal(code, answer.StatusCode);
    }

    [Fact]
    public async Task It_shows_as_a_table_and_to_who_may_view()
    {
        await using var cluster = await StartAsync();
        await using var table = await cluster.Admin.SendAsync(new("GET", Pods) { Accept = "application/json;as=Table;v=v1;g=meta.k8s.io" }, default);
        var shown = JsonNode.Parse(table.Body.Span)!;
        Assert.Equal("Name cpu memory Window", string.Join(' ', shown["columnDefinitions"]!.AsArray().Select(c => (string?)c!["name"])));
        Assert.Equal("""["web","250000001n","3Mi","10s"]""", shown["rows"]![0]!["cells"]!.ToJsonString());
        await cluster.CreateAsync("/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"v"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"},
             "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"viewer"}]}
            """);
        foreach (var (user, code) in new[] { ("viewer", 200), ("stranger", 403) })
        {
            await using var answer = await cluster.As(user).SendAsync(new("GET", Pods), default);
            Assert.Equal((user, code), (user, answer.StatusCode));
        }
    }

    private static async Task<TestCluster> StartAsync()
    {
        var agents = new Agents();
        var cluster = await TestCluster.StartAsync(new() { Nodes = agents });
        foreach (var (name, disk) in new[] { ("a", "ssd"), ("b", "hdd") })
            await cluster.CreateAsync("/api/v1/nodes", $$$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{{name}}}","labels":{"disk":"{{{disk}}}"} } }""");
        foreach (var (name, phase) in new[] { ("web", "Running"), ("done", "Succeeded") })
        {
            var pod = await cluster.CreateAsync("/api/v1/namespaces/default/pods", $$$"""
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}","labels":{"app":"x"}},"spec":{"nodeName":"a","containers":[{"name":"main","image":"i"},{"name":"side","image":"i"}]}}
                """);
            agents.Uids[name] = (string)pod["metadata"]!["uid"]!;
            await cluster.PatchAsync($"/api/v1/namespaces/default/pods/{name}/status", $$$"""{"status":{"phase":"{{{phase}}}"} }""");
        }
        return cluster;
    }

    private static string NodesOf(JsonNode list) => string.Join(", ", list["items"]!.AsArray().Select(n =>
        $"{n!["metadata"]!["name"]} {n["usage"]!["cpu"]} {n["usage"]!["memory"]} {n["window"]} {n["metadata"]!["labels"]!.ToJsonString()}"));

    private static string PodsOf(JsonNode list) => string.Join(", ", list["items"]!.AsArray().Select(p =>
        $"{p!["metadata"]!["name"]} {string.Join(' ', p["containers"]!.AsArray().Select(c => $"{c!["name"]}={c["usage"]!["cpu"]}/{c["usage"]!["memory"]}"))}"));

    private static async Task<JsonNode> GetAsync(TestCluster cluster, string path)
    {
        await using var answer = await cluster.Admin.SendAsync(new("GET", path), default);
        Assert.True(answer.IsSuccess, Encoding.UTF8.GetString(answer.Body.Span));
        return JsonNode.Parse(answer.Body.Span)!;
    }

    /// <summary>The agent of node a, which answers, and of b, which is out of reach.</summary>
    private sealed class Agents : INodeTransport
    {
        public System.Collections.Concurrent.ConcurrentDictionary<string, string> Uids { get; } = new();

        public ValueTask<ApiResponse> SendAsync(string node, ApiRequest request, CancellationToken cancellation) => node != "a"
            ? throw new IOException("out of reach")
            : new(new ApiResponse
            {
                StatusCode = 200,
                Body = Encoding.UTF8.GetBytes($$$"""
                    {"node":{"nodeName":"a","cpu":{{{Cpu(1_500_000_000)}}} ,"memory":{"workingSetBytes":1073741824}},"pods":[
                      {"podRef":{"name":"web","namespace":"default","uid":"{{{Uids["web"]}}}" },"containers":[
                        {"name":"main","cpu":{{{Cpu(250_000_000)}}},"memory":{"workingSetBytes":3145728}},{"name":"side","cpu":{{{Cpu(1)}}},"memory":{"workingSetBytes":0}}]}]}
                    """),
            });

        private static string Cpu(long nanos) => $$"""{"time":"2026-01-01T00:00:30Z","usageNanoCores":{{nanos}},"windowMilliseconds":10000}""";
    }
}
