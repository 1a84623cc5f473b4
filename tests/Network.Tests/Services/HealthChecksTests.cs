namespace Slipway.Network.Services;

public sealed class HealthChecksTests
{
    private const string Http = """[{"name":"","port":8080,"protocol":"TCP"}]""";

    [Theory]
    [InlineData("10.1.0.2@here", 200, 1)]
    [InlineData("10.1.0.2@here 10.1.0.3@here 10.1.0.4@there", 200, 2)]
    [InlineData("10.1.0.4@there", 503, 0)]
    [InlineData("10.1.0.2!@here", 503, 0)]
    [InlineData("", 503, 0)]
    public void A_node_is_healthy_with_endpoints_of_its_own(string endpoints, int code, int count)
    {
        var answer = HealthChecks.Answer(new("shop", "web"), [Make.Slice(Http, endpoints.Split(' ', StringSplitOptions.RemoveEmptyEntries))], "here");
        Assert.Equal((code, count), (answer.Code, answer.Endpoints));
        Assert.Equal($$$"""{"service":{"namespace":"shop","name":"web"},"localEndpoints":{{{count}}},"serviceProxyHealthy":true}""", answer.Body.ToJsonString());
    }

    [Theory]
    [InlineData("""{"type":"LoadBalancer","externalTrafficPolicy":"Local","healthCheckNodePort":32001}""", 32001)]
    [InlineData("""{"type":"LoadBalancer","externalTrafficPolicy":"Cluster"}""", null)]
    [InlineData("""{"type":"NodePort","externalTrafficPolicy":"Local"}""", null)]
    public void Services_of_local_load_balancers_have_a_port_to_ask_at(string spec, int? port) => Assert.Equal(port, HealthChecks.PortOf(Make.Service(spec)));
}
