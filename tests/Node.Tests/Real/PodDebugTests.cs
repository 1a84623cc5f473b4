namespace Slipway.Node.Tests.Real;

[Trait("Level", "Node")]
[Collection(NodeFixture.OneAtATime)]
public sealed class PodDebugTests(NodeFixture fixture)
{
    [Fact]
    public async Task A_container_for_debugging_sees_the_processes_of_its_target()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("subject", """, "command": ["sleep", "12345"] """, """, "terminationGracePeriodSeconds": 1 """);
        await node.WaitForPhaseAsync("subject", "Running");
        await node.Cluster.PatchAsync("/api/v1/namespaces/default/pods/subject/ephemeralcontainers", $$"""
            { "spec": { "ephemeralContainers": [ { "name": "debug", "image": "{{NodeFixture.Busybox}}", "targetContainerName": "main", "command": ["sh", "-c", "tr '\\0' ' ' < /proc/1/cmdline; echo; sleep 0.2; exit 3"] } ] } }
            """);
        var pod = await node.WaitAsync("subject", p => p.Status?.EphemeralContainerStatuses?[0].State.Terminated is not null);
        Assert.Equal(3, pod.Status.EphemeralContainerStatuses[0].State.Terminated.ExitCode);
        Assert.Equal("sleep 12345 \n", await node.LogAsync("subject", container: "debug"));
        Assert.Equal("Running", pod.Status.Phase);
        await node.WaitForEventAsync("subject", "Started: Container started: debug");
    }
}
