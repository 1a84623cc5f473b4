using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer;
using Slipway.ApiServer.Serving;

namespace Slipway.Conformance;

/// <summary>The kubelet's API at the node's own address, as HTTPS clients see it.</summary>
public sealed class AgentTests : IAsyncLifetime
{
    private LimitedServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await LimitedServer.StartAsync(
        options => options with { Agent = new AgentOptions { Node = "n1", Address = new IPEndPoint(IPAddress.Loopback, 0) } }, new ApiServerOptions { Nodes = new Nodes() });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Strangers_see_nothing_not_even_health()
    {
        using var client = _server.Client(null, ofAgent: true);
        foreach (var path in (string[])["/healthz", "/metrics", "/api/v1/pods"])
            Assert.Equal((401, "Unauthorized"), await AskAsync(client, path));
    }

    [Fact]
    public async Task The_two_addresses_are_two_APIs()
    {
        using var agent = _server.Client("admin", ofAgent: true);
        Assert.Equal((200, "n1 GET /metrics/cadvisor?a=b"), await AskAsync(agent, "/metrics/cadvisor?a=b"));
        Assert.Equal((200, "n1 GET /api/v1/nodes"), await AskAsync(agent, "/api/v1/nodes"));
        using var api = _server.Client("admin");
        Assert.Contains("NodeList", (await AskAsync(api, "/api/v1/nodes")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_a_service_account_opens_what_its_roles_say()
    {
        using var admin = _server.Client("admin");
        await CreateAsync(admin, "/api/v1/namespaces/default/serviceaccounts", """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"scraper"}}""");
        await CreateAsync(admin, "/apis/rbac.authorization.k8s.io/v1/clusterroles", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"scraper"},"rules":[{"apiGroups":[""],"resources":["nodes/metrics"],"verbs":["get"]}]}
            """);
        await CreateAsync(admin, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"scraper"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"scraper"},
             "subjects":[{"kind":"ServiceAccount","name":"scraper","namespace":"default"}]}
            """);
        var token = (string)JsonNode.Parse(await CreateAsync(admin, "/api/v1/namespaces/default/serviceaccounts/scraper/token", "{}"))!["status"]!["token"]!;

        using var client = _server.Client(null, ofAgent: true);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Assert.Equal((200, "n1 GET /metrics"), await AskAsync(client, "/metrics"));
        Assert.Equal((403, "Forbidden (user=system:serviceaccount:default:scraper, verb=get, resource=nodes, subresource(s)=[stats])"), await AskAsync(client, "/stats/summary"));
        Assert.Equal((403, "Forbidden (user=system:serviceaccount:default:scraper, verb=get, resource=nodes, subresource(s)=[pods proxy])"), await AskAsync(client, "/pods"));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token + "x");
        Assert.Equal(401, (await AskAsync(client, "/metrics")).Code);
    }

    [Fact]
    public async Task Who_may_only_read_runs_no_commands_at_either_address()
    {
        using var admin = _server.Client("admin");
        await CreateAsync(admin, "/api/v1/nodes", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"}}""");
        await CreateAsync(admin, "/apis/rbac.authorization.k8s.io/v1/clusterroles", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"reader"},"rules":[{"apiGroups":[""],"resources":["nodes/proxy"],"verbs":["get"]}]}
            """);
        await CreateAsync(admin, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"reader"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"reader"},
             "subjects":[{"kind":"User","name":"ann","apiGroup":"rbac.authorization.k8s.io"}]}
            """);
        using var agent = _server.Client("ann", group: null, ofAgent: true);
        Assert.Equal((200, "n1 GET /containerLogs/a/b/c"), await AskAsync(agent, "/containerLogs/a/b/c"));
        Assert.Equal(403, (await AskAsync(agent, "/exec/a/b/c?command=ls", upgrade: true)).Code);
        using var api = _server.Client("ann", group: null);
        Assert.Equal((200, "n1 GET /containerLogs/a/b/c"), await AskAsync(api, "/api/v1/nodes/n1/proxy/containerLogs/a/b/c"));
        Assert.Equal(403, (await AskAsync(api, "/api/v1/nodes/n1/proxy/exec/a/b/c?command=ls", upgrade: true)).Code);
        Assert.Equal(403, (await AskAsync(api, "/api/v1/nodes/n1:10250/proxy//exec/a/b/c?command=ls", upgrade: true)).Code);
    }

    [Fact]
    public async Task A_connection_is_switched_and_carries_both_ways()
    {
        await using var connection = await _server.ConnectAsync("admin", ofAgent: true);
        await LimitedServer.WriteAsync(connection, "POST /exec/a/b/c?command=cat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\nhello");
        var answer = await LimitedServer.ReadToEndAsync(connection);
        Assert.StartsWith("HTTP/1.1 101", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nhello", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/missing", 404, "no such pod")]
    [InlineData("/away", 503, "the node n1 does not run")]
    [InlineData("/broken", 500, "Internal error occurred: oops")]
    public async Task What_fails_is_told_in_plain_text(string path, int code, string text)
    {
        using var client = _server.Client("admin", ofAgent: true);
        Assert.Equal((code, text), await AskAsync(client, path));
    }

    private static async Task<(int Code, string Body)> AskAsync(HttpClient client, string path, bool upgrade = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (upgrade)
        {
            request.Headers.Connection.Add("Upgrade");
            request.Headers.Upgrade.Add(new ProductHeaderValue("SPDY", "3.1"));
        }
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<string> CreateAsync(HttpClient client, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(path, content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private sealed class Nodes : INodeTransport
    {
        public ValueTask<ApiResponse> SendAsync(string node, ApiRequest request, CancellationToken cancellation) => request.PathAndQuery switch
        {
            "/missing" => throw new ApiException(404, "NotFound", "no such pod"),
            "/away" => throw new IOException($"the node {node} does not run"),
            "/broken" => throw new InvalidOperationException("oops"),
            _ => ValueTask.FromResult(request.Upgrade.Length > 0
                ? new ApiResponse { StatusCode = 101, Headers = [new("Upgrade", request.Upgrade)], Connection = new Echo() }
                : new ApiResponse { StatusCode = 200, ContentType = MediaTypes.Text, Body = Encoding.UTF8.GetBytes($"{node} {request.Method} {request.PathAndQuery}") }),
        };
    }

    private sealed class Echo : IConnectionHandler
    {
        public async Task RunAsync(Stream client, CancellationToken cancellation)
        {
            var word = new byte[5];
            await client.ReadExactlyAsync(word, cancellation);
            await client.WriteAsync(word, cancellation);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
