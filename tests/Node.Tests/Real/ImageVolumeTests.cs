using Slipway.Client;

namespace Slipway.Node.Tests.Real;

[Trait("Level", "Node")]
[Collection(NodeFixture.OneAtATime)]
public sealed class ImageVolumeTests(NodeFixture fixture)
{
    [Fact]
    public async Task A_volume_shows_an_image_and_nothing_in_it_can_be_changed()
    {
        await using var node = await RunningNode.StartAsync(fixture, options => options with { Images = fixture.Images });
        await node.CreateAsync("reader", """
            , "command": ["sh", "-c", "cut -d: -f1 /v/etc/passwd /only; touch /v/x 2>/dev/null || echo read-only"],
            "volumeMounts": [ { "name": "v", "mountPath": "/v" }, { "name": "v", "mountPath": "/only", "subPath": "etc/group" } ]
            """, $$"""
            , "volumes": [ { "name": "v", "image": { "reference": "{{NodeFixture.Busybox}}" } } ]
            """);
        var pod = await node.WaitForPhaseAsync("reader", "Succeeded");
        Assert.Equal("root\nnobody\nroot\nnogroup\nread-only\n", await node.LogAsync("reader"));
        await node.Api.DeleteAsync(NodeKinds.Pods, "default", "reader", new() { GracePeriodSeconds = 0 });
        await node.WaitUntilGoneAsync("reader");
        using var patience = new CancellationTokenSource(Slipway.Testing.TestCluster.Patience);
        while (Directory.Exists(Path.Combine(node.Options.PodsRoot, pod.Metadata.Uid)))
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        var leases = await new ProcessCall("ctr", "--address", fixture.Options.Socket, "--namespace", "k8s.io", "leases", "ls", "-q").RunAsync();
        Assert.DoesNotContain(pod.Metadata.Uid, leases.Output);
    }

    [Fact]
    public async Task An_image_that_is_not_there_is_told_of()
    {
        await using var node = await RunningNode.StartAsync(fixture, options => options with { Images = fixture.Images });
        await node.CreateAsync("reader", """, "command": ["true"], "volumeMounts": [ { "name": "v", "mountPath": "/v" } ] """,
            """, "volumes": [ { "name": "v", "image": { "reference": "slipway.local/none:1", "pullPolicy": "Never" } } ] """);
        await node.WaitForEventAsync("reader", "FailedMount: MountVolume.SetUp failed for volume \"v\" : ErrImageNeverPull: Container image \"slipway.local/none:1\" is not present with pull policy of Never");
    }
}
