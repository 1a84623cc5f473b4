using Grpc.Core;
using Slipway.Client;
using Slipway.Node.Cri;
using Slipway.Testing;

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

    [Fact]
    public async Task A_node_tells_that_it_starts_and_what_it_has_enough_of()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        string[] expected = ["Starting kubelet.", .. new[] { "NodeReady", "NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID" }.Select(reason => $"Node {node.Name} status is now: {reason}")];
        // A machine that is short of memory or disk says so instead.
        await node.Cluster.WaitForAllAsync(EventView.Resource, "default", events => expected.Count(message => events.Exists(e => e.Message == message)) >= 3
            && events.Exists(e => e.Reason == "Starting") && events.Exists(e => e.Reason == "NodeReady"));
    }

    [Fact]
    public async Task A_pod_whose_sandbox_is_gone_starts_anew_and_says_so()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("p", """, "command": ["sleep", "1000"] """, """, "restartPolicy": "Always" """);
        var pod = await node.WaitForPhaseAsync("p", "Running");
        using var cri = new CriClient(fixture.Options.Socket);
        var filter = new PodSandboxFilter();
        filter.LabelSelector["io.kubernetes.pod.uid"] = pod.Metadata.Uid;
        var sandbox = Assert.Single((await cri.Runtime.ListPodSandboxAsync(new() { Filter = filter })).Items);
        try
        {
            await cri.Runtime.StopPodSandboxAsync(new() { PodSandboxId = sandbox.Id });
        }
        catch (RpcException)
        {
            // The node finds that it has ended, and stops it as well.
        }
        await node.Cluster.WaitForAllAsync(EventView.Resource, "default", events =>
            events.Exists(e => e is { Reason: "SandboxChanged", Message: "Pod sandbox changed, it will be killed and re-created." }));
    }
}
