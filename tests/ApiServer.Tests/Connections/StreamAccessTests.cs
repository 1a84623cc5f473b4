using System.Text;
using Slipway.Api;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.Connections;

/// <summary>Who may connect to pods and what is passed on to their nodes.</summary>
public sealed class StreamAccessTests : IAsyncLifetime
{
    private const string Policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
    private const string Roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
    private readonly Nodes _nodes = new();
    private TestApi _api = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await TestApi.StartAsync(new ApiServerOptions { Nodes = _nodes });
        (await _api.PostAsync(Pods, Pod("p", ",\"nodeName\":\"n1\""))).Expect(201);
        (await _api.PostAsync(Pods, Pod("waiting"))).Expect(201);
    }

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Theory]
    [InlineData("GET", "get", "exec", 403)]
    [InlineData("GET", "create", "exec", 403)]
    [InlineData("GET", "get,create", "exec", 101)]
    [InlineData("POST", "create", "exec", 101)]
    [InlineData("POST", "get", "exec", 403)]
    [InlineData("GET", "get", "attach", 403)]
    [InlineData("GET", "get", "portforward", 403)]
    [InlineData("GET", "get,create", "portforward", 101)]
    [InlineData("POST", "create", "portforward", 101)]
    public async Task Whoever_connects_must_be_allowed_to_create(string method, string verbs, string subresource, int code)
    {
        var user = new UserInfo("ann", ["system:authenticated"]);
        var list = string.Join(',', verbs.Split(',').Select(v => $"\"{v}\""));
        (await _api.PostAsync($"{Roles}/roles", $$"""{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["pods/{{subresource}}"],"verbs":[{{list}}]}]}""")).Expect(201);
        (await _api.PostAsync($"{Roles}/rolebindings", """{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"b"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"},"subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"ann"}]}""")).Expect(201);
        await using var response = await ConnectAsync(method, $"p/{subresource}?command=ls&stdout=true", user);
        Assert.Equal(code, response.StatusCode);
    }

    [Fact]
    public async Task The_request_goes_to_the_pods_node_and_its_connection_comes_back()
    {
        await using var response = await ConnectAsync("POST", "p/exec?command=ls&command=/&stdout=true&container=c");
        Assert.Equal("n1 POST /exec/default/p/c?command=ls&command=%2F&output=1 SPDY/3.1 X-Stream-Protocol-Version=v4.channel.k8s.io", _nodes.Seen);
        Assert.NotNull(response.Connection);
    }

    [Theory]
    [InlineData("none/exec?command=ls&stdout=true", 404, "pods \"none\" not found")]
    [InlineData("waiting/exec?command=ls&stdout=true", 400, "pod waiting does not have a host assigned")]
    [InlineData("p/exec?command=ls&stdout=true&container=x", 400, "container x is not valid for pod p")]
    [InlineData("p/exec?command=refuse&stdout=true", 500, "Internal error occurred: container not found (\"c\")")]
    [InlineData("p/exec?command=down&stdout=true", 500, "error dialing backend: no route")]
    public async Task What_cannot_be_is_a_status(string request, int code, string message)
    {
        await using var response = await ConnectAsync("POST", request);
        Assert.Equal(code, response.StatusCode);
        Assert.Contains(message, Encoding.UTF8.GetString(response.Body.Span).Replace("\\\"", "\"", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_does_not_switch_is_refused() =>
        Assert.Equal("Upgrade request required", (await _api.PostAsync($"{Pods}/p/exec?command=ls&stdout=true", "")).Expect(400)["message"]);

    [Fact]
    public async Task A_policy_sees_what_is_to_be_run()
    {
        (await _api.PostAsync(Policies, """
            {"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicy","metadata":{"name":"no-shell"},"spec":{
              "matchConstraints":{"resourceRules":[{"operations":["CONNECT"],"apiGroups":[""],"apiVersions":["v1"],"resources":["pods/exec"]}]},
              "validations":[{"expression":"object.command[0] != 'sh' && object.stdout","message":"no shells"}]}}
            """)).Expect(201);
        (await _api.PostAsync($"{Policies}bindings".Replace("policiesbindings", "policybindings", StringComparison.Ordinal),
            """{"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicyBinding","metadata":{"name":"b"},"spec":{"policyName":"no-shell","validationActions":["Deny"]}}""")).Expect(201);
        await using var refused = await ConnectAsync("POST", "p/exec?command=sh&stdout=true");
        Assert.Equal(422, refused.StatusCode);
        Assert.Contains("no shells", Encoding.UTF8.GetString(refused.Body.Span), StringComparison.Ordinal);
        await using var allowed = await ConnectAsync("POST", "p/exec?command=ls&stdout=true");
        Assert.Equal(101, allowed.StatusCode);
        await using var other = await ConnectAsync("POST", "p/attach?stdin=true");
        Assert.Equal(101, other.StatusCode);
    }

    [Fact]
    public async Task Proxies_refuse_what_does_not_lead_anywhere()
    {
        Assert.Equal("/api/v1/namespaces/default/pods/p/proxy/?a=b", (await _api.GetAsync($"{Pods}/p/proxy?a=b")).Expect(301).Headers.Single(h => h.Key == "Location").Value);
        (await _api.GetAsync($"{Pods}/none/proxy/")).Expect(404);
        Assert.Equal("pod \"p\" has no address yet", (await _api.GetAsync($"{Pods}/p/proxy/")).Expect(503)["message"]);
        (await _api.MergeAsync($"{Pods}/p/status", """{"status":{"podIP":"127.0.0.1","podIPs":[{"ip":"127.0.0.1"}]}}""")).Expect(200);
        Assert.StartsWith("address not allowed", (await _api.GetAsync($"{Pods}/p:80/proxy/")).Expect(400)["message"], StringComparison.Ordinal);
        Assert.Equal("invalid port \"http\": a number from 1 to 65535 is needed here", (await _api.GetAsync($"{Pods}/p:http/proxy/")).Expect(400)["message"]);
        (await _api.PostAsync("/api/v1/nodes", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"}}""")).Expect(201);
        Assert.Equal("n1 GET /healthz?x=y", (await _api.GetAsync("/api/v1/nodes/n1/proxy/healthz?x=y")).Expect(200).Body.Trim());
        (await _api.PostAsync("/api/v1/namespaces/default/services", """{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"ports":[{"name":"http","port":80}],"selector":{"a":"b"}}}""")).Expect(201);
        Assert.Equal("no endpoints available for service \"s\"", (await _api.GetAsync("/api/v1/namespaces/default/services/s:http/proxy/")).Expect(503)["message"]);
        Assert.Contains("no service port \"9\" found for service \"s\"; it has http", (await _api.GetAsync("/api/v1/namespaces/default/services/s:9/proxy/")).Expect(503)["message"], StringComparison.Ordinal);
    }

    private ValueTask<ApiResponse> ConnectAsync(string method, string request, UserInfo? user = null) => _api.Server.HandleAsync(user ?? TestApi.Admin, new ApiRequest(method, $"{Pods}/{request}")
    {
        Upgrade = "SPDY/3.1",
        Headers = [new("X-Stream-Protocol-Version", "v4.channel.k8s.io")],
    }, TestContext.Current.CancellationToken);

    private sealed class Nodes : INodeTransport
    {
        public string Seen { get; private set; } = "";

        public ValueTask<ApiResponse> SendAsync(string node, ApiRequest request, CancellationToken cancellation)
        {
            if (request.PathAndQuery.Contains("command=down", StringComparison.Ordinal)) throw new IOException("no route");
            if (request.PathAndQuery.Contains("command=refuse", StringComparison.Ordinal))
                return ValueTask.FromResult(new ApiResponse { StatusCode = 500, ContentType = MediaTypes.Text, Body = "container not found (\"c\")"u8.ToArray() });
            Seen = $"{node} {request.Method} {request.PathAndQuery} {request.Upgrade} {string.Join(' ', request.Headers.Select(h => $"{h.Key}={h.Value}"))}";
            return ValueTask.FromResult(request.Upgrade.Length > 0
                ? new ApiResponse { StatusCode = 101, Connection = new Nothing() }
                : new ApiResponse { StatusCode = 200, ContentType = MediaTypes.Text, Body = Encoding.UTF8.GetBytes(Seen) });
        }
    }

    private sealed class Nothing : IConnectionHandler
    {
        public Task RunAsync(Stream client, CancellationToken cancellation) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
