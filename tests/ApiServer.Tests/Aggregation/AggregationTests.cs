using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer.Authentication;
using Slipway.ApiServer.Tests.Metrics;

namespace Slipway.ApiServer.Tests.Aggregation;

public sealed class AggregationTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private const string Services = "/apis/apiregistration.k8s.io/v1/apiservices";
    private ExtensionServer _extension = null!;
    private TestApi _api = null!;

    public async ValueTask InitializeAsync()
    {
        _extension = await ExtensionServer.StartAsync();
        var client = _extension.Issue(ApiServerOptions.FrontProxyName);
        _api = await TestApi.StartAsync(new() { FrontProxyCertificate = () => client, Tokens = new TokenOptions { RootCertificate = "PEM" } });
        (await _api.PostAsync("/api/v1/namespaces/default/services", $$$"""
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"ext"},"spec":{"type":"ExternalName","externalName":"localhost","ports":[{"port":{{{_extension.Port}}}}]} }
            """)).Expect(201);
        _extension.Answers["/apis/wardle.example.org/v1"] = """{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"wardle.example.org/v1","resources":[{"name":"flunders","singularName":"flunder","namespaced":true,"kind":"Flunder","verbs":["get","list"]}]}""";
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        await _extension.DisposeAsync();
    }

    [Fact]
    public async Task Requests_reach_the_server_that_an_APIService_names_which_learns_who_asks()
    {
        await RegisterAsync("wardle.example.org", "v1");
        await AvailableAsync("v1.wardle.example.org", "True Passed");
        _extension.Answers["/apis/wardle.example.org/v1/namespaces/default/flunders"] = """{"kind":"FlunderList"}""";
        var user = new UserInfo("ann", [UserInfo.Masters, "people"]) { Extra = new Dictionary<string, IReadOnlyList<string>> { ["example.org/from"] = ["home"] } };
        Assert.Equal("""200 {"kind":"FlunderList"}""", await SendAsync(user, "GET", "/apis/wardle.example.org/v1/namespaces/default/flunders?limit=5"));
        Assert.Equal("GET /apis/wardle.example.org/v1/namespaces/default/flunders?limit=5 ann [system:masters|people] home by front-proxy-client",
            _extension.Asked.Single(asked => asked.Contains("?limit=5", StringComparison.Ordinal)));
        Assert.StartsWith("404 ", await SendAsync(user, "POST", "/apis/wardle.example.org/v1/namespaces/other/flunders", """{"a":1}"""), StringComparison.Ordinal);
        Assert.Contains(_extension.Asked, asked => asked.StartsWith("POST ", StringComparison.Ordinal) && asked.EndsWith(""" {"a":1}""", StringComparison.Ordinal));
        Assert.StartsWith("403 ", await SendAsync(new("bob", []), "GET", "/apis/wardle.example.org/v1/namespaces/default/flunders"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_group_has_a_line_of_its_own_whatever_it_is_called()
    {
        await RegisterAsync("wardle.example.org", "v1");
        await AvailableAsync("v1.wardle.example.org", "True Passed");
        _extension.Answers["/apis/wardle.example.org/v1/flunders"] = """{"kind":"FlunderList"}""";
        string[] groups = [UserInfo.Masters, "cn=a,dc=b", "gr\u00fcn", "\U0001F98A", "two  words", .. Enumerable.Range(1, 60).Select(i => $"group-{i}")];
        var user = new UserInfo("J\u00fcrgen", groups) { Extra = new Dictionary<string, IReadOnlyList<string>> { ["example.org/from"] = ["home", "a, b"] } };
        Assert.StartsWith("200 ", await SendAsync(user, "GET", "/apis/wardle.example.org/v1/flunders?who"), StringComparison.Ordinal);
        Assert.Equal($"GET /apis/wardle.example.org/v1/flunders?who J\u00fcrgen [{string.Join('|', groups)}] home|a, b by front-proxy-client",
            _extension.Asked.Single(asked => asked.Contains("?who", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_a_header_cannot_say_is_not_passed_on()
    {
        await RegisterAsync("wardle.example.org", "v1");
        await AvailableAsync("v1.wardle.example.org", "True Passed");
        foreach (var (name, group) in ((string, string)[])[("ann", "a\r\nX-Remote-Group: b"), ("ann", "a\udc00b"), ("ann", "a\u007f"), ("ann\n", "a")])
            Assert.StartsWith("503 ", await SendAsync(new(name, [UserInfo.Masters, group]), "GET", "/apis/wardle.example.org/v1/flunders?who"), StringComparison.Ordinal);
        Assert.DoesNotContain(_extension.Asked, asked => asked.Contains("?who", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_it_serves_is_discovered_for_as_long_as_it_answers()
    {
        await RegisterAsync("wardle.example.org", "v1");
        await AvailableAsync("v1.wardle.example.org", "True Passed");
        await Waiting.UntilAsync(Patience, async () => (await _api.GetAsync("/apis")).Body.Contains("wardle.example.org", StringComparison.Ordinal)); // a little after it is told to be available
        Assert.Contains("flunders", (await _api.GetAsync("/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")).Body, StringComparison.Ordinal);
        (await _api.DeleteAsync($"{Services}/v1.wardle.example.org")).Expect(200);
        await Waiting.UntilAsync(Patience, async () => !(await _api.GetAsync("/apis")).Body.Contains("wardle.example.org", StringComparison.Ordinal));
        (await _api.GetAsync("/apis/wardle.example.org/v1/flunders")).Expect(404);
    }

    [Fact]
    public async Task Metrics_tell_which_are_not_available_and_how_often_they_were_lost()
    {
        const string name = "name=\"v1.wardle.example.org\"";
        await RegisterAsync("wardle.example.org", "v1");
        await AvailableAsync("v1.wardle.example.org", "True Passed");
        var page = await MetricsPage.ReadAsync(_api);
        Assert.Equal((0, null), (page.Sum("aggregator_unavailable_apiservice", name), page.Sum("aggregator_unavailable_apiservice_total", name)));

        (await _api.MergeAsync($"{Services}/v1.wardle.example.org", """{"spec":{"service":{"name":"nobody"}}}""")).Expect(200);
        await AvailableAsync("v1.wardle.example.org", "False ServiceNotFound");
        await Waiting.UntilAsync(Patience, async () => (await MetricsPage.ReadAsync(_api)).Sum("aggregator_unavailable_apiservice_total", name, "reason=\"ServiceNotFound\"") == 1);   // a little after
        Assert.Equal(1, (await MetricsPage.ReadAsync(_api)).Sum("aggregator_unavailable_apiservice", name));

        (await _api.DeleteAsync($"{Services}/v1.wardle.example.org")).Expect(200);
        await Waiting.UntilAsync(Patience, async () => await MetricsPage.ReadAsync(_api) is var now
            && now.Sum("aggregator_unavailable_apiservice", name) is null && now.Sum("aggregator_unavailable_apiservice_total", name) is null);
    }

    [Theory]
    [InlineData("nobody", "CA", "False ServiceNotFound")]
    [InlineData("ext", "", "False FailedDiscoveryCheck")]     // an authority that the machine does not trust
    public async Task Why_it_is_not_available_is_said(string service, string bundle, string condition)
    {
        await RegisterAsync("wardle.example.org", "v1", service, bundle == "CA" ? _extension.CaBundle : "");
        await AvailableAsync("v1.wardle.example.org", condition);
        Assert.StartsWith("503 ", await SendAsync(TestApi.Admin, "GET", "/apis/wardle.example.org/v1/flunders"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"resources":[],"resources":[]}""")]
    [InlineData("""{"resources":[{"name":"a","name":"b"}]}""")]
    [InlineData("""{"resources":[{"name":"\ud800"}]}""")]
    [InlineData("[]")]
    public async Task What_no_server_should_say_harms_nobody_else(string said)
    {
        _extension.Answers["/apis/wardle.example.org/v1"] = said;
        await RegisterAsync("wardle.example.org", "v1");
        await AvailableAsync("v1.wardle.example.org", "False FailedDiscoveryCheck");
        await RegisterAsync("late.example.org", "v1", "nobody");
        await AvailableAsync("v1.late.example.org", "False ServiceNotFound");
    }

    [Fact]
    public async Task A_path_that_leads_elsewhere_is_not_passed_on()
    {
        await RegisterAsync("wardle.example.org", "v1");
        await AvailableAsync("v1.wardle.example.org", "True Passed");
        Assert.StartsWith("400 ", await SendAsync(TestApi.Admin, "GET", "/apis/wardle.example.org/v1/namespaces/a/flunders/%2e%2e/%2E%2E/b/flunders"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_metrics_of_nodes_and_pods_can_be_taken_over_and_nothing_else()
    {
        _extension.Answers["/apis/metrics.k8s.io/v1beta1"] = """{"kind":"APIResourceList","resources":[]}""";
        _extension.Answers["/apis/metrics.k8s.io/v1beta1/nodes"] = """{"kind":"NodeMetricsList","items":[{"metadata":{"name":"theirs"}}]}""";
        await RegisterAsync("metrics.k8s.io", "v1beta1");
        await RegisterAsync("apps", "v1");
        await AvailableAsync("v1beta1.metrics.k8s.io", "True Passed");
        Assert.Contains("theirs", await SendAsync(TestApi.Admin, "GET", "/apis/metrics.k8s.io/v1beta1/nodes"), StringComparison.Ordinal);
        (await _api.DeleteAsync($"{Services}/v1beta1.metrics.k8s.io")).Expect(200);
        await Waiting.UntilAsync(Patience, async () => !(await SendAsync(TestApi.Admin, "GET", "/apis/metrics.k8s.io/v1beta1/nodes")).Contains("theirs", StringComparison.Ordinal));
        Assert.Empty((await _api.GetAsync("/apis/apps/v1/deployments")).Expect(200).Names);
    }

    [Fact]
    public async Task Servers_learn_whose_word_to_take()
    {
        var map = (await _api.GetAsync("/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication")).Expect(200);
        Assert.Equal(("PEM", "[\"front-proxy-client\"]", "[\"X-Remote-User\"]", "[\"X-Remote-Group\"]"),
            (map["data.requestheader-client-ca-file"], map["data.requestheader-allowed-names"], map["data.requestheader-username-headers"], map["data.requestheader-group-headers"]));
    }

    private async Task RegisterAsync(string group, string version, string service = "ext", string? bundle = null)
    {
        var spec = new JsonObject
        {
            ["group"] = group,
            ["version"] = version,
            ["groupPriorityMinimum"] = 100,
            ["versionPriority"] = 100,
            ["service"] = new JsonObject { ["namespace"] = "default", ["name"] = service, ["port"] = _extension.Port },
        };
        if ((bundle ?? _extension.CaBundle) is { Length: > 0 } authorities) spec["caBundle"] = authorities;
        (await _api.PostAsync(Services, new JsonObject
        {
            ["apiVersion"] = "apiregistration.k8s.io/v1",
            ["kind"] = "APIService",
            ["metadata"] = new JsonObject { ["name"] = $"{version}.{group}" },
            ["spec"] = spec,
        }.ToJsonString())).Expect(201);
    }

    private Task AvailableAsync(string name, string condition) => Waiting.UntilAsync(Patience, async () =>
        (await _api.GetAsync($"{Services}/{name}")).Json["status"]?["conditions"]?[0] is { } told && $"{told["status"]} {told["reason"]}" == condition);

    private async Task<string> SendAsync(UserInfo user, string method, string path, string? body = null)
    {
        await using var answer = await _api.Server.HandleAsync(user, new ApiRequest(method, path) { Body = body is null ? default : Encoding.UTF8.GetBytes(body) }, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(answer.Stream ?? new MemoryStream(answer.Body.ToArray()));
        return $"{answer.StatusCode} {await reader.ReadToEndAsync(TestContext.Current.CancellationToken)}";
    }
}
