using System.Text;

namespace Slipway.Network.Services;

public sealed class HostPortsTests
{
    [Theory]
    [InlineData("""{"containers":[{"ports":[{"containerPort":80}]}]}""", "Running", "10.128.0.2", "")]
    [InlineData("""{"containers":[{"ports":[{"containerPort":80,"hostPort":8080}]}]}""", "Running", "10.128.0.2", "node tcp 8080 > 10.128.0.2:80")]
    [InlineData("""{"containers":[{"ports":[{"containerPort":53,"hostPort":53,"hostIP":"192.0.2.1","protocol":"UDP"}]},{"ports":[{"containerPort":1,"hostPort":2,"hostIP":"0.0.0.0"}]}]}""", "Pending", "10.128.0.2", "192.0.2.1 udp 53 > 10.128.0.2:53, node tcp 2 > 10.128.0.2:1")]
    [InlineData("""{"containers":[{"ports":[{"containerPort":80,"hostPort":8080,"hostIP":"::"}]}]}""", "Running", "10.128.0.2", "")]
    [InlineData("""{"containers":[{"ports":[{"containerPort":80,"hostPort":8080}]}]}""", "Running", "", "")]
    [InlineData("""{"containers":[{"ports":[{"containerPort":80,"hostPort":8080}]}]}""", "Succeeded", "10.128.0.2", "")]
    [InlineData("""{"hostNetwork":true,"containers":[{"ports":[{"containerPort":80,"hostPort":80}]}]}""", "Running", "10.128.0.1", "")]
    public void A_running_pod_has_the_ports_of_the_node_that_it_names(string spec, string phase, string address, string expected)
    {
        var pod = NetworkKinds.HostPortPods.Read(Encoding.UTF8.GetBytes($$"""{"metadata":{"name":"p"},"spec":{{spec}},"status":{"phase":"{{phase}}","podIP":"{{address}}"} }"""));
        Assert.Equal(expected, string.Join(", ", HostPorts.Of(pod).Select(f =>
            $"{(f.Key.IsOfNode ? "node" : f.Key.Address)} {f.Key.Protocol} {f.Key.Port} > {f.Value.Ends.Single().Address}:{f.Value.Ends.Single().Port}")));
    }
}
