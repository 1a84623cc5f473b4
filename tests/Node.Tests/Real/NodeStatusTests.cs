using Slipway.Client;

namespace Slipway.Node.Tests.Real;

[Trait("Level", "Node")]
[Collection(NodeFixture.OneAtATime)]
public sealed class NodeStatusTests(NodeFixture fixture)
{
    [Fact]
    public async Task A_node_tells_of_its_images_and_has_a_list_of_drivers()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        var told = await node.Cluster.WaitAsync(NodeKinds.Nodes, null, node.Name, n => n?.Status?.Images?.Any(i => i.Names.Contains(NodeFixture.Busybox) && i.SizeBytes > 0) == true);
        Assert.Equal("linux", told!.Metadata.Labels["beta.kubernetes.io/os"]);
        var storage = await node.Api.GetAsync(NodeKinds.StorageNodes, null, node.Name, default);
        Assert.Equal(("Node", told.Metadata.Uid), (storage!.Metadata.OwnerReferences[0].Kind, storage.Metadata.OwnerReferences[0].Uid));
        Assert.Empty(storage.Spec.Drivers);
    }
}
