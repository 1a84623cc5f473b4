using Grpc.Core;
using Slipway.Node.Cri;
using Slipway.Testing;

namespace Slipway.Bench.Cluster;

/// <summary>The calls that start a pod's one container, and nothing around them.</summary>
internal sealed class BareCri(string cluster) : IDisposable
{
    private readonly CriClient client = new($"/run/slipway/{cluster}/containerd.sock");
    private readonly string logs = Directory.CreateTempSubdirectory("slipway-bench-").FullName;

    /// <summary>Runs a sandbox and starts a container in it; returns when it runs.</summary>
    public async Task<(string Sandbox, string Container)> StartAsync(string name, params string[] command)
    {
        var sandbox = SandboxOf(name);
        var sandboxId = (await client.Runtime.RunPodSandboxAsync(new RunPodSandboxRequest { Config = sandbox })).PodSandboxId;
        return (sandboxId, await StartContainerAsync(name, sandbox, sandboxId, 0, command));
    }

    /// <summary>Ends the container of a sandbox and starts another one in its place; returns when that runs.</summary>
    public async Task RestartAsync(string name, string sandboxId, string container, Action end, params string[] command)
    {
        using var events = client.Subscribe(CancellationToken.None);
        var next = events.ResponseStream.MoveNext(CancellationToken.None);
        end();
        await WaitForEndAsync(container, events, next);
        await StartContainerAsync(name, SandboxOf(name), sandboxId, 1, command);
        await client.Runtime.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = container });
    }

    // As Slipway's pods have it, whose filter runc makes for each container.
    private static SecurityProfile Profile => new() { ProfileType = SecurityProfile.Types.ProfileType.RuntimeDefault };

    private PodSandboxConfig SandboxOf(string name) => new()
    {
        Metadata = new PodSandboxMetadata { Name = name, Uid = Guid.NewGuid().ToString(), Namespace = "bench" },
        Hostname = name,
        LogDirectory = logs,
        Linux = new LinuxPodSandboxConfig
        {
            CgroupParent = $"/slipway-{cluster}/bench",
            SecurityContext = new LinuxSandboxSecurityContext { NamespaceOptions = new NamespaceOption(), Seccomp = Profile },
        },
    };

    private async Task<string> StartContainerAsync(string name, PodSandboxConfig sandbox, string sandboxId, uint attempt, string[] command)
    {
        var container = new ContainerConfig
        {
            Metadata = new ContainerMetadata { Name = "main", Attempt = attempt },
            Image = new ImageSpec { Image = BusyboxImage.Name },
            LogPath = $"{name}.log",
            Linux = new LinuxContainerConfig
            {
                Resources = new LinuxContainerResources { CpuShares = 2 },
                SecurityContext = new LinuxContainerSecurityContext { NamespaceOptions = new NamespaceOption(), Seccomp = Profile },
            },
        };
        container.Command.AddRange(command);
        var containerId = (await client.Runtime.CreateContainerAsync(
            new CreateContainerRequest { PodSandboxId = sandboxId, Config = container, SandboxConfig = sandbox })).ContainerId;
        await client.Runtime.StartContainerAsync(new StartContainerRequest { ContainerId = containerId });
        return containerId;
    }

    /// <summary>Starts a container and waits until it has ended. Its sandbox is left for later, as Slipway does not let a next step wait for that either.</summary>
    public async Task RunToEndAsync(string name, params string[] command)
    {
        using var events = client.Subscribe(CancellationToken.None);
        var next = events.ResponseStream.MoveNext(CancellationToken.None);
        var (_, container) = await StartAsync(name, command);
        await WaitForEndAsync(container, events, next);
    }

    private async Task WaitForEndAsync(string container, AsyncServerStreamingCall<Envelope> events, Task<bool> next)
    {
        while (!await HasEndedAsync(container))
        {
            // The end may have come before containerd knew of the subscription: then it is seen at the next look.
            if (await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None)) == next)
                next = events.ResponseStream.MoveNext(CancellationToken.None);
        }
    }

    private async Task RemoveAsync(string sandbox)
    {
        await client.Runtime.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = sandbox });
        await client.Runtime.RemovePodSandboxAsync(new RemovePodSandboxRequest { PodSandboxId = sandbox });
    }

    /// <summary>Waits until the node's agent has removed the sandboxes of pods that are gone.</summary>
    public async Task WaitUntilRemovedAsync()
    {
        while ((await client.Runtime.ListPodSandboxAsync(new ListPodSandboxRequest())).Items.Any(sandbox => sandbox.Metadata.Namespace == "default"))
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
    }

    /// <summary>Removes all that was started here.</summary>
    public async Task RemoveAllAsync()
    {
        foreach (var sandbox in (await client.Runtime.ListPodSandboxAsync(new ListPodSandboxRequest())).Items)
            if (sandbox.Metadata.Namespace == "bench")
                await RemoveAsync(sandbox.Id);
    }

    public void Dispose()
    {
        client.Dispose();
        Directory.Delete(logs, recursive: true);
    }

    private async Task<bool> HasEndedAsync(string container) =>
        (await client.Runtime.ContainerStatusAsync(new ContainerStatusRequest { ContainerId = container })).Status.State == ContainerState.ContainerExited;
}
