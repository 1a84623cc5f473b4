using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Webhooks;

namespace Slipway.ApiServer.Tests.Webhooks;

public sealed class EndpointChoiceTests
{
    private const string Service = """{"spec":{"selector":{"app":"hook"},"ports":[{"name":"https","port":443,"targetPort":"web"}]}}""";
    private const string ReadyPod = """
        {"metadata":{"labels":{"app":"hook"}},"spec":{"containers":[{"name":"c","ports":[{"name":"web","containerPort":8443}]}]},
         "status":{"podIP":"10.0.0.7","conditions":[{"type":"Ready","status":"True"}]}}
        """;

    [Fact]
    public void Slices_come_first() => Assert.Equal("10.0.0.2:9443", Choose(Service,
        """{"endpoints":[{"addresses":["10.0.0.1"],"conditions":{"ready":false}},{"addresses":["10.0.0.2"]}],"ports":[{"name":"https","port":9443}]}""", null, ReadyPod));

    [Fact]
    public void Then_endpoints() => Assert.Equal("10.0.0.3:9444", Choose(Service, null,
        """{"subsets":[{"addresses":[{"ip":"10.0.0.3"}],"ports":[{"name":"https","port":9444}]}]}""", ReadyPod));

    [Fact]
    public void Pods_stand_in_while_nobody_has_made_slices() => Assert.Equal("10.0.0.7:8443", Choose(Service, null, null, ReadyPod));

    [Theory]
    [InlineData("""{"metadata":{"labels":{"app":"other"}},"status":{"podIP":"10.0.0.7","conditions":[{"type":"Ready","status":"True"}]}}""")]
    [InlineData("""{"metadata":{"labels":{"app":"hook"}},"status":{"podIP":"10.0.0.7","conditions":[{"type":"Ready","status":"False"}]}}""")]
    public void Nobody_is_there(string pod) => Assert.Equal("no endpoints available for service \"hook\"", Assert.Throws<WebhookFailure>(() => Choose(Service, null, null, pod)).Message);

    [Fact]
    public void The_port_must_be_the_services() => Assert.Equal("no service port 443 found for service \"hook\"",
        Assert.Throws<WebhookFailure>(() => Choose("""{"spec":{"ports":[{"port":80}]}}""", null, null, ReadyPod)).Message);

    [Fact]
    public void A_service_may_be_a_name_elsewhere() => Assert.Equal("Unspecified/hooks.example.com:443", Choose("""{"spec":{"type":"ExternalName","externalName":"hooks.example.com"}}""", null, null, ReadyPod));

    private static string? Choose(string service, string? slice, string? endpoints, string pod)
    {
        var pods = new[] { Parse(pod) };
        return EndpointChoice.Of(new("default", "hook", "", 443), Parse(service), slice is null ? [] : [Parse(slice)], endpoints is null ? null : Parse(endpoints),
            selector => pods.Where(p => selector.Matches(p.Labels))).ToString();
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
