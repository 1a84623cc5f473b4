using Slipway.Client;

namespace Slipway.Controllers.Tests.Nodes;

public sealed class LostPodsTests : ControllersTest
{
    private protected override void Register(ControllerHost host) => LostPods.Register(host);

    [Fact]
    public async Task A_pod_that_is_deleted_before_it_has_a_node_has_failed_while_a_finalizer_holds_it()
    {
        await Cluster.CreateAsync("/api/v1/namespaces/default/pods", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","finalizers":["example.com/f"]},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        await Cluster.Admin.DeleteAsync(Kinds.Pods, "default", "p");
        await Cluster.WaitAsync(Kinds.Pods, "default", "p", pod => pod is { HasFailed: true });
    }

    [Fact]
    public async Task Pods_go_when_their_node_is_gone_and_others_stay()
    {
        await Cluster.CreateAsync("/api/v1/nodes", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"gone"}}""");
        await Cluster.CreateAsync("/api/v1/nodes", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"here"}}""");
        foreach (var (name, node) in new[] { ("a", "\"gone\""), ("b", "\"here\""), ("c", "null") })
            await Cluster.CreateAsync("/api/v1/namespaces/default/pods", $$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}"},"spec":{"nodeName":{{{node}}},"containers":[{"name":"c","image":"i"}]} }""");
        await Cluster.Admin.DeleteAsync(Kinds.Nodes, null, "gone");
        await Cluster.WhileTimePassesAsync(Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.All(pod => pod.NodeName != "gone")), TimeSpan.FromSeconds(1));
        Assert.Equal(["b", "c"], (await Cluster.Admin.ListAsync(Kinds.Pods)).Items.Select(pod => pod.Metadata.Name).Order());
    }
}
