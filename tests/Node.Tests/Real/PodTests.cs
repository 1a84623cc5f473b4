using System.Diagnostics;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Node.Tests.Real;

[Trait("Level", "Node")]
[Collection(NodeFixture.OneAtATime)]
public sealed class PodTests(NodeFixture fixture, ITestOutputHelper output)
{
    [Fact]
    public async Task The_simplest_pod_runs_and_succeeds()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        for (var i = 0; i < 3; i++)
        {
            var watch = Stopwatch.StartNew();
            await node.CreateAsync($"simple-{i}", """, "command": ["sh", "-c", "echo hello; exit 0"] """);
            var pod = await node.WaitForPhaseAsync($"simple-{i}", "Succeeded");
            output.WriteLine($"{watch.ElapsedMilliseconds} ms");

            var status = pod.Status.ContainerStatuses[0];
            Assert.Equal("Completed", status.State.Terminated.Reason);
            Assert.Equal(0, status.State.Terminated.ExitCode);
            Assert.StartsWith("containerd://", status.ContainerID, StringComparison.Ordinal);
            Assert.StartsWith("slipway.local/busybox@sha256:", status.ImageID, StringComparison.Ordinal);
            Assert.NotNull(pod.Status.PodIP);
            Assert.Equal("hello\n", await node.LogAsync($"simple-{i}"));
        }
        // Events are written in their order: what the end of the first pod was told is there with the start of the last.
        var events = await node.Cluster.WaitForAllAsync(EventView.Resource, "default",
            all => all.Exists(e => e.Reason == "Started" && e.Metadata.Name.StartsWith("simple-2.", StringComparison.Ordinal)));
        Assert.DoesNotContain(events, e => e.Reason == "SandboxChanged");
    }

    [Fact]
    public async Task A_pod_that_is_deleted_gets_its_grace_and_goes()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("polite", """, "command": ["sh", "-c", "trap 'exit 3' TERM; echo up; while :; do sleep 0.05; done"] """);
        var pod = await node.WaitAsync("polite", p => p.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true);
        Assert.Equal("Running", pod.Status.Phase);
        var watch = Stopwatch.StartNew();
        await node.Api.DeleteAsync(NodeKinds.Pods, "default", "polite");
        await node.WaitUntilGoneAsync("polite");
        output.WriteLine($"gone after {watch.ElapsedMilliseconds} ms");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), "it ended by itself well before its grace was over");
    }
}
