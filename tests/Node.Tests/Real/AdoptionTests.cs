using Grpc.Core;
using Slipway.Api;
using Slipway.Client;
using Slipway.Node.Cri;
using Slipway.Node.Linux;

namespace Slipway.Node.Tests.Real;

[Trait("Level", "Node")]
[Collection(NodeFixture.OneAtATime)]
public sealed class AdoptionTests(NodeFixture fixture)
{
    [Fact]
    public async Task Pods_outlive_the_agent_and_what_happened_meanwhile_is_reported()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        var go = Path.Combine(node.Home, "go");
        Directory.CreateDirectory(go);
        const string Wait = "while [ ! -e /go/now ]; do sleep 0.05; done";
        var spec = $$""", "volumes": [ { "name": "go", "hostPath": { "path": "{{go}}" } }, { "name": "key", "emptyDir": { "medium": "Memory" } } ] """;
        const string Mounts = """ "volumeMounts": [ { "name": "go", "mountPath": "/go" }, { "name": "key", "mountPath": "/key" } ] """;
        await node.CreateAsync("stays", $$""", "command": ["sh", "-c", "echo kept > /key/x; trap 'cat /key/x; exit 0' USR1; while :; do sleep 0.05; done"], {{Mounts}} """, spec);
        await node.CreateAsync("ends", $$""", "command": ["sh", "-c", "{{Wait}}; echo -n bye > /dev/termination-log; exit 5"], {{Mounts}} """, spec);
        await node.CreateAsync("deleted", $$""", "command": ["sleep", "1000"], {{Mounts}} """, spec);
        await node.CreateAsync("forced", $$""", "command": ["sleep", "1000"], {{Mounts}} """, spec);
        foreach (var name in new[] { "stays", "ends", "deleted", "forced" })
            await node.WaitForPhaseAsync(name, "Running");
        var before = (await node.WaitForPhaseAsync("stays", "Running")).Status.ContainerStatuses[0];
        var forced = (await node.WaitForPhaseAsync("forced", "Running")).Metadata.Uid;

        await node.StopAgentAsync();
        await File.WriteAllTextAsync(Path.Combine(go, "now"), "");
        await node.Api.DeleteAsync(NodeKinds.Pods, "default", "deleted", new() { GracePeriodSeconds = 1 });
        await node.Api.DeleteAsync(NodeKinds.Pods, "default", "forced", new() { GracePeriodSeconds = 0 });
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        await node.StartAgentAsync();

        var ended = (await node.WaitForPhaseAsync("ends", "Failed")).Status.ContainerStatuses[0].State.Terminated;
        Assert.Equal((5, "Error", "bye"), (ended.ExitCode, ended.Reason, ended.Message));
        await node.WaitUntilGoneAsync("deleted");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (Directory.Exists(Path.Combine(node.Options.PodsRoot, forced)))
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);

        var after = (await node.WaitForPhaseAsync("stays", "Running")).Status.ContainerStatuses[0];
        Assert.Equal((before.ContainerID, before.RestartCount, before.ImageID, before.State.Running.StartedAt), (after.ContainerID, after.RestartCount, after.ImageID, after.State.Running.StartedAt));
        Assert.Empty(await node.LogAsync("stays"));
    }

    [Fact]
    public async Task What_ends_after_the_first_look_and_before_the_pods_are_known_is_not_missed()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        var go = Directory.CreateDirectory(Path.Combine(node.Home, "go")).FullName;
        await node.CreateAsync("ends", """, "command": ["sh", "-c", "while [ ! -e /go/now ]; do sleep 0.05; done; exit 5"], "volumeMounts": [ { "name": "go", "mountPath": "/go" } ] """,
            $$""", "volumes": [ { "name": "go", "hostPath": { "path": "{{go}}" } } ] """);
        await node.WaitForPhaseAsync("ends", "Running");
        await node.StopAgentAsync();

        // The agent has looked when it asks for its pods, and no worker is there before it knows them.
        using var runtime = new CriClient(node.Options.ContainerdSocket);
        await node.StartAgentAsync(api => new FirstPods(api, async () =>
        {
            await File.WriteAllTextAsync(Path.Combine(go, "now"), "");
            while ((await runtime.Runtime.ListContainersAsync(new())).Containers.Any(c => c.State == ContainerState.ContainerRunning))
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }));
        Assert.Equal(5, (await node.WaitForPhaseAsync("ends", "Failed")).Status.ContainerStatuses[0].State.Terminated.ExitCode);
    }

    [Fact]
    public async Task Containers_outlive_containerd_and_their_ends_are_still_seen()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        var go = Directory.CreateDirectory(Path.Combine(node.Home, "go")).FullName;
        var spec = $$""", "volumes": [ { "name": "go", "hostPath": { "path": "{{go}}" } } ] """;
        foreach (var name in new[] { "during", "after" })
            await node.CreateAsync(name, $$""", "command": ["sh", "-c", "while [ ! -e /go/{{name}} ]; do sleep 0.05; done; exit 7"], "volumeMounts": [ { "name": "go", "mountPath": "/go" } ] """, spec);
        var before = (await node.WaitForPhaseAsync("after", "Running")).Status.ContainerStatuses[0].ContainerID;
        await node.WaitForPhaseAsync("during", "Running");

        var old = fixture.Containerd.ProcessId;
        Syscalls.Kill(old, Syscalls.SigKill);
        await File.WriteAllTextAsync(Path.Combine(go, "during"), "");
        Assert.Equal(7, (await node.WaitForPhaseAsync("during", "Failed")).Status.ContainerStatuses[0].State.Terminated.ExitCode);
        await File.WriteAllTextAsync(Path.Combine(go, "after"), "");
        var ended = (await node.WaitForPhaseAsync("after", "Failed")).Status.ContainerStatuses[0];
        Assert.Equal((7, before), (ended.State.Terminated.ExitCode, ended.ContainerID));
        Assert.NotEqual(old, fixture.Containerd.ProcessId);
        await node.CreateAsync("new", """, "command": ["true"] """);
        await node.WaitForPhaseAsync("new", "Succeeded");
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task A_pod_whose_sandbox_dies_under_it_is_told_to_be_lost_and_not_to_have_failed(bool isSeen, bool withContainerd)
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("lost", """, "command": ["sleep", "1000"] """);
        var uid = (await node.WaitForPhaseAsync("lost", "Running")).Metadata.Uid;
        if (!isSeen)
            await node.StopAgentAsync();
        using var runtime = new CriClient(node.Options.ContainerdSocket);
        var sandbox = Assert.Single((await runtime.Runtime.ListPodSandboxAsync(new())).Items, s => s.Metadata.Uid == uid);
        var shim = ShimOf(sandbox.Id);
        if (withContainerd)
            Syscalls.Kill(fixture.Containerd.ProcessId, Syscalls.SigKill);
        Syscalls.Kill(shim, Syscalls.SigKill);
        if (!isSeen)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (!await HasEndedAsync(runtime, sandbox.Id))
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
            await node.StartAgentAsync();
        }
        Assert.Equal("ContainerStatusUnknown", (await node.WaitForPhaseAsync("lost", "Failed")).Status.Reason);
        await node.WaitForEventAsync("lost", "ContainerStatusUnknown: The node or its container runtime was stopped");
    }

    private static async Task<bool> HasEndedAsync(CriClient runtime, string sandbox)
    {
        try
        {
            return (await runtime.Runtime.PodSandboxStatusAsync(new() { PodSandboxId = sandbox })).Status.State == PodSandboxState.SandboxNotready
                && !(await runtime.Runtime.ListContainersAsync(new())).Containers.Any(c => c.PodSandboxId == sandbox && c.State == ContainerState.ContainerRunning);
        }
        catch (RpcException)
        {
            return false;   // containerd is being started again
        }
    }

    private static int ShimOf(string sandbox) => Directory.EnumerateDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), out var id) ? id : 0).First(id => id > 0 && Arguments(id) is { } arguments
        && arguments.Contains("containerd-shim", StringComparison.Ordinal) && arguments.Contains(sandbox, StringComparison.Ordinal));

    private static string? Arguments(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline");
        }
        catch (IOException)
        {
            return null;   // ended meanwhile
        }
    }

    [Fact]
    public async Task A_pod_that_comes_while_containerd_is_away_is_not_blamed_for_it()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        Syscalls.Kill(fixture.Containerd.ProcessId, Syscalls.SigKill);
        foreach (var name in new[] { "one", "two", "three" })
            await node.CreateAsync(name, """, "command": ["true"] """);
        foreach (var name in new[] { "one", "two", "three" })
        {
            await node.WaitForPhaseAsync(name, "Succeeded");
            Assert.DoesNotContain(await node.EventsAsync(name), line => line.StartsWith("Failed", StringComparison.Ordinal));
        }
    }

    /// <summary>An API that has something happen before it first answers which pods there are.</summary>
    private sealed class FirstPods(IApi api, Func<Task> before) : IApi
    {
        private Func<Task>? _before = before;

        public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
        {
            if (request.PathAndQuery.StartsWith("/api/v1/pods?", StringComparison.Ordinal) && Interlocked.Exchange(ref _before, null) is { } happen)
                await happen();
            return await api.SendAsync(request, cancellation);
        }
    }
}
