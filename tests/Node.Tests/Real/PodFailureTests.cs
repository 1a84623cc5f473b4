using System.Diagnostics;
using Slipway.Client;

namespace Slipway.Node.Tests.Real;

[Trait("Level", "Node")]
[Collection(NodeFixture.OneAtATime)]
public sealed class PodFailureTests(NodeFixture fixture)
{
    [Fact]
    public async Task A_container_over_its_memory_limit_is_OOMKilled()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("hungry", """, "command": ["sh", "-c", "exec tail /dev/zero"], "resources": { "limits": { "memory": "16Mi" } } """);
        await node.CreateAsync("child", """, "command": ["sh", "-c", "tail /dev/zero; exit 3"], "resources": { "limits": { "memory": "16Mi" } } """);
        var hungry = (await node.WaitForPhaseAsync("hungry", "Failed")).Status.ContainerStatuses[0].State.Terminated;
        Assert.Equal(("OOMKilled", 137), (hungry.Reason, hungry.ExitCode));
        var child = (await node.WaitForPhaseAsync("child", "Failed")).Status.ContainerStatuses[0].State.Terminated;
        Assert.Equal(("OOMKilled", 3), (child.Reason, child.ExitCode));
    }

    [Fact]
    public async Task A_container_that_fails_again_and_again_is_held_back()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("crash", """, "command": ["sh", "-c", "echo try; exit 6"] """, """, "restartPolicy": "OnFailure" """);
        var pod = await node.WaitAsync("crash", p => p.Status?.ContainerStatuses?[0].State.Waiting?.Reason == "CrashLoopBackOff");
        var status = pod.Status.ContainerStatuses[0];
        Assert.Equal("Running", pod.Status.Phase);
        Assert.Equal(1, status.RestartCount);
        Assert.Equal(6, status.LastState.Terminated.ExitCode);
        Assert.StartsWith("back-off 10s restarting failed container=main pod=crash_default", status.State.Waiting.Message, StringComparison.Ordinal);
        Assert.Equal("try\n", await node.LogAsync("crash", "previous=true"));
        pod = await node.WaitAsync("crash", p => p.Status?.ContainerStatuses?[0].RestartCount == 2);
        Assert.Contains("BackOff", await node.EventsAsync("crash"));
    }

    [Fact]
    public async Task A_pod_that_always_restarts_is_started_again_after_success()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("again", """, "command": ["true"] """, """, "restartPolicy": "Always" """);
        var pod = await node.WaitAsync("again", p => p.Status?.ContainerStatuses?[0].RestartCount == 1);
        Assert.Equal("Completed", pod.Status.ContainerStatuses[0].LastState.Terminated.Reason);
    }

    [Fact]
    public async Task A_pod_over_its_deadline_is_ended_and_says_so()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("late", """, "command": ["sleep", "1000"] """, """, "activeDeadlineSeconds": 1, "terminationGracePeriodSeconds": 1 """);
        var pod = await node.WaitForPhaseAsync("late", "Failed");
        Assert.Equal("DeadlineExceeded", pod.Status.Reason);
        await node.WaitForEventAsync("late", "DeadlineExceeded: Pod was active on the node longer than the specified deadline");
        // The first document that tells of the end has the container's: nothing of the pod runs beside what follows it.
        Assert.Equal(137, pod.Status.ContainerStatuses[0].State.Terminated?.ExitCode);
    }

    [Fact]
    public async Task Images_that_cannot_be_had_say_why()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("never", """, "image": "slipway.local/none:1", "imagePullPolicy": "Never" """);
        await node.CreateAsync("name", """, "image": "No/such:NAME:" """);
        await node.CreateAsync("refused", """, "image": "127.0.0.1:9/none:1" """, """, "imagePullSecrets": [ { "name": "nope" } ] """);
        Task<string> Reason(string pod, string reason) => Message(node, pod, reason);
        Assert.Equal("Container image \"slipway.local/none:1\" is not present with pull policy of Never", await Reason("never", "ErrImageNeverPull"));
        Assert.Contains("couldn't parse image name", await Reason("name", "InvalidImageName"), StringComparison.Ordinal);
        Assert.Contains("connection refused", await Reason("refused", "ErrImagePull"), StringComparison.Ordinal);
        Assert.StartsWith("Back-off pulling image \"127.0.0.1:9/none:1\"", await Reason("refused", "ImagePullBackOff"), StringComparison.Ordinal);
        await node.WaitForEventAsync("refused", "FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (nope); attempting to pull the image may not succeed.");
        await node.WaitForEventAsync("refused", "BackOff: Back-off pulling image \"127.0.0.1:9/none:1\"");
        await node.WaitForEventAsync("refused", "Failed: Error: ImagePullBackOff");
    }

    [Fact]
    public async Task A_command_that_does_not_exist_is_a_StartError()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("typo", """, "command": ["/bin/nothing"] """);
        var ended = (await node.WaitForPhaseAsync("typo", "Failed")).Status.ContainerStatuses[0].State.Terminated;
        Assert.Equal(("StartError", 128), (ended.Reason, ended.ExitCode));
        Assert.Contains("/bin/nothing", ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_leaves_a_message_or_the_end_of_its_log()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("message", """, "command": ["sh", "-c", "echo -n why > /dev/termination-log; exit 1"] """);
        await node.CreateAsync("log", """, "command": ["sh", "-c", "echo it broke >&2; exit 1"], "terminationMessagePolicy": "FallbackToLogsOnError" """);
        Assert.Equal("why", (await node.WaitForPhaseAsync("message", "Failed")).Status.ContainerStatuses[0].State.Terminated.Message);
        Assert.Equal("it broke\n", (await node.WaitForPhaseAsync("log", "Failed")).Status.ContainerStatuses[0].State.Terminated.Message);
    }

    [Fact]
    public async Task A_container_that_ignores_its_signal_is_killed_after_the_grace()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("stubborn", """, "command": ["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"] """);
        await node.WaitForPhaseAsync("stubborn", "Running");
        var watch = Stopwatch.StartNew();
        await node.Api.DeleteAsync(NodeKinds.Pods, "default", "stubborn", new() { GracePeriodSeconds = 1 });
        await node.WaitUntilGoneAsync("stubborn");
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.9, 5);
    }

    [Fact]
    public async Task A_pod_whose_volume_cannot_be_made_waits_and_says_so()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("unmounted", """, "command": ["true"], "volumeMounts": [ { "name": "v", "mountPath": "/v" } ] """,
            """, "volumes": [ { "name": "v", "hostPath": { "path": "/nowhere/at/all", "type": "Directory" } } ] """);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!(await node.EventsAsync("unmounted")).Contains("FailedMount"))
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        Assert.Equal("ContainerCreating", (await node.WaitAsync("unmounted", p => p.Status.ContainerStatuses is not null)).Status.ContainerStatuses[0].State.Waiting.Reason);
    }

    [Fact]
    public async Task A_container_whose_files_cannot_be_written_waits_and_says_so()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        var pod = await node.CreateAsync("unwritten", """, "command": ["true"], "envFrom": [ { "configMapRef": { "name": "late" } } ] """);
        await Message(node, "unwritten", "CreateContainerConfigError");
        // No file can be written where a directory is.
        Directory.CreateDirectory(Path.Combine(node.Options.PodsRoot, pod.Metadata.Uid, "containers", "main", "0.message"));
        await node.Cluster.CreateAsync("/api/v1/namespaces/default/configmaps", """{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "late" } }""");
        await node.WaitForEventAsync("unwritten", "Failed: Error: Access to the path");
        await node.WaitAsync("unwritten", p => p.Status.ContainerStatuses[0].State.Waiting is { Reason: "CreateContainerConfigError" } waiting && waiting.Message.Contains("0.message", StringComparison.Ordinal));
    }

    private static async Task<string> Message(RunningNode node, string pod, string reason) =>
        (await node.WaitAsync(pod, p => p.Status?.ContainerStatuses?[0].State.Waiting?.Reason == reason)).Status.ContainerStatuses[0].State.Waiting.Message;
}
